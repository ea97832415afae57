package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/internal/problem"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// root is the command tree. running reports whether the work of a command has begun:
// an error before that is wrong usage, whichever code found it.
type root struct {
	*cobra.Command
	running bool
}

// subcommands returns the children of kith, each from the file of its name.
func subcommands() []*cobra.Command {
	return []*cobra.Command{
		checkCommand(),
		enrichCommand(),
		lookupCommand(),
		mergeCommand(),
		riskCommand(),
		searchCommand(),
		versionCommand(),
	}
}

const longAbout = `Kith enriches security events with the assets and identities that they name.

It reads the lists that an organisation keeps of its machines (assets) and its
people (identities), merges them into one record per entity, adds the fields of
these records to every event, and adds up the risk of each entity.

Data goes to standard output, everything else to standard error.
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration,
3 done, but --strict was given and something was lost.`

func newRoot() *root {
	r := &root{Command: &cobra.Command{
		Use:           "kith",
		Short:         "Enrich security events with assets, identities and risk",
		Long:          longAbout,
		Example:       "  kith enrich --assets hosts.csv --identities people.csv events.ndjson",
		Version:       versionText(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs, // so that an unknown command reaches RunE
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return c.Help()
		},
	}}
	r.SetVersionTemplate("{{.Version}}\n")
	r.SetFlagErrorFunc(flagError)
	r.AddCommand(subcommands()...)
	r.SetHelpCommand(helpCommand())
	r.InitDefaultHelpCmd()
	r.InitDefaultCompletionCmd()
	describeCompletion(r.Command)
	r.SetHelpFunc(func(c *cobra.Command, _ []string) { _ = writeHelp(c.OutOrStdout(), c) })
	r.SetUsageFunc(func(c *cobra.Command) error {
		_, err := io.WriteString(c.OutOrStderr(), usageText(c))
		return err
	})
	r.InitDefaultVersionFlag()
	r.Flags().Lookup("version").Usage = "print the version"
	r.wrapCommands(r.Command)
	return r
}

// copiesInput reports whether a command writes its input unchanged. All other
// commands escape their output for terminals.
func copiesInput(c *cobra.Command) bool { return c.Name() == "enrich" || c.Name() == "risk" }

// wrapCommands makes c and its children record when their work begins, escape events
// on a terminal, and describe their flag --help. A command that only has children
// reports an unknown child.
func (r *root) wrapCommands(c *cobra.Command) {
	for _, child := range c.Commands() {
		r.wrapCommands(child)
	}
	if !c.Runnable() {
		c.Args = cobra.ArbitraryArgs
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return c.Help()
		}
	}
	c.InitDefaultHelpFlag()
	c.Flags().Lookup("help").Usage = "print this help"
	work := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := checkSwallowedFlags(c.Flags()); err != nil {
			return err
		}
		r.running = true
		if copiesInput(c) && term.IsTerminal(c.OutOrStdout()) {
			c.SetOut(term.NewEscaper(c.OutOrStdout()))
		}
		return work(c, args)
	}
}

// execute runs the command that the arguments name. An error before its work began is
// wrong usage, with the command's help as the hint.
func (r *root) execute(ctx context.Context) error {
	c, err := r.ExecuteContextC(ctx)
	if err != nil && !r.running {
		return problem.WithHint(problem.Usage(err), "%s --help", c.CommandPath())
	}
	return err
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Describe a command",
		Example: "  kith help enrich",
		RunE: func(c *cobra.Command, args []string) error {
			target, rest, err := c.Root().Find(args)
			if err != nil || target == c.Root() && len(rest) > 0 {
				return unknownCommand(c.Root(), args[0])
			}
			if len(rest) > 0 {
				return unknownCommand(target, rest[0])
			}
			return target.Help()
		},
	}
}

func unknownCommand(c *cobra.Command, word string) error {
	err := problem.Usagef("unknown command %q for %q%s", word, c.CommandPath(), problem.DidYouMean(word, commandNames(c)))
	return problem.WithHint(err, "%s --help", c.CommandPath())
}

// isMisspeltCommand reports whether the first of args is not a file, but resembles a
// subcommand of c.
func isMisspeltCommand(c *cobra.Command, args []string) bool {
	if len(args) == 0 || problem.DidYouMean(args[0], commandNames(c)) == "" {
		return false
	}
	_, err := os.Stat(args[0])
	return errors.Is(err, fs.ErrNotExist)
}

// commandNames returns the names of the subcommands of c.
func commandNames(c *cobra.Command) []string {
	var names []string
	for _, child := range listedCommands(c) {
		names = append(names, child.Name())
	}
	return names
}

// noArguments is cobra.NoArgs with another message.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return problem.Usagef("%q takes no argument, got %q", c.CommandPath(), args[0])
	}
	return nil
}

// flagError replaces the messages of pflag's errors.
func flagError(c *cobra.Command, err error) error {
	switch e := err.(type) {
	case *pflag.NotExistError:
		if short := e.GetSpecifiedShortnames(); short != "" {
			return problem.Usagef("unknown flag -%s for %q", e.GetSpecifiedName(), c.CommandPath())
		}
		flag := "--" + e.GetSpecifiedName()
		return problem.Usagef("unknown flag %s for %q%s", problem.Shorten(flag), c.CommandPath(), problem.DidYouMean(flag, flagNames(c)))
	case *pflag.ValueRequiredError:
		return problem.Usagef("flag --%s needs a value", e.GetFlag().Name)
	case *pflag.InvalidValueError:
		return problem.Usagef("flag --%s: %s", e.GetFlag().Name, badValue(e))
	}
	return problem.Usage(err)
}

// badValue describes a value that a flag does not take. It quotes the value once and
// leaves out the names of Go's functions.
func badValue(e *pflag.InvalidValueError) string {
	switch e.GetFlag().Value.Type() {
	case "int", "int64", "uint", "uint64":
		return strconv.Quote(e.GetValue()) + " is not a whole number in range"
	case "float64":
		return strconv.Quote(e.GetValue()) + " is not a number"
	case "bool":
		return strconv.Quote(e.GetValue()) + " is neither true nor false"
	case "duration":
		return strconv.Quote(e.GetValue()) + " is not a duration like 90s or 1h30m"
	}
	return e.Unwrap().Error()
}

func flagNames(c *cobra.Command) []string {
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, "--"+f.Name)
		}
	})
	return names
}

// checkSwallowedFlags returns an error for a flag that took the next flag as its value:
// in "--assets --quiet", a value is missing, and no file is called "--quiet".
func checkSwallowedFlags(flags *pflag.FlagSet) error {
	var err error
	flags.Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, v := range values {
			name, long := strings.CutPrefix(v, "--")
			name, _, _ = strings.Cut(name, "=")
			if err == nil && long && flags.Lookup(name) != nil {
				err = problem.Usagef("flag --%s needs a value, not the flag --%s", f.Name, name)
			}
		}
	})
	return err
}
