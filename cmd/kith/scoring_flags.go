package main

import (
	"encoding/json"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/state"
)

// scoringFlags are the flags of kith risk that kith enrich --risk has, too.
type scoringFlags struct {
	state         string
	ack           string
	commitEvery   time.Duration
	contributions int
	scoreNotables bool
}

// scoringFlagNames are the names of the scoringFlags.
var scoringFlagNames = []string{"state", "ack", "commit-every", "contributions", "score-notables"}

// registerState registers the flags for the state directory.
func (f *scoringFlags) registerState(c *cobra.Command, group string) {
	addFlags(c, group, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.state, "state", "", "keep the windows in `DIR`")
		flags.StringVar(&f.ack, "ack", "", "append to `FILE` how much of the input each commit covers")
		flags.DurationVar(&f.commitEvery, "commit-every", time.Second, "commit at least every `DURATION` (more than 0, up to 1s)")
	})
	_ = c.MarkFlagDirname("state")
}

// registerNotables registers the flags for notables, in the input and in the output.
func (f *scoringFlags) registerNotables(c *cobra.Command, inGroup, outGroup string) {
	addFlags(c, inGroup, func(flags *pflag.FlagSet) {
		flags.BoolVar(&f.scoreNotables, "score-notables", false, "treat notables in the input as modifiers")
	})
	addFlags(c, outGroup, func(flags *pflag.FlagSet) {
		flags.IntVar(&f.contributions, "contributions", -1, "list the `N` largest contributions of a notable, and the sum of the rest (default all)")
	})
	c.Flags().Lookup("contributions").DefValue = "0" // help omits it, because the usage describes the default
}

// checkScoring returns an error for flags that are invalid or exclude each other.
func (f *scoringFlags) checkScoring(c *cobra.Command) error {
	switch {
	case c.Flags().Changed("contributions") && f.contributions < 0:
		return problem.Usagef("flag --contributions: %d: must be 0 or more", f.contributions)
	case f.commitEvery <= 0 || f.commitEvery > time.Second:
		return problem.Usagef("flag --commit-every: %s: must be more than 0s and at most 1s", f.commitEvery)
	case f.ack != "" && f.state == "":
		return problem.WithHint(problem.Usagef("--ack needs --state: without it there are no commits to acknowledge"), "add --state DIR")
	}
	return nil
}

// configure sets what the flags set in the configuration and options of an engine.
func (f *scoringFlags) configure(setup *config.RiskSetup, workers int) {
	setup.Config.ScoreNotables = setup.Config.ScoreNotables || f.scoreNotables
	o := &setup.Options
	if o.Workers = workers; workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	o.MaxContributions, o.NoContributions = max(f.contributions, 0), f.contributions == 0
}

// openAck opens the file of acknowledgements, if a flag names one, and makes the session
// write to it.
func (f *scoringFlags) openAck(o *state.Options) (*os.File, error) {
	if f.ack == "" {
		return nil, nil
	}
	file, err := openAcks(f.ack)
	if err != nil {
		return nil, problem.Cause(f.ack, err)
	}
	o.OnCommit = func(p state.Position) error { return json.NewEncoder(file).Encode(p) }
	return file, nil
}

// checkPaths returns an error for a flag that was given an empty path.
func checkPaths(c *cobra.Command, flags ...string) error {
	for _, flag := range flags {
		if f := c.Flags().Lookup(flag); f.Changed && f.Value.String() == "" {
			return problem.Usagef("flag --%s needs a path, not an empty string", flag)
		}
	}
	return nil
}
