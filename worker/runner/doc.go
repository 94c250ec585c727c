// Package runner runs a command as a group of processes that ends as a whole.
//
//	             spawner (one OS thread)                     guard (own session)
//	                  | fork, exec                             ^        |
//	                  v                          +pgid, -pgid  |        | the pipe closed:
//	body --stdin--> command --stdout--> result       Run ------+        | KILL every group
//	                  |    \--stderr--> tail                            v
//	                  |     \-speech--> Listen
//	                  +-- children, in the same process group <---------+
//
// Run returns when the command and everything in its process group are gone,
// whether it ended by itself, was stopped, or wrote more than it may. A stop is
// TERM to the group, then KILL.
//
// A worker that dies, also by SIGKILL, takes its commands along. The kernel
// kills the command itself (PR_SET_PDEATHSIG), and the guard, a small process
// made from the same executable, kills the rest: it holds a pipe from the worker
// and acts when the pipe closes. It knows the groups by what it was told, and a
// process that was forked before that, or has left its group, by a mark in its
// environment. At the end it removes the worker's folder.
//
// Invariants:
//
//   - After Run nothing of the group is left but zombies that some other
//     process has to reap.
//   - A group is signaled only while Run has it: its number is not used again
//     before everything in it is gone.
//
// The package is for Linux: it reads /proc, and the death signal is the
// kernel's. A program that uses it calls Guard first thing in main.
package runner
