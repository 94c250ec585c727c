// Package tree reads the pages of a bbolt file without bbolt, and checks each page that it
// reads.
//
// bbolt maps its file into memory and trusts it. A wrong bit in a page can make it panic, read
// what is not there, loop for ever, or find an older version of a page that is still in the
// file. So a journal is checked before bbolt opens it; and again when bbolt says that a key is
// missing, because a damaged page may lack it.
//
//	meta 0, meta 1 --> root bucket --> bucket --> branch ... --> leaf --> entries
//	             \--> list of free pages
//
// A page looks like this. Its overflow is the number of pages behind it that belong to it:
//
//	page    +------+---------+---------+------------+----------+--------------+
//	        | id 8 | flags 2 | count 2 | overflow 4 | elements | data         |
//	        +------+---------+---------+------------+----------+--------------+
//	leaf    +---------+-------+------------+--------------+
//	        | flags 4 | pos 4 | key size 4 | value size 4 |   of each entry
//	        +---------+-------+------------+--------------+
//	branch  +-------+------------+---------+
//	        | pos 4 | key size 4 | page 8  |   of each child
//	        +-------+------------+---------+
//
// All numbers are in the byte order of the machine. bbolt writes the data in order and without
// gaps. So the fields other than sizes follow from each other: pos from count and sizes, and
// overflow from all of them. A page is good only if they agree, its keys rise, and its first
// key is the one that its parent has for it. Only the owner of keys and values can check what
// they say.
//
// A walk through a bucket checks all of that. A lookup checks the leaf that it comes to, and
// trusts the branches above it, through which a walk has gone when the file was opened.
//
// The package does no I/O of its own. It reads from an io.ReaderAt, or a file that is in
// memory. It writes only one thing: a list of free pages in a file that has none (list.go).
//
// Where things are:
//
//	meta.go, page.go            the file as of one commit; pages and what makes them good
//	bucket.go, walk.go          buckets, lookups of keys, and walks through all leaves
//	keep.go, sound.go           pages that are kept in memory; those that are safe to write
//	cursor.go, beyond.go        entry after entry; the next entry, behind damage
//	marks.go, list.go           which pages are in use, and which are free
package tree
