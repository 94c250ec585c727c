package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"bcp/cmd/internal/version"
)

func newVersionCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version of bcp-ctl, and of the broker if one answers",
		Long: `Show the version of bcp-ctl, and of the broker if one answers. That none answers
is no error here. -o json prints {"client":, "broker":}.` + exitTexts.Help(exitFine, exitUsage),
		Args: someArgs(0, 0, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runVersion(cmd.Context(), g, cmd.OutOrStdout())
		},
	}
}

// versions are what runs here and there.
type versions struct {
	Client string `json:"client"`
	Broker string `json:"broker,omitempty"`
}

func runVersion(ctx context.Context, g *globals, out io.Writer) error {
	v := versions{Client: version.String()}
	if g.db == "" {
		c, err := g.client()
		if err != nil {
			return err
		}
		defer c.Close()
		if s, err := c.Status(ctx); err == nil {
			v.Broker = s.Version
		}
	}
	shown := view[versions]{name: func(v versions) string { return v.Client }}
	return printItem(g, out, shown, v, func(v versions) []field {
		return []field{{"bcp-ctl", v.Client}, {"bcp-broker", v.Broker}}
	})
}
