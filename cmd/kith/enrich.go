package main

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/inputs"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
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

// registerStream registers the flags that say how events are read and written.
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

// check reports flags that make no sense, before anything is read.
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

func (f *enrichFlags) run(c *cobra.Command, args []string) error {
	if err := f.check(c); err != nil {
		return err
	}
	hangups, ignore := onHangup()
	defer ignore()
	config, options, err := f.settings(c)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{inputs.Standard}
	}
	form, err := f.formIn(args)
	if err != nil {
		return err
	}
	in, err := inputs.OpenFiles(args, c.InOrStdin(), form == "csv")
	if err != nil {
		return err
	}
	if err := distinctFiles(f.outputs(), slices.Concat(args, config.NamedFiles(), []string{f.snapshot}), c.InOrStdin()); err != nil {
		return err
	}
	r := &enrichRun{flags: f, in: in, form: form, progress: term.NewProgress(c.ErrOrStderr(), f.quiet)}
	r.told = term.NewMessages(c.ErrOrStderr(), r.progress)
	defer r.told.Mute()
	if r.lists, err = f.firstLists(c, config, r); err != nil {
		return err
	}
	if err := config.CheckFields(r.lists.Snapshot, options.Fields, f.typed(c, "fields")); err != nil {
		return err
	}
	if r.enricher, err = enrich.New(r.lists.Snapshot, options); err != nil {
		return problem.Usage(err)
	}
	return r.do(c, hangups)
}

// typed returns the flag as it is named to the user if he gave it.
func (f *enrichFlags) typed(c *cobra.Command, flag string) string {
	if c.Flags().Changed(flag) {
		return "--" + flag
	}
	return ""
}

// enrichRun is one run of kith enrich.
type enrichRun struct {
	flags    *enrichFlags
	enricher *enrich.Enricher
	lists    *lists.Version // those at the beginning
	in       *inputs.Files
	form     string // of the input
	out      *eventOutput
	letters  *badLines
	progress *term.Progress
	told     *term.Messages
	reloads  *lists.Reloader
	shown    enrich.Stats // what the progress was told
	bytes    int64        // of the input, what the progress was told
}

// do opens what is written and takes the events through.
func (r *enrichRun) do(c *cobra.Command, hangups <-chan os.Signal) (err error) {
	f := r.flags
	ctx, stop := context.WithCancel(c.Context())
	defer stop()
	if ctx.Err() != nil {
		return errInterrupted
	}
	if r.reloads, err = lists.NewReloader(r.lists, r.reloadOptions(hangups)); err != nil {
		return err
	}
	if f.watch {
		if err := r.reloads.Watch(ctx); err != nil {
			return err
		}
	}
	if r.letters, err = openBadLines(f.deadLetter, false, r.badTold()); err != nil {
		return err
	}
	if r.out, err = openEventOutput(c.OutOrStdout(), f.output); err != nil {
		return errors.Join(err, r.letters.Close())
	}
	go r.reloads.Run(ctx)
	r.progress.Begin("enriching", "events", r.in.Size())
	began := time.Now()
	stats, err := r.stream(ctx)
	took := time.Since(began)
	err = errors.Join(r.placed(err), r.out.close(), r.letters.Close())
	r.progress.End()
	return r.finish(stats, took, err)
}

// stream enriches the input in the formats of the input and the output.
func (r *enrichRun) stream(ctx context.Context) (enrich.Stats, error) {
	onError, err := enrich.ParseOnError(r.flags.onError)
	if err != nil {
		return enrich.Stats{}, problem.Usage(err)
	}
	o := enrich.StreamOptions{
		Workers: r.flags.workers, MaxLine: int(r.flags.maxLine), OnError: onError,
		DeadLetter: r.bad, Progress: r.passed,
	}
	if o.In, err = enrich.ParseFormat(r.form); err == nil {
		o.Out, err = enrich.ParseFormat(r.flags.formOut(r.form))
	}
	if err != nil {
		return enrich.Stats{}, problem.Usage(err)
	}
	return r.enricher.Stream(ctx, r.out, r.in, o)
}

// badTold is where bad events are told, nil if the user wants it quiet.
func (r *enrichRun) badTold() io.Writer {
	if r.flags.quiet {
		return nil
	}
	return r.told
}

// bad tells of a bad event, and writes it to the dead letters.
func (r *enrichRun) bad(e enrich.BadEvent) error {
	file, line := r.in.Place(e.Line)
	return r.letters.add(file, line, e.Raw, e.Err)
}

// passed is called after every block.
func (r *enrichRun) passed(s enrich.Stats) {
	bytes := r.in.Stored()
	r.progress.Add(int(s.Events-r.shown.Events), int(bytes-r.bytes))
	r.shown, r.bytes = s, bytes
	_ = r.letters.Flush() // the writer keeps its error for the end
}

// placed names the file of what Stream says of its input as a whole.
func (r *enrichRun) placed(err error) error {
	var bad *enrich.BadEvent
	if errors.As(err, &bad) {
		file, line := r.in.Place(bad.Line)
		return problem.WithHint(badEventError(file, line, bad.Err), "--on-error pass writes bad events as they are, drop leaves them out")
	}
	return r.in.HeaderError(err)
}

// finish tells the summary, and what the run was after all.
func (r *enrichRun) finish(s enrich.Stats, took time.Duration, err error) error {
	if isClosedPipe(err) {
		return err
	}
	r.letters.tellRest()
	if tell := r.flags.tell(r.told, newEnrichSummary(s, took, r.reloads.Reloads())); err == nil {
		err = tell
	}
	if s.Events > 0 && s.Bad == s.Events && r.form == "ndjson" && !r.flags.quiet {
		r.told.Printf("hint: not one event is a JSON object: --in csv reads CSV")
	}
	if err != nil || !r.flags.strict {
		return err
	}
	return r.strictEnd(s)
}

// strictEnd is the end of a strict run.
func (r *enrichRun) strictEnd(s enrich.Stats) error {
	var lost []string
	if losses := r.reloads.Losses(); len(losses) > 0 {
		lost = append(lost, "lost in the lists: "+countLosses(losses))
	}
	if s.Bad > 0 {
		lost = append(lost, problem.Plural(int(s.Bad), "bad event"))
	}
	if s.LostMembers > 0 {
		lost = append(lost, problem.Plural(int(s.LostMembers), "member")+" without a column")
	}
	if len(lost) == 0 {
		return nil
	}
	return strictf("%s", strings.Join(lost, "; "))
}
