package runner

import (
	"bytes"
	"testing"

	"bcp/scripts/mutants"
)

// FuzzGroups reads whatever a worker may have said before it died: nobody is killed but
// process groups that were named.
func FuzzGroups(f *testing.F) {
	mutants.Fuzz(f, mutants.Texts("+123\n+45\n-123\n", "+1\n+0\n+-2\n", "++7\n", ""), func(t testing.TB, input []byte) {
		for g := range readGroups(bytes.NewReader(input)) {
			if g <= 1 || !bytes.ContainsRune(input, '+') {
				t.Errorf("%q names group %d", input, g)
			}
		}
	})
}
