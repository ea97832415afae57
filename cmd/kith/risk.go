package main

import (
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/enrich"
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
other lines are processed. docs/risk.md explains how scores add up.`

type riskFlags struct {
	readFlags
	out           string
	state         string
	ack           string
	deadLetter    string
	summary       string
	commitEvery   time.Duration
	contributions int
	workers       int
	maxLine       byteSize
	scoreNotables bool
}

var summaryFormats = []string{"text", "json"}

func riskCommand() *cobra.Command {
	f := riskFlags{maxLine: enrich.DefaultMaxLine}
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
	completeWords(c, "summary", summaryFormats)
	_ = c.MarkFlagDirname("state")
	c.AddCommand(riskShowCommand(), riskTopCommand(), riskNotablesCommand(), riskExplainCommand())
	return c
}

// registerRisk registers the flags of kith risk that are not among the readFlags.
func (f *riskFlags) registerRisk(c *cobra.Command) {
	addFlags(c, stateGroup, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.state, "state", "", "keep the windows in `DIR`")
		flags.StringVar(&f.ack, "ack", "", "append to `FILE` how much of the input each commit covers")
		flags.DurationVar(&f.commitEvery, "commit-every", time.Second, "commit at least every `DURATION` (more than 0, up to 1s)")
	})
	addFlags(c, inputGroup, func(flags *pflag.FlagSet) {
		flags.Var(&f.maxLine, "max-line", "skip lines longer than `SIZE`")
		flags.BoolVar(&f.scoreNotables, "score-notables", false, "treat notables in the input as modifiers")
	})
	addFlags(c, outputGroup, func(flags *pflag.FlagSet) {
		flags.StringVarP(&f.out, "output", "o", "", "write notables to `FILE` (default standard output)")
		flags.IntVar(&f.contributions, "contributions", -1, "list the `N` largest contributions of a notable, and the sum of the rest (default all)")
		flags.StringVar(&f.deadLetter, "dead-letter", "", "write malformed lines to `FILE`, with line number and reason")
	})
	addFlags(c, generalGroup, func(flags *pflag.FlagSet) {
		flags.IntVar(&f.workers, "workers", 0, "process in `N` goroutines; the output is the same (default one per core)")
		flags.StringVar(&f.summary, "summary", "text", "write the summary in `FORMAT`: text or json")
	})
	c.Flags().Lookup("contributions").DefValue = "0" // help omits it, because the usage describes the default
}

// checkFlags returns an error for flags that are invalid or exclude each other.
func (f *riskFlags) checkFlags(c *cobra.Command) error {
	if err := checkFlagWord("summary", f.summary, summaryFormats); err != nil {
		return err
	}
	flags := c.Flags()
	for _, flag := range []string{"output", "state", "ack", "dead-letter"} {
		if flags.Changed(flag) && flags.Lookup(flag).Value.String() == "" {
			return problem.Usagef("flag --%s needs a path, not an empty string", flag)
		}
	}
	switch {
	case flags.Changed("contributions") && f.contributions < 0:
		return problem.Usagef("flag --contributions: %d: must be 0 or more", f.contributions)
	case f.workers < 0:
		return problem.Usagef("flag --workers: %d: must be 1 or more, or 0 for one per core", f.workers)
	case f.commitEvery <= 0 || f.commitEvery > time.Second:
		return problem.Usagef("flag --commit-every: %s: must be more than 0s and at most 1s", f.commitEvery)
	case f.ack != "" && f.state == "":
		return problem.WithHint(problem.Usagef("--ack needs --state: without it there are no commits to acknowledge"), "add --state DIR")
	case isCompressed(f.out):
		return problem.WithHint(problem.Usagef("--output %s: notables are written as plain text", f.out), "compress them afterwards")
	}
	return nil
}

// engineWorkers returns the number of goroutines that the engine may use.
func (f *riskFlags) engineWorkers() int {
	if f.workers == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return f.workers
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
