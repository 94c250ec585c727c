package lines

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// LineMax is how long a line may be, in bytes: enough for the largest checkpoint
// in base64.
const LineMax = 128 << 10

// ErrTooLong tells of a line that has more than LineMax bytes: it is passed over.
var ErrTooLong = fmt.Errorf("line is too long: at most %d bytes are accepted", LineMax)

// Read calls fn with each line, without its end, until there are no more. Of one
// that is too long fn gets the beginning, and ErrTooLong. It returns the error of
// r, nil at its end.
func Read(r io.Reader, fn func(line string, err error)) error {
	buffered := bufio.NewReaderSize(r, LineMax)
	for {
		line, err := buffered.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			fn(string(line), ErrTooLong)
			err = skipLine(buffered)
		case err == nil:
			fn(string(line[:len(line)-1]), nil)
		case len(line) > 0:
			fn(string(line), nil)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// skipLine passes over the rest of a line.
func skipLine(r *bufio.Reader) error {
	for {
		if _, err := r.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}
