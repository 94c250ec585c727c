// Package process starts the programs that a script runs, and ends them, by their
// process ids: a broker that is measured, one that is killed, the servers of others.
package process
