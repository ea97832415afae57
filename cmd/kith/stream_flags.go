package main

import (
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/problem"
)

// streamFlags are the flags of the commands that read a stream, kith enrich and kith risk.
type streamFlags struct {
	deadLetter   string
	summary      string
	summaryEvery time.Duration
	maxLine      byteSize
	workers      int
	watch        bool
	appending    bool
}

func newStreamFlags() streamFlags { return streamFlags{maxLine: enrich.DefaultMaxLine} }

var summaryFormats = []string{"text", "json"}

// registerInput registers the flags for how the input is read.
func (f *streamFlags) registerInput(c *cobra.Command) {
	addFlags(c, inputGroup, func(flags *pflag.FlagSet) {
		flags.Var(&f.maxLine, "max-line", "skip lines longer than `SIZE`")
	})
}

// registerOutput registers the flags for further outputs. what names what may be malformed.
func (f *streamFlags) registerOutput(c *cobra.Command, what string) {
	addFlags(c, outputGroup, func(flags *pflag.FlagSet) {
		flags.BoolVar(&f.appending, "append", false, "keep what the output files contain, and write at their ends")
		flags.StringVar(&f.deadLetter, "dead-letter", "", "write malformed "+what+" to `FILE`, with line number and reason")
	})
}

// registerGeneral registers the other flags. watch and workers are the usages of two of them.
func (f *streamFlags) registerGeneral(c *cobra.Command, watch, workers string) {
	addFlags(c, generalGroup, func(flags *pflag.FlagSet) {
		flags.BoolVar(&f.watch, "watch", false, watch)
		flags.IntVar(&f.workers, "workers", 0, workers)
		flags.StringVar(&f.summary, "summary", "text", "write the summary in `FORMAT`: text or json")
		flags.DurationVar(&f.summaryEvery, "summary-every", 0, "also write the summary of the run so far every `DURATION`, such as 1m")
	})
	c.Flags().Lookup("summary-every").DefValue = "0" // help omits it
	completeWords(c, "summary", summaryFormats)
}

// checkStream returns an error for flags that cannot be used.
func (f *streamFlags) checkStream(c *cobra.Command) error {
	if err := checkFlagWord("summary", f.summary, summaryFormats); err != nil {
		return err
	}
	switch {
	case f.workers < 0:
		return problem.Usagef("flag --workers: %d: must be 1 or more, or 0 for one per core", f.workers)
	case c.Flags().Changed("summary-every") && f.summaryEvery <= 0:
		return problem.Usagef("flag --summary-every: %s: must be more than 0s", f.summaryEvery)
	}
	return nil
}
