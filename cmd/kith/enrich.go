package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/problem"
)

const longEnrich = `Write into every event who and what it touched.

Reads events from files or standard input (JSON lines or CSV; plain, gzip or
zstd) and writes them, in order, to standard output or --output FILE. An event
keeps all of its bytes; fields are added at its end: the key, id and tags of
each entity, and everything the lists know of it.

What is no event is passed through, counted, told, and written to --dead-letter
FILE. At the end a summary counts the events and how many matched per role.

SIGHUP, and --watch by itself, load lists that have changed beside those in use
and swap them in one step; a bad new version is told and not used. SIGINT and
SIGTERM finish what was read. Flags win over the configuration.`

type enrichFlags struct {
	readFlags
	config.Enrich
	in         string
	out        string
	output     string
	onError    string
	deadLetter string
	summary    string
	maxLine    byteSize
	workers    int
	validate   bool
	watch      bool
}

var (
	eventForms   = []string{"ndjson", "csv"}
	onErrorWords = []string{"pass", "drop", "fail"}
)

func enrichCommand() *cobra.Command {
	f := enrichFlags{maxLine: enrich.DefaultMaxLine}
	c := &cobra.Command{
		Use:   "enrich [FILE…]",
		Short: "Write into events who and what they touched",
		Long:  longEnrich,
		Example: `  kith enrich --assets hosts.csv --identities people.csv events.ndjson
  zcat dc01.ndjson.gz | kith enrich --config kith.yaml --format windows | gzip > enriched.ndjson.gz
  tail -F conn.log | kith enrich --config kith.yaml --format zeek --watch
  kith enrich --fields priority,category --into kith -o out.csv events.csv`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args) },
	}
	f.register(c)
	f.registerEnrich(c)
	f.registerStream(c)
	return c
}

// registerEnrich registers the flags that stand for the block enrich of the
// configuration.
func (f *enrichFlags) registerEnrich(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.Format, "format", "cim", "what events look like: `NAME` of a preset, or auto")
	flags.StringVar(&f.Fill, "fill", "per_field", "`WORD` for how addresses take fields from the networks around: per_field, inherit or whole")
	flags.StringSliceVar(&f.Fields, "fields", nil, "write only these `FIELDS`, named without the role: priority,category")
	flags.StringVar(&f.Into, "into", "", "nest the fields in this `OBJECT` of the event")
	flags.BoolVar(&f.Owner, "owner", false, "add what is known of the owners of assets")
	flags.BoolVar(&f.Overwrite, "overwrite", false, "replace fields that events have already")
	flags.BoolVar(&f.Defaults, "defaults", false, "write false booleans, and defaults for what nothing answers")
	flags.BoolVar(&f.Match, "match", false, "add why each role matched")
	flags.BoolVar(&f.Urgency, "urgency", false, "add urgency to events that have a severity")
	completeWords(c, "format", append(event.PresetNames(), "auto"))
	completeWords(c, "fill", config.FillWords())
}

// registerStream registers the flags for how events are read and written.
func (f *enrichFlags) registerStream(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.in, "in", "", "`FORM` of the input: ndjson or csv (default by suffix, else ndjson)")
	flags.StringVar(&f.out, "out", "", "`FORM` of the output: ndjson or csv (default by suffix, else as the input)")
	flags.StringVarP(&f.output, "output", "o", "", "write to `FILE`; .gz and .zst compress (default standard output)")
	flags.StringVar(&f.onError, "on-error", "pass", "`WORD` for what becomes of bad events: pass, drop or fail")
	flags.StringVar(&f.deadLetter, "dead-letter", "", "write bad events to `FILE`, with line number and reason")
	flags.StringVar(&f.summary, "summary", "text", "`FORM` of the summary at the end: text or json")
	flags.Var(&f.maxLine, "max-line", "skip lines longer than `SIZE`")
	flags.IntVar(&f.workers, "workers", 0, "enrich in `N` threads (default one a core); order is kept")
	flags.BoolVar(&f.validate, "validate", false, "hold events to RFC 8259 to the last byte")
	flags.BoolVar(&f.watch, "watch", false, "load lists anew when they change")
	for flag, words := range map[string][]string{
		"in": eventForms, "out": eventForms, "on-error": onErrorWords, "summary": summaryForms,
	} {
		completeWords(c, flag, words)
	}
}

// check reports flags that cannot be used, before anything is read.
func (f *enrichFlags) check(c *cobra.Command) error {
	words := []struct {
		flag, word string
		known      []string
	}{
		{"fill", f.Fill, config.FillWords()},
		{"in", f.in, append([]string{""}, eventForms...)},
		{"out", f.out, append([]string{""}, eventForms...)},
		{"on-error", f.onError, onErrorWords},
		{"summary", f.summary, summaryForms},
	}
	for _, w := range words {
		if !slices.Contains(w.known, w.word) {
			return knownFlag(w.flag, w.word, slices.DeleteFunc(w.known, func(s string) bool { return s == "" }))
		}
	}
	for _, flag := range []string{"output", "dead-letter"} {
		if c.Flags().Changed(flag) && c.Flag(flag).Value.String() == "" {
			return problem.Usagef("flag --%s needs a path, not an empty text", flag)
		}
	}
	if f.workers < 0 {
		return problem.Usagef("flag --workers: %d: want 1 or more, or 0 for one a core", f.workers)
	}
	return nil
}
