package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What can't be read is told as that, and not as a copy that can't be written.
func TestImportOfWhatCantBeRead(t *testing.T) {
	folder, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	x := &export{name: "standard input"}
	_, err = x.copyOf(folder, filepath.Join(t.TempDir(), "bcp.db"))
	if err == nil || !strings.Contains(err.Error(), "standard input: read "+folder.Name()) {
		t.Errorf("error %v, want one of reading %s", err, folder.Name())
	}
}
