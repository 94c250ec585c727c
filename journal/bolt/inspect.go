package bolt

import (
	"fmt"
	"os"
	"slices"

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
// it is free as well, and its live entries are those of the last commit. It returns how
// many rows the bucket state has.
func inspectFile(f *os.File) (rows int, err error) {
	t, err := openTree(f)
	if err != nil {
		return 0, err
	}
	i, err := newImage(t)
	if err != nil {
		return 0, err
	}
	err = i.inspect()
	return i.rows, err
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
	var sums migrations.Sums
	for name, b := range i.buckets {
		// Without a list of the free pages, a page that has been free can't be told
		// from one in use but by the sum of its bucket.
		if !slices.Contains(scannedAtOpen, name) && i.file.HasFreelist() {
			err = b.Branches(i.marks)
		} else {
			err = i.sum(b, &sums)
		}
		if err != nil {
			return damage(err)
		}
	}
	if err := i.file.Free(i.marks); err != nil {
		return damage(err)
	}
	return i.compare(&sums, schema, func(name string) bool {
		return slices.Contains(scannedAtOpen, name) || !i.file.HasFreelist()
	})
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

// sum adds the entries of a bucket to its sum.
func (i *image) sum(b *tree.Bucket, sums *migrations.Sums) error {
	at, summed := sumAt[b.Name]
	return b.Leaves(tree.Walk{Marks: i.marks}, func(l *tree.Leaf) (bool, error) {
		for n := 0; summed && n < l.Len(); n++ {
			sums[at] += migrations.SumOf(l.Key(n), l.Value(n))
		}
		if b.Name == string(bucketState) {
			i.rows += l.Len()
		}
		return true, nil
	})
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
