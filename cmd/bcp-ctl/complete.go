package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// completions are what a shell may offer as the values of flags, by the names of
// these.
func completions() map[string][]string {
	words := optionWords()
	words["output"] = formats
	words["state"] = texts(journal.States...)
	words["sort"] = bothWays(api.Sorts)
	words["clear"] = journal.Editable()
	return words
}

func texts[T fmt.Stringer](values ...T) []string {
	names := make([]string, 0, len(values))
	for _, v := range values {
		names = append(names, v.String())
	}
	return names
}

// bothWays adds each order turned around.
func bothWays(keys []string) []string {
	both := make([]string, 0, 2*len(keys))
	for _, key := range keys {
		both = append(both, key, "-"+key)
	}
	return both
}

// anyFile completes arguments that are the names of files.
var anyFile = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)

// addCompletions lets a shell complete what the commands accept. Arguments are
// no names of files, where a command doesn't say otherwise, nor are the values of flags
// that don't ask for a file.
func addCompletions(cmd *cobra.Command) {
	values := completions()
	cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
		complete := cobra.CompletionFunc(cobra.NoFileCompletions)
		if words := values[flag.Name]; words != nil {
			complete = cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveKeepOrder)
		} else if asked, _ := pflag.UnquoteUsage(flag); asked == "file" {
			complete = anyFile
		}
		if err := cmd.RegisterFlagCompletionFunc(flag.Name, complete); err != nil {
			panic(err) // only for a flag that is missing, or done twice
		}
	})
	if cmd.ValidArgsFunction == nil {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, sub := range cmd.Commands() {
		addCompletions(sub)
	}
}
