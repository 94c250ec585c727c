// Package power simulates a disk whose power fails. Tests and the simulator run a real journal
// on it, cut the power, and open what is left.
//
//	bolt.Store --> files in a folder        what is in them now
//	     |
//	     +--> Disk: WriteAt, Sync,          what of it is durable
//	          SyncFolder, Transacted
//
//	Arm, Cut:  what is durable, and any part of the rest   --> Restore
//
// When the power is cut, what was written but not synced is lost or not: chance decides that
// for each sector by itself, in any order, and for the size of the file. A file name that was
// made but not synced may be gone, and one that was removed may be there again.
//
// Of a transaction of the engine the package assumes what bbolt does: it syncs the pages, and
// then writes and syncs the meta page. So the power is cut either before the first sync has
// returned, when the meta page is the old one, or after it, when the meta page is the old or
// the new one. A meta is in one sector, which a disk writes as a whole or not at all.
//
// What is written with WriteAt into a file of the engine is durable when that file is synced,
// or with the engine's next transaction, whose sync is one of the whole file.
//
// The package assumes nothing else, and does not know what the files mean.
//
// Invariants:
//
//   - What is durable stays. The one exception is a name that was removed, which may be there
//     again even after its folder was synced, because a Store removes files in the background.
//   - The same source of random numbers leaves the same transactions. Of a transaction that was
//     cut off it may leave other sectors, because bbolt chooses where it writes its pages.
package power
