package main

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/problem"
)

const longEnrich = `Add the fields of assets and identities to the events that name them.

Reads events from files or standard input (JSON, CSV, TSV or Zeek logs; plain,
gzip or zstd) and writes them, in order, to standard output or --output FILE.
The bytes of an event do not change; fields are added at its end: for each role
(src, dest, user, ...) the key, id, tags and fields of the asset or identity.

Malformed events are passed through, counted, reported, and written to
--dead-letter FILE. Lines longer than --max-line are counted and reported, but
not written. At the end, a summary counts the events and the matches of each
role.

On SIGHUP, and with --watch whenever a file changes, changed lists are loaded in
the background and then replace the current ones in one step. Lists that cannot
be used are reported, and the current ones are kept. On SIGUSR1, the output
files are reopened, after they were renamed. On SIGINT and SIGTERM, the events
that were read are finished. Flags override the configuration.

With --risk, kith risk runs in the same process, with the block risk of the
configuration. The notables are those of "kith enrich | kith risk", but each
event is read once. With --state DIR, events, notables and the position in the
input are committed together; run the same command again after a crash.`

type enrichFlags struct {
	readFlags
	config.Enrich
	scoringFlags
	streamFlags
	inFormat  string
	outFormat string
	unwrap    []string
	keep      bool
	output    string
	risk      string
	onError   string
	validate  bool
}

var (
	eventFormats = []string{"ndjson", "csv", "tsv", "zeek"}
	inputFormats = []string{"ndjson", "json", "csv", "tsv", "zeek"}
	onErrorWords = []string{"pass", "drop", "fail"}
)

func enrichCommand() *cobra.Command {
	f := enrichFlags{streamFlags: newStreamFlags()}
	c := &cobra.Command{
		Use:   "enrich [FILE…]",
		Short: "Add asset and identity fields to events",
		Long:  longEnrich,
		Example: `  kith enrich --assets hosts.csv --identities people.csv events.ndjson
  zcat dc01.gz | kith enrich -c kith.yaml --format windows -o dc01.out.gz
  tail -F conn.log | kith enrich --config kith.yaml --format zeek --watch
  kith enrich --fields priority,category --into kith -o out.csv events.csv
  kith enrich --risk notables.ndjson --state DIR -o out.ndjson in.ndjson`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args) },
	}
	f.register(c)
	f.registerEnrich(c)
	f.registerStream(c)
	return c
}

// registerEnrich registers the flags that override the block enrich of the
// configuration.
func (f *enrichFlags) registerEnrich(c *cobra.Command) {
	addFlags(c, inputGroup, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.Format, "format", "cim", "find keys in events by the preset `NAME`, or auto")
		flags.StringSliceVar(&f.unwrap, "unwrap", []string{"auto"}, "open envelopes of events: auto, off, or those with one of the `MEMBERS`")
	})
	addFlags(c, fieldGroup, func(flags *pflag.FlagSet) {
		flags.StringSliceVar(&f.Fields, "fields", nil, "add only these `FIELDS`, named without the role: priority,category")
		flags.StringVar(&f.Into, "into", "", "add the fields inside the object `NAME` of the event")
		flags.StringVar(&f.Fill, "fill", "per_field", "fill fields of an address from its networks by `METHOD`: per_field, inherit or whole")
		flags.BoolVar(&f.Owner, "owner", false, "add the fields of the owners of assets")
		flags.BoolVar(&f.Match, "match", false, "add the key and the step that each role matched by")
		flags.BoolVar(&f.Urgency, "urgency", false, "add urgency to events that have a severity")
		flags.BoolVar(&f.Defaults, "defaults", false, "add false booleans, and defaults for roles without a match")
		flags.BoolVar(&f.Overwrite, "overwrite", false, "replace fields that the event already has")
	})
	completeWords(c, "format", append(event.PresetNames(), "auto"))
	completeWords(c, "fill", config.FillWords())
}

