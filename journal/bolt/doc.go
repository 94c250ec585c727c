// Package bolt is the embedded journal: a journal.Store in one bbolt file.
//
//	Commit(records) --> log: one entry, one sync --> returns
//	      |                  |
//	      | of much,         +--> in memory as well, until many are settled together,
//	      | or no log        |    beside commits, or before who reads what they have
//	      v                  v
//	      by task, in order of ID --> one bbolt transaction of the tables
//	                                                       |
//	      submitted             dispatched, started ...    |      ended
//	   +--------------+        +--------------------+      v   +-----------+
//	   | open         |        | state              | -------> | done      |
//	   | ID -> body   |        | ID -> row          |          | ID -> row |
//	   +--------------+        +--------------------+          +-----------+
//	     gone at the end,        gone at the end               | result    |
//	     or with the task                                      |           |
//	                                                           | ID -> blob|
//	   +---------------------+   +------------------------+    +-----------+
//	   | keys                |   | meta                   |     until Prune
//	   | client key -> ID    |   | format, schema, broker |
//	   +---------------------+   | counters               |
//	     until Prune             +------------------------+
//	                             | settings: name -> row  |
//	   +---------------------+   +------------------------+
//	   | checkpoints         |
//	   | ID -> last one      |   gone at the end
//	   +---------------------+
//
//	   forgotten: | gone: ID -> tombstone |      apart: | FILE.blobs/ULID        |
//	              | until Prune as well   |             | blobs: ULID -> ID      |
//
//	   by time, for Prune: ends, due (of done), ages (of gone)
//
//	   of tasks that ended late (late.go): late, lateresults, places, unfolded
//
//	   the log's region, beside all these: log
//
// What is in flight lives in small dense buckets of its own, so that a commit
// touches few pages and a restart reads only what has not ended. Empty bodies
// and results have no entry: their size is in the row. Rows and blobs are
// sealed with a checksum that covers the task's ID (see journal.AppendRow).
//
// Payloads that are staged are files of their own, see blobs.go: a journal is its file
// and the folder beside it. The files are written over by later ones, see spares.go.
//
// Invariants:
//
//   - A task is in exactly one of state, done and late; it is in result only while it
//     is in done, and in open while it is in state, or when its end says that the
//     body is kept. (One in late may have its base in state and its body in open still:
//     see late.go.)
//   - A Commit that returned nil is on disk: in the log, or in the tables, where bbolt
//     syncs the pages, then the meta page that makes them valid.
//   - The tables say up to which entry of the log they have everything, and have nothing
//     of a later one. Who reads what the log alone has brings it into the tables first; an
//     opening does so before anything else, but for the steps of a migration (see there).
//   - The log and the tables are written through open files of their own: each sync is told
//     of what the disk has not written.
//   - After a commit that failed, or a settling, nothing is written any more: its outcome
//     is unknown until the file is opened again.
//   - Read transactions are short: one that is held keeps old pages and makes
//     the file grow. No caller's function runs inside of one, but for the filter of
//     an export, which waits for nothing; and a backup holds one until its copy is made.
//   - Every reference to a file is to one that is whole; a file that nothing refers
//     to is removed at the next opening.
//   - Opening reads no ended task, but the branches that lead to them. (The one
//     exception is told in freelist.go.)
//   - The sum of each bucket is that of its entries (table.go): a page that isn't the
//     latest is found by it, though all checksums are right.
//
// open.go opens and refuses files, as options.go says, and explain.go tells what is wrong
// with them; create.go makes them, but not where lost.go says that one has lost its file;
// header.go and inspect.go look at them before bbolt maps them, by package tree, and miss.go
// where bbolt says that something isn't there. ahead.go commits to the log, which log.go
// begins and ends, log_region.go finds in the file and package wal writes and reads;
// log_behind.go brings into the tables what a crash has left in it. ahead_check.go tells
// before what can't be committed, and settle.go brings generations (generation.go) into the
// tables. commit.go writes these, and late_commit.go what ends apart from other tasks;
// read.go, late_read.go and scan.go read; prune.go finds in the indexes (stamp.go) what
// forget.go forgets, where sound.go tells that nothing is damaged; reserve.go keeps room on the disk.
//
// What is done with journals as files: source.go reads them without bbolt, for verify.go
// (by all processors, verify_parts.go) and export.go; backup.go and restore.go copy them
// (copying.go), the latter also those of an older schema (older.go); import.go takes in
// what was exported; compact.go, compaction.go and compact_place.go write one anew, also
// while it is in use (touched.go), and files.go has it read until nobody does any more;
// owner.go has what root makes there be the broker's.
package bolt
