// Package bolt is the embedded journal: a journal.Store in one bbolt file, with large
// payloads in files of their own beside it.
//
//	Commit(records)
//	   |
//	   +- few bytes --> log: one entry, one sync --> returns
//	   |                 |
//	   |                 | settling: many commits together, beside later ones;
//	   |                 | or at once, for a read that needs what they wrote
//	   |                 v
//	   +- many bytes --> one bbolt transaction, tasks in order of ID --> returns
//	      or no log      |
//	                     v
//	   +-- not ended ------------------+           +-- ended --------------------+
//	   | state        ID -> row        |   end     | done    ID -> row           |
//	   | open         ID -> body       | --------> | result  ID -> result        |
//	   | checkpoints  ID -> checkpoint |           | ends, due: ID, by time      |
//	   +-------------------------------+           +-----------------------------+
//	                                                          | prune
//	   +-- of all tasks ---------------+           +-- forgotten ----------------+
//	   | keys         client key -> ID |           | gone    ID -> tombstone     |
//	   | blobs        ULID -> ID       |           | ages: ID, by time           |
//	   +-------------------------------+           +-----------------------------+
//
//	   meta                                 format, schema, broker, counters, sums
//	   settings                             name -> row, of no task
//	   late, lateresults, places, unfolded  tasks that ended late (late.go)
//	   log                                  the region of the write-ahead log
//
//	   FILE.blobs/ULID                      a large payload, outside of the file
//
// The boxes are bbolt's buckets, called tables here. Tasks that have not ended have small,
// dense tables of their own, so that a commit touches few pages and a restart reads only
// these tasks. Empty bodies and results have no entry: their size is in the row. The body of
// an ended task stays in open if its end says that it is kept. Rows and blobs are sealed with
// a checksum that covers the task's ID (see journal.AppendRow).
//
// A journal is thus its file and the folder FILE.blobs: whoever moves one moves both.
//
// Invariants:
//
//   - A task is in exactly one of state, done and late. It is in result only while it is in
//     done; and in open while it is in state, or when its end says that the body is kept.
//     (A task in late may still have an older row in state and its body in open, see late.go.)
//   - What a Commit that returned nil wrote is on disk: in the log, or in the tables. bbolt
//     syncs the pages of a transaction first, and then the meta page that makes them valid.
//   - The tables record up to which entry of the log they have everything, and they have
//     nothing of a later entry. A read that needs what only the log has settles the log
//     first. So does an opening before it removes anything or answers a read, but after a
//     migration, whose steps leave the log as it is (see package migrations).
//   - The log and bbolt write through separate open files, because the system reports a write
//     that failed only once to each open file: so each sync learns of it.
//   - After a commit or a settling that failed, nothing is written any more. What is on disk
//     then is unknown until the file is opened again.
//   - What an opening finds may not be durable yet, for who wrote it was killed. Its newest meta page
//     is made durable before a page is written that the meta before it may need, and its name before
//     anything of the journal is changed or removed.
//   - Read transactions are short, because one that is held keeps bbolt from reusing pages,
//     and the file grows. No function of a caller runs inside of one, except the filter of an
//     export, which must not wait for anything. Only a backup holds one for long: until its
//     copy is made.
//   - A reference to the file of a large payload is written only when that file is whole and
//     durable. A file that nothing refers to is removed at the next opening.
//   - An opening reads no ended task, only the branch pages above them, so that its time does
//     not grow with the history (but see freelist.go for an exception).
//   - Each table but meta and log has a sum of its entries, kept in meta (table.go). It shows
//     when a page is not the latest version, although every checksum in it is right.
//
// # Where things are
//
// Opening and closing:
//
//	store.go, options.go             the Store, and what it is opened with
//	open.go, create.go               a journal is opened, or made
//	header.go, inspect.go            what is looked at before bbolt maps the file (package tree)
//	lock.go, owner.go                locks between processes; files that belong to the broker
//	lost.go, explain.go              a journal that lost its file; what errors say
//	freelist.go                      bbolt's list of free pages
//
// Writing:
//
//	layout.go, table.go, stamp.go    the tables and their sums; the indexes by time
//	commit.go, payload.go            a transaction of the tables
//	late*.go, hints.go               tasks that end late, which saves pages
//	ahead.go, ahead_check.go         commits to the log, and what they refuse
//	generation.go, settle.go         what only the log has is brought into the tables
//	log.go, log_region.go            the log begins and ends; where it is (package wal)
//	log_behind.go                    what a crash has left in the log
//	prune.go, forget.go              what is to be forgotten is chosen, and forgotten
//	blobs.go, spares.go              files of large payloads, which are written over
//	blob_reader.go                   how such a file is read piece by piece
//	disk.go, writeback*.go           writes and syncs
//	reserve*.go                      room that is set aside on the disk
//
// Reading, and damage:
//
//	read.go, scan.go, live.go        one task, a page of tasks, all that have not ended
//	miss.go                          is a key missing, or is the page damaged?
//	sound.go                         is a page sound enough to be written?
//	fault.go                         a page of the mapped file that the disk does not deliver, or
//	                                 that bbolt panics about; ways past branches that lead back
//
// Journals as files:
//
//	source.go, readahead*.go         a journal is read without bbolt
//	verify*.go, pace.go              verification, also of a journal in use, with rests
//	backup.go, restore.go            copies, which copying.go makes; older.go: of older schemas
//	export.go                        what is in a journal, item by item
//	importing.go, import.go          an export is taken in
//	missing.go, take.go              what of it is new, and how that is written
//	compact.go, compaction.go        the file is written anew, also while it is in use
//	touched.go, compact_place.go     the copy follows commits, and takes the file's place
//	files.go                         readers go on with the old file until they are done
//	teller.go                        a caller is told how far a copy is
package bolt
