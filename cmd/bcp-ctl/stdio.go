package main

import (
	"io"

	"github.com/spf13/cobra"
)

// stdio is what a command reads and writes: data, and words about it, which are for people.
type stdio struct {
	in    input
	out   io.Writer
	words io.Writer
}

func stdioOf(cmd *cobra.Command) stdio {
	return stdio{input{cmd.Context(), cmd.InOrStdin()}, cmd.OutOrStdout(), cmd.ErrOrStderr()}
}
