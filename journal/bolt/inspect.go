package bolt

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"bcp/journal"
	"bcp/journal/bolt/tree"
	"bcp/migrations"
)

// scannedAtOpen are the buckets of which an opening looks at every entry: those that
// a broker reads anyway when it starts, or acts on at once. Of the others it looks at
// the branches, so that what it costs doesn't grow with what has ended; what their
// leaves lack is found by who reads them (see miss.go).
var scannedAtOpen = []string{
	string(bucketState), migrations.Checkpoints, migrations.Settings, migrations.Blobs, migrations.Meta, migrations.Unfolded,
}

// inspectFile tells whether a broker can trust a file: its tree is one, no page of
// it is free as well, and its live entries are those of the last commit.
func inspectFile(f *os.File) (*image, error) {
	t, err := openTree(f)
	if err != nil {
		return nil, err
	}
	i, err := newImage(t)
	if err != nil {
		return nil, err
	}
	return i, i.inspect()
}

// image is a journal's file as of one commit, read without bbolt.
type image struct {
	file    *tree.File
	marks   *tree.Marks
	buckets map[string]*tree.Bucket
	meta    map[string][]byte
	hints   *hints // where tasks that ended late may stand
	rows    int    // of the bucket state, as inspect counts them
}

func newImage(t *tree.File) (i *image, err error) {
	i = &image{file: t, marks: t.NewMarks(), meta: make(map[string][]byte)}
	if i.buckets, err = t.Buckets(i.marks); err != nil {
		return nil, damage(err)
	}
	meta := i.buckets[migrations.Meta]
	if meta == nil {
		return nil, journal.ErrForeign
	}
	err = meta.Leaves(tree.Walk{}, func(l *tree.Leaf) (bool, error) {
		for n := range l.Len() {
			i.meta[string(l.Key(n))] = slices.Clone(l.Value(n))
		}
		return true, nil
	})
	if err == nil && string(i.meta[string(keyFormat)]) != format {
		return nil, journal.ErrForeign
	}
	return i, damage(err)
}

// inspect is what an opening looks at.
func (i *image) inspect() error {
	schema, err := i.schema()
	if err != nil {
		return err
	}
	sums, err := i.inspectBuckets()
	if err != nil {
		return damage(err)
	}
	if err := i.file.Free(i.marks); err != nil {
		return damage(err)
	}
	return i.compare(sums, schema, i.scanned)
}

// scanned tells whether all entries of a bucket are looked at. Without a list of the free
// pages, a page that has been free can't be told from one in use but by the sum of its
// bucket.
func (i *image) scanned(bucket string) bool {
	return slices.Contains(scannedAtOpen, bucket) || !i.file.HasFreelist()
}

// inspection is one bucket's part of an inspection.
type inspection struct {
	marks *tree.Marks
	sums  migrations.Sums // only its own
	rows  int             // of the bucket state
	err   error
}

// inspectBuckets looks at as many buckets at the same time as there are processors: a start
// waits for it. It returns the sums of those that are scanned.
func (i *image) inspectBuckets() (*migrations.Sums, error) {
	names := i.longestFirst()
	parts := make([]inspection, len(names))
	var under sync.WaitGroup
	var begun atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		under.Go(func() {
			for n := begun.Add(1) - 1; int(n) < len(names); n = begun.Add(1) - 1 {
				parts[n] = i.inspectBucket(i.buckets[names[n]])
			}
		})
	}
	under.Wait()
	var sums migrations.Sums
	for _, part := range parts {
		if err := cmp.Or(part.err, i.marks.Join(part.marks)); err != nil {
			return nil, err
		}
		i.rows += part.rows
		for at, sum := range part.sums {
			sums[at] += sum
		}
	}
	return &sums, nil
}

// longestFirst returns the buckets, first those that are scanned: one of them takes as long
// as the branches of all others, as a rule, which are looked at beside it.
func (i *image) longestFirst() []string {
	var scanned, others []string
	for _, name := range slices.Sorted(maps.Keys(i.buckets)) {
		if i.scanned(name) {
			scanned = append(scanned, name)
		} else {
			others = append(others, name)
		}
	}
	return append(scanned, others...)
}

func (i *image) inspectBucket(b *tree.Bucket) (part inspection) {
	part.marks = i.file.NewMarks()
	walk := tree.Walk{Marks: part.marks, Ahead: true}
	if !i.scanned(b.Name) {
		part.err = b.Branches(walk)
		return part
	}
	at, summed := sumAt[b.Name]
	part.err = b.Leaves(walk, func(l *tree.Leaf) (bool, error) {
		for n := 0; summed && n < l.Len(); n++ {
			part.sums[at] += migrations.SumOf(l.Key(n), l.Value(n))
		}
		if b.Name == string(bucketState) {
			part.rows += l.Len()
		}
		return true, nil
	})
	return part
}

// schema returns the schema of the file, and 0 for one that this program can't know.
func (i *image) schema() (uint32, error) {
	schema, err := migrations.DecodeSchema(i.meta[migrations.SchemaKey])
	switch sealed := i.meta[migrations.SumsKey] != nil; {
	case err != nil:
		return 0, err
	case schema == migrations.First && sealed:
		return 0, fmt.Errorf("%w: its schema is %d, which has no sums, and it has some", journal.ErrCorrupt, schema)
	case schema > migrations.Journal.Current():
		return 0, nil
	}
	return schema, nil
}

// compare tells whether the sums of these buckets are what the last commit wrote.
func (i *image) compare(sums *migrations.Sums, schema uint32, wanted func(bucket string) bool) error {
	if schema < sumsSince {
		return nil
	}
	kept, err := migrations.OpenSums(i.meta[migrations.SumsKey], i.meta[migrations.BrokerKey], schema)
	if err != nil {
		return err
	}
	for at, name := range migrations.Summed {
		if wanted(name) && i.buckets[name] != nil && sums[at] != kept[at] {
			return fmt.Errorf("%w: the entries of bucket %s are not those of the last commit", journal.ErrCorrupt, name)
		}
	}
	return nil
}

// sumsSince is the first schema that has sums.
const sumsSince = 2
