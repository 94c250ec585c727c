package main

import (
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
	"bcp/cmd/internal/values"
	"bcp/cmd/internal/version"
)

// adminVariable is the environment's name for --admin.
const adminVariable = "BCP_ADMIN"

// globals are the flags of every command.
type globals struct {
	admin  string
	db     string
	output string
}

// AddFlags adds the flags that every command has.
func (g *globals) AddFlags(f *pflag.FlagSet) {
	f.StringVar(&g.admin, "admin", "", "admin `address` of the broker: unix:PATH or http://127.0.0.1:PORT (default $BCP_ADMIN, else "+api.DefaultAddress()+")")
	f.StringVar(&g.db, "db", "", "work on the journal `file` of a broker that is not running, instead of asking one")
	f.StringVarP(&g.output, "output", "o", "table", "`format` of the output: "+strings.Join(formats, ", "))
}

// check refuses globals that no command can use.
func (g *globals) check() error {
	if !slices.Contains(formats, g.output) {
		return usagef("--output %q: one of %s is accepted", g.output, strings.Join(formats, ", "))
	}
	if g.admin != "" && g.db != "" {
		return usagef("--admin and --db: only one of them is accepted")
	}
	return nil
}

// mayBeEmpty are the flags of which an empty value says something: no reason, and the
// first page.
var mayBeEmpty = []string{"reason", "cursor"}

// checkValues refuses values that no flag accepts.
func checkValues(f *pflag.FlagSet) error {
	if err := checkEmpty(f); err != nil {
		return err
	}
	return checkUTF8(f)
}

// checkUTF8 refuses other bytes: the broker is told in JSON, which would put another text in
// the place of these. The names of files may have them, and so may addresses.
func checkUTF8(f *pflag.FlagSet) (err error) {
	f.Visit(func(flag *pflag.Flag) {
		what, _ := pflag.UnquoteUsage(flag)
		if text, wrong := otherThanUTF8(given(flag)); wrong && what != "file" && what != "address" && err == nil {
			err = usagef("--%s %q: UTF-8 is accepted", flag.Name, text)
		}
	})
	return err
}

// given are the values that a flag was given: more than one, if it is repeatable.
func given(flag *pflag.Flag) []string {
	if all, ok := flag.Value.(pflag.SliceValue); ok {
		return all.GetSlice()
	}
	return []string{flag.Value.String()}
}

// otherThanUTF8 returns the first text that is not UTF-8.
func otherThanUTF8(texts []string) (text string, ok bool) {
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return text, true
		}
	}
	return "", false
}

// checkEmpty refuses flags with an empty value: it is the mark of a variable that a script
// has not set, and would mean more tasks than was said. Options of tasks see to that
// themselves, and so do durations, of which none at all is written as empty.
func checkEmpty(f *pflag.FlagSet) (err error) {
	f.Visit(func(flag *pflag.Flag) {
		_, option := flag.Value.(*optionValue)
		itself := option || flag.Value.Type() == "duration"
		if flag.Value.String() == "" && !itself && !slices.Contains(mayBeEmpty, flag.Name) && err == nil {
			err = usagef("--%s %q: a value that is not empty is accepted", flag.Name, "")
		}
	})
	return err
}

// forPeople tells whether tables and words are printed, and not what programs read.
func (g *globals) forPeople() bool { return g.output == "table" || g.output == "wide" }

// asItIs is for commands that write something in the form that it has.
func asItIs(cmd *cobra.Command, _ []string) error {
	if cmd.Flags().Changed("output") {
		return usagef("--output %q: none is accepted here, for what is there is written as it is", cmd.Flags().Lookup("output").Value)
	}
	return nil
}

// namesForTables are the globals of a command that has nothing but IDs to show: instead of a
// table it prints them by name.
func (g *globals) namesForTables() *globals {
	shown := *g
	if g.forPeople() {
		shown.output = "name"
	}
	return &shown
}

