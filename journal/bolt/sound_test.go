package bolt

import (
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal/bolt/tree"
)

// What is known of pages is of one commit of one file.
func TestSoundIsOfACommit(t *testing.T) {
	var known sound
	looked := func(s *Store) (file *tree.File) {
		if err := s.view(func(tx *bbolt.Tx) error { file = known.in(tx).file; return nil }); err != nil {
			t.Fatal(err)
		}
		return file
	}
	s := mustOpen(t, plain, filepath.Join(t.TempDir(), "bcp.db"))
	defer s.Close()
	other := mustOpen(t, plain, filepath.Join(t.TempDir(), "bcp.db"))
	defer other.Close()
	first := looked(s)
	if looked(s) != first {
		t.Error("it is lost though nothing was committed")
	}
	of := looked(other)
	if of == first {
		t.Error("it is taken for that of another file")
	}
	life := benchLife(1)
	mustCommit(t, other, life[:]...)
	if looked(other) == of {
		t.Error("it is taken for that of a later commit")
	}
}
