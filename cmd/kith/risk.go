package main

import (
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
)

const longRisk = `Add up the risk that users and machines gather, and say when it is too much.

Reads JSON lines from files (plain, gzip or zstd) or standard input. A line with
risk_object is a risk modifier; any other line is an event, to which the rules of
the configuration are put. What an object gathers in a window of event time is
compared with the incident rules; when a condition becomes true a risk notable
is written, one JSON object a line, that lists every modifier and what it
contributed.

Objects are resolved through the lists (or a snapshot), so that ACME\jdoe, jdoe
and jdoe@corp.example are one. Without lists every object is itself.

With --state DIR the windows outlive the process. After a crash run the same
command again: files go on where they stood, and standard input may be fed again
from any line that was not acknowledged.

A line that cannot be read is counted, told, and written to --dead-letter FILE;
nothing else is lost. docs/risk.md says how scores add up.`

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

var summaryForms = []string{"text", "json"}

func riskCommand() *cobra.Command {
	f := riskFlags{maxLine: enrich.DefaultMaxLine}
	c := &cobra.Command{
		Use:   "risk [FILE…]",
		Short: "Add up risk and write risk notables",
		Long:  longRisk,
		Example: `  kith risk --config kith.yaml modifiers.ndjson
  kith enrich --config kith.yaml events.ndjson | kith risk --config kith.yaml --state /var/lib/kith
  kith risk top --state /var/lib/kith`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args) },
	}
	f.register(c)
	flags := c.Flags()
	flags.StringVarP(&f.out, "output", "o", "", "write notables to `FILE` (default: standard output)")
	flags.StringVar(&f.state, "state", "", "keep the windows in `DIR`")
	flags.StringVar(&f.ack, "ack", "", "append to `FILE` how much of the input each commit covers")
	flags.DurationVar(&f.commitEvery, "commit-every", time.Second, "commit after this `DURATION` at the latest, at most 1s")
	flags.StringVar(&f.deadLetter, "dead-letter", "", "write lines that cannot be read to `FILE`, with number and reason")
	flags.StringVar(&f.summary, "summary", "text", "`FORM` of the summary at the end: text or json")
	flags.IntVar(&f.contributions, "contributions", -1, "list the `N` largest contributions of a notable and sum up the rest (default: all)")
	flags.IntVar(&f.workers, "workers", 0, "work with `N` threads (default: one a core); the output does not depend on it")
	flags.Var(&f.maxLine, "max-line", "skip lines longer than `SIZE`")
	flags.BoolVar(&f.scoreNotables, "score-notables", false, "count notables that are fed back in as modifiers")
	flags.Lookup("contributions").DefValue = "0" // which help leaves out, because the text describes the default
	completeWords(c, "summary", summaryForms)
	_ = c.MarkFlagDirname("state")
	c.AddCommand(riskShowCommand(), riskTopCommand(), riskExplainCommand())
	return c
}

// check reports flags that do not go together.
func (f *riskFlags) check(c *cobra.Command) error {
	if err := knownFlag("summary", f.summary, summaryForms); err != nil {
		return err
	}
	flags := c.Flags()
	for _, flag := range []string{"output", "state", "ack", "dead-letter"} {
		if flags.Changed(flag) && flags.Lookup(flag).Value.String() == "" {
			return problem.Usagef("flag --%s needs a path, not an empty text", flag)
		}
	}
	switch {
	case flags.Changed("contributions") && f.contributions < 0:
		return problem.Usagef("flag --contributions: %d: want 0 or more", f.contributions)
	case f.workers < 0:
		return problem.Usagef("flag --workers: %d: want 1 or more, or 0 for one a core", f.workers)
	case f.commitEvery <= 0 || f.commitEvery > time.Second:
		return problem.Usagef("flag --commit-every: %s: want more than nothing and at most 1s", f.commitEvery)
	case f.ack != "" && f.state == "":
		return problem.WithHint(problem.Usagef("--ack tells what commits cover, and without --state there are none"), "add --state DIR")
	case isCompressed(f.out):
		return problem.WithHint(problem.Usagef("--output %s: notables are written as plain text", f.out), "compress them afterwards")
	}
	return nil
}

// threads is how many goroutines the engine may use.
func (f *riskFlags) threads() int {
	if f.workers == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return f.workers
}

// resolver returns the resolver of objects: the snapshot, or the lists of flags and
// configuration, nil without lists. It also returns what was lost of the lists.
func (f *readFlags) resolver(c *cobra.Command, cfg *config.Config) (detect.Resolver, []*entity.RowError, error) {
	if !c.Flags().Changed("snapshot") && len(cfg.Assets.Sources)+len(cfg.Identities.Sources) == 0 {
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
	l, err := f.load(c)
	if err != nil {
		return nil, nil, err
	}
	s, err := l.Snapshot()
	if err != nil {
		return nil, l.Losses(), err
	}
	return s, l.Losses(), nil
}
