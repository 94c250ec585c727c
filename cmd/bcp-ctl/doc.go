// Command bcp-ctl is the operator's tool: it lists, submits and cancels tasks,
// shows workers, and has a broker look again at what has not ended.
//
//	command ---> source ---+--> api.Client ---> admin API of a running broker
//	   |                   \--> file (--db) --> journal of a broker that isn't running
//	   v
//	view of what it is ---> printer ---> table, wide, json, jsonl, name
//
// There is one file for each command (tasks_list.go): newXCommand makes it, its options
// add their flags, and runX does it. For a new one add its file, and its line where its
// group or root.go makes the others.
//
// root.go has the flags that all commands have, and source.go what can be read of a broker
// and of a file alike. output.go and fields.go print, in the format that was asked for.
// submitter.go submits one task, and submit_bulk.go a file of them, which submit_file.go
// reads, submit_portion.go cuts into batches and submit_dry.go only looks at. change.go
// changes tasks, and confirm.go asks before. explain.go and its fellows put an explanation
// into sentences. option_flags.go makes a flag of each option of a task, so a new option
// needs nothing here.
//
// Invariants:
//
//   - Data goes to the standard output and words to the standard error; exitcode.go says
//     what the exit codes mean.
//   - What others have written is shown so that it does nothing to a terminal (printable).
//   - A list that was cut off is an error, and never a short list; so is what can't be
//     written, also of help (main.go).
//   - A submit that is repeated, as its answer got lost, has the same key: it is one task.
//   - What is meant by a filter is counted first, and only changed when somebody says yes.
package main
