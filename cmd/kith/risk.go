package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
)

const longRisk = `Add up the risk of users and machines, and report when it is too high.

Reads JSON objects from files (plain, gzip or zstd) or standard input. One with
risk_object is a risk modifier. Any other is an event, from which the rules of
the configuration make modifiers. Incident rules are evaluated over the
modifiers of an object within a window of event time. When the condition of a
rule becomes true, a risk notable is written: one JSON object per line, which
lists every modifier and its contribution to the score.

Objects are resolved through the lists (or a snapshot), so that ACME\jdoe, jdoe
and jdoe@corp.example are one object. Without lists, every name is an object.

With --state DIR the windows are kept between runs. After a crash, run the same
command again: reading of files continues where it stopped, and standard input
may be sent again from any line up to the first that was not acknowledged.

A malformed line is counted, reported, and written to --dead-letter FILE; all
other lines are processed. docs/risk.md explains how scores add up.

On SIGHUP, and with --watch whenever a file changes, lists and rules (rule
files, and the rules of kith.yaml) are loaded in the background and then replace
the current ones; modifiers that were counted before do not change. On SIGUSR1,
the output files are reopened, after they were renamed.`

type riskFlags struct {
	readFlags
	scoringFlags
	streamFlags
	out string
}

func riskCommand() *cobra.Command {
	f := riskFlags{streamFlags: newStreamFlags()}
	c := &cobra.Command{
		Use:   "risk [FILE…]",
		Short: "Add up risk and write risk notables",
		Long:  longRisk,
		Example: `  kith risk --config kith.yaml modifiers.ndjson
  kith enrich events.ndjson | kith risk --state DIR -o notables.ndjson
  kith risk top --state /var/lib/kith`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if isMisspeltCommand(c, args) {
				return unknownCommand(c, args[0])
			}
			return f.run(c, args)
		},
	}
	f.register(c)
	f.registerRisk(c)
	c.AddCommand(riskShowCommand(), riskTopCommand(), riskNotablesCommand(), riskExplainCommand())
	return c
}

// registerRisk registers the flags of kith risk that are not among the readFlags.
func (f *riskFlags) registerRisk(c *cobra.Command) {
	f.registerState(c, stateGroup)
	f.registerInput(c)
	addFlags(c, outputGroup, func(flags *pflag.FlagSet) {
		flags.StringVarP(&f.out, "output", "o", "", "write notables to `FILE` (default standard output)")
	})
	f.registerNotables(c, inputGroup, outputGroup)
	f.registerOutput(c, "lines")
	f.registerGeneral(c, "reload lists and rules when they change", "process in `N` goroutines; the output is the same (default one per core)")
}

// checkFlags returns an error for flags that are invalid or exclude each other.
func (f *riskFlags) checkFlags(c *cobra.Command) error {
	if err := checkPaths(c, "output", "state", "ack", "dead-letter"); err != nil {
		return err
	}
	if err := f.checkStream(c); err != nil {
		return err
	}
	if isCompressed(f.out) {
		return problem.WithHint(problem.Usagef("--output %s: notables are written as plain text", f.out), "compress them afterwards")
	}
	return f.checkScoring(c)
}

// openResolver returns the resolver of objects: the snapshot, or the lists of flags and
// configuration. It is nil without lists. losses are those of reading the lists.
func (f *readFlags) openResolver(c *cobra.Command, cfg *config.Config) (detect.Resolver, []*entity.RowError, error) {
	if !c.Flags().Changed("snapshot") && !cfg.NamesLists() {
		return nil, nil, nil
	}
	if err := f.checkSnapshot(c); err != nil {
		return nil, nil, err
	}
	if f.snapshot != "" {
		s, err := lists.OpenSnapshot(cfg, f.snapshot)
		if err != nil {
			return nil, nil, err
		}
		return s, nil, nil
	}
	l, err := f.loadLists(c)
	if err != nil {
		return nil, nil, err
	}
	s, err := l.Snapshot()
	if err != nil {
		return nil, l.Losses(), err
	}
	return s, l.Losses(), nil
}