// address is where the broker is asked, and what says so.
func (g *globals) address() (address, saidBy string) {
	if g.admin != "" {
		return g.admin, "--admin"
	}
	if a := os.Getenv(adminVariable); a != "" {
		return a, "$" + adminVariable
	}
	return api.DefaultAddress(), "without --admin"
}

func newRootCommand() *cobra.Command {
	g := &globals{}
	root := newGroup("bcp-ctl", "Look after a BCP broker and its tasks",
		newTasksCommand(g), newWorkersCommand(g), newQueueCommand(g), newLimitsCommand(g), newJournalCommand(g), newStatusCommand(g), newReplayCommand(g), newVersionCommand(g))
	root.Long = `bcp-ctl looks after a BCP broker and its tasks.

It asks the broker at its admin address. With --db the commands that only read
work on the journal file of a broker that is not running; journal restore, compact
and import change such a file.

Tasks are named by their ULID, or by four or more of its first or last
characters, in upper or lower case, if only one task has them. Their last
characters are looked for among the newest 100,000 tasks. key=KEY is the task
that was last submitted under a key.

-o json prints an array of objects, or one object where a command is about one thing,
and -o jsonl an object in each line. They are those of the admin API, with more than a
table has; a command that prints others has their shape in its help. -o name prints
names or IDs alone, one in each line. What is written as it is takes no -o: an export,
a body, a result.` +
		exitTexts.Help(exitFine, exitError, exitUsage, exitDeclined, exitNotWell, exitNoBroker, exitDamaged)
	root.Version = version.String()
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usagef("%v", values.FlagError(err)) })
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if err := checkValues(cmd.Flags()); err != nil {
			return err
		}
		return g.check()
	}
	g.AddFlags(root.PersistentFlags())
	checkHelp(root)
	addCompletions(root)
	return root
}

// newGroup makes a command that only has commands of its own.
func newGroup(use, short string, commands ...*cobra.Command) *cobra.Command {
	group := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs}
	group.AddCommand(commands...)
	group.RunE = func(_ *cobra.Command, args []string) error {
		names := make([]string, 0, len(commands))
		for _, c := range commands {
			names = append(names, c.Name())
		}
		accepted := strings.Join(names, ", ") + " is accepted"
		if len(names) > 1 {
			accepted = "one of " + accepted
		}
		if len(args) == 0 {
			return usagef("a command is missing: %s", accepted)
		}
		return usagef("unknown command %q: %s", args[0], accepted)
	}
	return group
}

// checkHelp has the help command, which cobra makes, refuse what is no command.
func checkHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, _ := root.Find([]string{"help"}) // it is there
	help.Run = nil
	help.RunE = func(_ *cobra.Command, args []string) error {
		about, rest, err := root.Find(args)
		switch {
		case err != nil:
			return usagef("%v", err)
		case len(rest) > 0 && about.HasSubCommands():
			return about.RunE(about, rest) // as it does itself
		case len(rest) > 0:
			return usagef("argument %q: the name of a command is accepted", rest[0])
		}
		return about.Help()
	}
}

// someArgs accepts from low to high arguments of UTF-8, see checkUTF8; what says which.
func someArgs(low, high int, what string) cobra.PositionalArgs {
	return cobra.MatchAll(someFiles(low, high, what), func(_ *cobra.Command, args []string) error {
		if text, wrong := otherThanUTF8(args); wrong {
			return usagef("argument %q: UTF-8 is accepted", text)
		}
		return nil
	})
}

// someFiles accepts from low to high arguments; what says which. An empty one is
// the mark of a variable that a script has not set.
func someFiles(low, high int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) > high:
			return usagef("argument %q: %s is accepted", args[high], what)
		case len(args) < low:
			return usagef("%s: %s is accepted", count(len(args), "argument"), what)
		case slices.Contains(args, ""):
			return usagef("argument %q: %s is accepted", "", what)
		}
		return nil
	}
}
