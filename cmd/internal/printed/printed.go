// Package printed has a program notice what it could not print. Cobra writes help, versions
// and completions, and doesn't look whether that went well.
package printed

import "io"

// Output is where a program prints, and knows whether all of it was written.
type Output struct {
	To  io.Writer
	err error // the first one
}

// Write implements io.Writer.
func (o *Output) Write(p []byte) (int, error) {
	n, err := o.To.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// Or returns the error that a program ends with, or else why something was not written.
func (o *Output) Or(err error) error {
	if err != nil {
		return err
	}
	return o.err
}
