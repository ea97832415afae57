package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/internal/problem"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// root is the command tree and whether one of its commands began its work: an
// error before that is wrong usage, whoever found it.
type root struct {
	*cobra.Command
	began bool
}

// subcommands are the children of kith, each from the file of its name.
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

const longAbout = `Kith tells a stream of security events who and what each event touched.

It reads the lists an organisation keeps about its machines (assets) and its
people (identities), merges them into one record per entity, writes what it
knows into every event that passes, and adds up the risk each entity gathers.

Data goes to standard output, everything else to standard error.
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration,
3 done, but --strict was given and something was lost.`

func newRoot() *root {
	r := &root{Command: &cobra.Command{
		Use:           "kith",
		Short:         "Tell security events who and what they touched",
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
	r.wrap(r.Command)
	return r
}

// passesOn reports whether a command writes what it reads as it is. The others
// take care of terminals themselves.
func passesOn(c *cobra.Command) bool { return c.Name() == "enrich" || c.Name() == "risk" }

// wrap records when a command begins its work, and makes commands that only have
// children report an unknown child.
func (r *root) wrap(c *cobra.Command) {
	for _, child := range c.Commands() {
		r.wrap(child)
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
	work := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := swallowed(c.Flags()); err != nil {
			return err
		}
		r.began = true
		if passesOn(c) && term.IsTerminal(c.OutOrStdout()) {
			c.SetOut(term.NewEscaper(c.OutOrStdout()))
		}
		return work(c, args)
	}
}

// execute runs the command that the arguments name.
func (r *root) execute(ctx context.Context) error {
	c, err := r.ExecuteContextC(ctx)
	if err != nil && !r.began {
		return problem.WithHint(problem.Usage(err), "%s --help", c.CommandPath())
	}
	return err
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Explain a command",
		Example: "  kith help enrich",
		RunE: func(c *cobra.Command, args []string) error {
			target, rest, err := c.Root().Find(args)
			if err != nil || target == c.Root() && len(rest) > 0 {
				return unknownCommand(c.Root(), args[0])
			}
			if len(rest) > 0 {
				return unknownCommand(target, rest[0])
			}
			target.InitDefaultHelpFlag()
			return target.Help()
		},
	}
}

func unknownCommand(c *cobra.Command, word string) error {
	var names []string
	for _, child := range c.Commands() {
		if child.IsAvailableCommand() || child.Name() == "help" {
			names = append(names, child.Name())
		}
	}
	err := problem.Usagef("unknown command %q for %q%s", word, c.CommandPath(), problem.DidYouMean(word, names))
	return problem.WithHint(err, "%s --help", c.CommandPath())
}

// noArguments is cobra.NoArgs in our words.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return problem.Usagef("%q takes no argument, and got %q", c.CommandPath(), args[0])
	}
	return nil
}

// flagError rewords the errors of pflag.
func flagError(c *cobra.Command, err error) error {
	switch e := err.(type) {
	case *pflag.NotExistError:
		if short := e.GetSpecifiedShortnames(); short != "" {
			return problem.Usagef("unknown flag -%s for %q", e.GetSpecifiedName(), c.CommandPath())
		}
		flag := "--" + e.GetSpecifiedName()
		return problem.Usagef("unknown flag %s for %q%s", flag, c.CommandPath(), problem.DidYouMean(flag, flagNames(c)))
	case *pflag.ValueRequiredError:
		return problem.Usagef("flag --%s needs a value", e.GetFlag().Name)
	case *pflag.InvalidValueError:
		return problem.Usagef("flag --%s: %s", e.GetFlag().Name, badValue(e))
	}
	return problem.Usage(err)
}

// badValue quotes the value once and leaves out the names of Go's functions.
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

// swallowed returns an error for a flag that took the next flag as its value:
// "--assets --quiet" hardly means a file called "--quiet".
func swallowed(flags *pflag.FlagSet) error {
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
