// Package power is a disk whose power is cut: tests and the simulator run a real
// journal on it.
//
//	bolt.Store --> files in a folder        what is in them now
//	     |
//	     +--> Disk: WriteAt, Sync,          what of it is durable
//	          SyncFolder, Transacted
//
//	Arm, Cut:  what is durable, and any part of the rest   --> Restore
//
// What was written and not synced is lost when the power is cut, or not: each sector
// or page for itself, in any order, with the size of the file or without it. A name
// that was given and not synced is there or not, and so is one that was taken away.
//
// Of a transaction of the engine it takes for true what bbolt does: it syncs its pages,
// and then the meta page. So the power is cut before the first sync is over, with the
// meta page as it was, or after it, with the meta page as it was or as it is to be: a
// meta is in one sector, and a disk writes that as a whole or not at all.
//
// What is written with WriteAt into a file of the engine's is durable when that is synced, or
// with the next transaction, whose sync is of all that is in the file.
//
// Nothing else is taken for granted, least of all what the files mean.
//
// Invariants:
//
//   - What is durable stays, but for a name that was taken away, which may be there
//     again also after its folder was synced: a Store removes files beside its work.
//   - The same source of chance leaves the same transactions. Of one that is cut it is
//     not the same sectors that are left: bbolt puts its pages where it likes.
package power
