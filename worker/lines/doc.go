// Package lines is the protocol by which a command speaks of its task: lines of
// text, on the descriptor whose number is in BCP_PROGRESS_FD.
//
//	echo "progress 3/10 reading input" >&$BCP_PROGRESS_FD
//
//	line       = word [argument] "\n"
//
//	progress FRACTION [TEXT]    how far it is: 0.4, 40%, 4/10, or - for unknown
//	set NAME=VALUE              a small fact beside it; an empty VALUE takes it away
//	checkpoint BASE64           a state for the next attempt; - takes the last one away
//	checkpoint-file PATH        likewise, what the file holds as the line is read
//	extend TIMEOUT LEFT [WHY]   run, silence or life: so much is left of it now, as 2h; or none
//	class NAME                  the sort of error, if the command fails
//
// Spaces around a line and between its parts, an empty line, one that begins with
// "#", and a carriage return at the end don't matter. TEXT and VALUE go to the
// end of the line. Nothing is answered, and no line does harm: one that is not
// understood is an error that says what is accepted, and the next one counts.
//
//	Read(r, fn) ---> fn(line) ---> Parse(line) ---> Line, or an error
//
// The package is pure. For a new word add it to the table in parse.go and to the
// list above.
package lines
