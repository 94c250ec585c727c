// Package tree reads the pages of a bbolt file without bbolt, and believes none of
// them.
//
// bbolt maps its file and trusts it: a wrong bit in a page can make it panic, read
// what is not there, go round for ever, or find an older version of a page that is
// still in the file. So a journal is looked at before bbolt sees it, and again
// where an answer of bbolt's depends on what a page has not.
//
//	meta 0, meta 1 --> root bucket --> bucket --> branch ... --> leaf --> entries
//	             \--> list of free pages
//
// A page, and with it every page that its entry leads over, looks like this:
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
// All numbers are in the byte order of the machine. bbolt writes the data without a
// gap and in order, so each of these fields follows from the others but for sizes,
// and a page is only good if they agree: pos from count and sizes, overflow from all
// of them. A child's first key is the key that its parent has for it. What is left,
// keys and values, is for their owner to check.
//
// Walks look at all of that. Lookups look at the leaf that they come to, and trust the
// branches that lead there: whoever opens a file has walked through these.
//
// The package does no I/O of its own: it reads from an io.ReaderAt, or looks at a file that is
// in memory. It writes one thing alone, a list of free pages where there is none (see list.go).
package tree