// registerStream registers the flags for how events are read and written.
func (f *enrichFlags) registerStream(c *cobra.Command) {
	addFlags(c, inputGroup, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.inFormat, "in", "", "read `FORMAT`: ndjson, json (objects on any number of lines, or in arrays), csv, tsv or zeek (default csv or tsv by file suffix, else found out)")
		flags.BoolVar(&f.validate, "validate", false, "validate events strictly (RFC 8259)")
	})
	f.registerInput(c)
	addFlags(c, outputGroup, func(flags *pflag.FlagSet) {
		flags.StringVarP(&f.output, "output", "o", "", "write events to `FILE`, compressed if it ends in .gz or .zst (default standard output)")
		flags.StringVar(&f.outFormat, "out", "", "write `FORMAT`: ndjson, csv, tsv, or zeek for Zeek logs (default by file suffix, else that of the input)")
		flags.BoolVar(&f.keep, "keep-wrapper", false, "leave arrays of events, such as Records, in the objects around them")
		flags.StringVar(&f.onError, "on-error", "pass", "do `ACTION` with malformed events: pass, drop or fail")
	})
	f.registerOutput(c, "events")
	addFlags(c, riskGroup, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.risk, "risk", "", "also do what kith risk does with the events, and write notables to `FILE`, or after the events that caused them (-)")
	})
	f.registerState(c, riskGroup)
	f.registerNotables(c, riskGroup, riskGroup)
	f.registerGeneral(c, "reload lists, and with --risk rules, when they change", "enrich in `N` goroutines; the order is kept (default one per core)")
	for flag, words := range map[string][]string{
		"in": inputFormats, "out": eventFormats, "on-error": onErrorWords,
	} {
		completeWords(c, flag, words)
	}
}

// checkFlags returns an error for flags that cannot be used.
func (f *enrichFlags) checkFlags(c *cobra.Command) error {
	words := []struct {
		flag, word string
		known      []string
	}{
		{"fill", f.Fill, config.FillWords()},
		{"in", f.inFormat, append([]string{""}, inputFormats...)},
		{"out", f.outFormat, append([]string{""}, eventFormats...)},
		{"on-error", f.onError, onErrorWords},
	}
	for _, w := range words {
		if !slices.Contains(w.known, w.word) {
			return checkFlagWord(w.flag, w.word, slices.DeleteFunc(w.known, func(s string) bool { return s == "" }))
		}
	}
	if err := checkPaths(c, "output", "dead-letter", "risk", "state", "ack"); err != nil {
		return err
	}
	if _, err := event.ParseUnwrap(trimTexts(f.unwrap)); err != nil {
		return problem.Usagef("flag --unwrap: %w", err)
	}
	if err := f.checkStream(c); err != nil {
		return err
	}
	return f.checkRisk(c)
}

// checkRisk returns an error if the flags for risk contradict others, or lack --risk.
func (f *enrichFlags) checkRisk(c *cobra.Command) error {
	if f.risk == "" {
		for _, flag := range scoringFlagNames {
			if c.Flags().Changed(flag) {
				return problem.WithHint(problem.Usagef("--%s needs --risk", flag), "add --risk FILE, or --risk - for standard output")
			}
		}
		return nil
	}
	switch format := f.outputFormat(); {
	case isCompressed(f.risk):
		return problem.WithHint(problem.Usagef("--risk %s: notables are written as plain text", f.risk), "compress them afterwards")
	case f.mixesOutputs() && f.keep:
		return problem.WithHint(problem.Usagef("--risk -: notables cannot be written between the events of one object, which --keep-wrapper writes"), "name a file with --risk or --output")
	case f.mixesOutputs() && format != "" && format != "ndjson":
		return problem.WithHint(problem.Usagef("--risk -: notables are JSON, and cannot be written between events in %s", format), "name a file with --risk or --output")
	}
	return f.checkScoring(c)
}

// mixesOutputs reports whether events and notables are written to standard output.
func (f *enrichFlags) mixesOutputs() bool { return f.risk == "-" && isStandardOutput(f.output) }
