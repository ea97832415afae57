package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/explain"
	"github.com/kithsec/kith/internal/inputs"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/lists/remote"
	"github.com/spf13/cobra"
)

// run loads the lists, opens the inputs and enriches their events.
func (f *enrichFlags) run(c *cobra.Command, args []string) error {
	if err := f.checkFlags(c); err != nil {
		return err
	}
	hangups, ignore := onHangup()
	defer ignore()
	config, options, err := f.openSettings(c)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{inputs.Standard}
	}
	if slices.Contains(args, inputs.Standard) && f.snapshot == "" {
		if err := checkStandardInput(config, "the events"); err != nil {
			return err
		}
	}
	format, err := f.inputFormat(args)
	if err != nil {
		return err
	}
	in, err := inputs.OpenFiles(args, c.InOrStdin(), recordDelimiters[format])
	if err != nil {
		return err
	}
	if err := distinctFiles(f.outputFiles(), slices.Concat(args, config.NamedFiles(), []string{f.snapshot}), c.InOrStdin()); err != nil {
		return err
	}
	r := &enrichRun{flags: f, in: in, inFormat: format, progress: term.NewProgress(c.ErrOrStderr(), f.quiet)}
	r.messages = term.NewMessages(c.ErrOrStderr(), r.progress)
	defer r.messages.Mute()
	r.hints.to = r.messagesUnlessQuiet()
	r.fetcher = newFetcher(c)
	defer r.fetcher.Close()
	if r.lists, err = f.loadFirstLists(c, config, r); err != nil {
		return err
	}
	if err := config.CheckFields(r.lists.Snapshot, options.Fields, f.givenFlag(c, "fields")); err != nil {
		return err
	}
	if r.enricher, err = enrich.New(r.lists.Snapshot, options); err != nil {
		return problem.Usage(err)
	}
	return r.enrichInput(c, hangups)
}

// givenFlag returns the flag with its dashes, or "" if it was not given.
func (f *enrichFlags) givenFlag(c *cobra.Command, flag string) string {
	if c.Flags().Changed(flag) {
		return "--" + flag
	}
	return ""
}

// enrichRun is one run of kith enrich.
type enrichRun struct {
	flags      *enrichFlags
	enricher   *enrich.Enricher
	lists      *lists.Version // the first version of the lists
	fetcher    *remote.Fetcher
	in         *inputs.Files
	inFormat   string
	out        *eventOutput
	badLines   *badLineReporter
	progress   *term.Progress
	messages   *term.Messages
	hints      hintList
	reloader   *lists.Reloader
	shownStats enrich.Stats // shown by the progress line
	shownBytes int64        // of the input, shown by the progress line
}

// enrichInput opens the outputs and enriches the events of the input. While it does
// so, it reloads the lists when they change.
func (r *enrichRun) enrichInput(c *cobra.Command, hangups <-chan os.Signal) (err error) {
	f := r.flags
	ctx, stop := context.WithCancel(c.Context())
	defer stop()
	if ctx.Err() != nil {
		return errInterrupted
	}
	if r.reloader, err = lists.NewReloader(r.lists, r.reloadOptions(hangups)); err != nil {
		return err
	}
	if f.watch {
		if err := r.reloader.Watch(ctx); err != nil {
			return err
		}
	}
	if r.badLines, err = newBadLineReporter(f.deadLetter, false, r.messagesUnlessQuiet()); err != nil {
		return err
	}
	if r.out, err = openEventOutput(c.OutOrStdout(), f.output); err != nil {
		return errors.Join(err, r.badLines.Close())
	}
	go r.reloader.Run(ctx)
	r.progress.Begin("enriching", "events", r.in.Size())
	began := time.Now()
	stats, err := r.enrichStream(ctx)
	took := time.Since(began)
	err = errors.Join(r.placeError(err), r.out.close(), r.badLines.Close())
	r.progress.End()
	return r.finishRun(stats, took, err)
}

// enrichStream enriches the events, and converts them from the input format to
// the output format.
func (r *enrichRun) enrichStream(ctx context.Context) (enrich.Stats, error) {
	onError, err := enrich.ParseOnError(r.flags.onError)
	if err != nil {
		return enrich.Stats{}, problem.Usage(err)
	}
	o := enrich.StreamOptions{
		Workers: r.flags.workers, MaxLine: int(r.flags.maxLine), OnError: onError,
		DeadLetter: r.reportBad, Progress: r.showProgress, KeepWrapper: r.flags.keep, LeftOut: r.noteLeftOut,
		Hint: func(h enrich.Hint) { r.hints.add(matchHint(&h)) },
	}
	for _, f := range []struct {
		name string
		to   *enrich.Format
	}{{r.inFormat, &o.In}, {r.flags.outputFormat(), &o.Out}} {
		if f.name == "" {
			continue
		}
		if *f.to, err = enrich.ParseFormat(f.name); err != nil {
			return enrich.Stats{}, problem.Usage(err)
		}
	}
	return r.enricher.Stream(ctx, r.out, r.in, o)
}

// messagesUnlessQuiet returns the writer for malformed events and hints, nil with --quiet.
func (r *enrichRun) messagesUnlessQuiet() io.Writer {
	if r.flags.quiet {
		return nil
	}
	return r.messages
}

// reportBad reports a malformed event, and writes it to the dead-letter file.
func (r *enrichRun) reportBad(e enrich.BadEvent) error {
	file, line := r.in.Place(e.Line)
	return r.badLines.report(file, line, e.Raw, e.Err)
}

// noteLeftOut reports members that are not in the output because arrays were opened.
func (r *enrichRun) noteLeftOut(line int64, members []string) {
	if r.flags.quiet {
		return
	}
	file, line := r.in.Place(line)
	for i, m := range members {
		members[i] = problem.Quote(m)
	}
	r.messages.Printf("%v", &entity.RowError{
		Path: file, Line: int(line), Loss: entity.Note, Reason: "members left out",
		Err: fmt.Errorf("only the events of arrays are written, not %s around them (--keep-wrapper writes all)", strings.Join(members, ", ")),
	})
}

// showProgress updates the progress line and prints new hints. It is called after every block.
func (r *enrichRun) showProgress(s enrich.Stats) {
	bytes := r.in.Stored()
	r.progress.Add(int(s.Events-r.shownStats.Events), int(bytes-r.shownBytes))
	r.shownStats, r.shownBytes = s, bytes
	_ = r.badLines.Flush() // Close returns the error
	r.hints.print()
}

// placeError adds the place in its input file to an error of Stream.
func (r *enrichRun) placeError(err error) error {
	var bad *enrich.BadEvent
	if errors.As(err, &bad) {
		file, line := r.in.Place(bad.Line)
		return problem.WithHint(badEventError(file, line, bad.Err), "--on-error pass writes malformed events unchanged, --on-error drop omits them")
	}
	if errors.Is(err, enrich.ErrNotZeek) || errors.Is(err, enrich.ErrRecords) {
		return problem.Usagef("flag --out: %w", err)
	}
	return r.in.HeaderError(err)
}

// finishRun prints the summary and hints, and returns the error of the run.
func (r *enrichRun) finishRun(s enrich.Stats, took time.Duration, err error) error {
	if isClosedPipe(err) {
		return err
	}
	r.badLines.reportRest()
	r.hints.add(r.hint(s))
	r.hints.add(domainsHint(r.enricher.Snapshot()))
	summary := newEnrichSummary(s, took, r.reloader.Reloads())
	summary.hints = r.hints.texts
	if unwritten := r.flags.writeSummary(r.messages, summary); err == nil {
		err = unwritten
	}
	r.hints.print()
	if err != nil || !r.flags.strict {
		return err
	}
	return r.strictError(s)
}

// hint returns what to try if the events are not JSON lines.
func (r *enrichRun) hint(s enrich.Stats) string {
	switch {
	case s.Events == 0:
		return ""
	case r.inFormat == "ndjson" && 2*s.Bad > s.Events && r.badLines.beginWithArray():
		return arrayHint
	case !isRecords(r.inFormat) && r.inFormat != "zeek" && s.Bad == s.Events:
		return hintForLine(r.inFormat, r.badLines.first)
	}
	return ""
}

// domainNoter notes the unknown domains of the accounts that were looked up. A snapshot
// implements it.
type domainNoter interface{ UnknownDomains() []string }

// domainsHint returns a hint on how to declare the domains of accounts that the lists do not
// know, or "" if no event had such an account.
func domainsHint(s domainNoter) string {
	domains := s.UnknownDomains()
	if len(domains) == 0 {
		return ""
	}
	return fmt.Sprintf("accounts of %s that the lists do not know were not looked up by their names alone; if the accounts are yours: %s",
		problem.Plural(len(domains), "domain"), explain.DomainsSetting(domains))
}

// hintForLine returns what to try with an input without a JSON object, given its format
// and the beginning of its first line.
func hintForLine(format string, line []byte) string {
	line = bytes.TrimLeft(line, leadingSpace)
	switch {
	case len(line) == 0:
		return "" // the line was too long, as reported
	case line[0] == '{':
		if format == "ndjson" {
			return "leave out --in ndjson, or use --in json, for objects on several lines"
		}
		return ""
	case bytes.IndexByte(line, ',') > 0 && !isBinary(line):
		return "no line is a JSON object: use --in csv if the input is CSV"
	}
	return "no line is a JSON object"
}

// isBinary reports whether a line has control characters that text does not have.
func isBinary(line []byte) bool {
	return bytes.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\r' && r != '\n' })
}

// strictError returns the error of a run with --strict that lost something.
func (r *enrichRun) strictError(s enrich.Stats) error {
	var lost []string
	if losses := r.reloader.Losses(); len(losses) > 0 {
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
	return newLossError("%s", strings.Join(lost, "; "))
}

// loadFirstLists loads the first version of the lists.
func (f *enrichFlags) loadFirstLists(c *cobra.Command, cfg *config.Config, r *enrichRun) (*lists.Version, error) {
	o := loadOptions(r.progress, r.fetcher)
	o.NoGuess = f.strict
	v, err := lists.LoadVersion(c.Context(), cfg, f.snapshot, o)
	r.progress.End()
	if err == nil && !f.quiet {
		printStale(r.messages, v.Stale)
		printLosses(r.messages, v.Notices, v.Losses, maxPrintedLosses)
	}
	return v, orInterrupted(err)
}

// reloadOptions returns options that print the result of every reload. With --quiet only
// refused versions and folders that cannot be watched are printed.
func (r *enrichRun) reloadOptions(hangups <-chan os.Signal) lists.ReloadOptions {
	o := lists.ReloadOptions{
		Swap:     r.enricher.Swap,
		Open:     r.flags.openConfig,
		Requests: hangups,
		Refused: func(err error) {
			reportError(r.messages, err)
			r.messages.Printf("the new lists are not used; keeping the current lists")
		},
		Unwatched: func(err error, interval time.Duration) {
			r.messages.Printf("cannot watch %v: checking it every %v instead", err, interval)
		},
	}
	if r.flags.quiet {
		return o
	}
	o.FetchFailed = func(err error) { reportError(r.messages, err) }
	o.Unchanged = func() { r.messages.Printf("the lists have not changed") }
	o.BlocksChanged = func(path string) {
		r.messages.Printf("%s: changes to the blocks enrich and zones take effect at the next start", path)
	}
	o.Reloaded = func(v *lists.Version, took time.Duration) {
		printStale(r.messages, v.Stale)
		printLosses(r.messages, v.Notices, v.Losses, maxPrintedLosses)
		assets, identities := v.Count()
		r.messages.Printf("reloaded %s and %s in %s%s", problem.Plural(assets, "asset"), problem.Plural(identities, "identity"), roundDuration(took), changesText(v.Changes))
	}
	return o
}

// changesText returns the changes of lists for the message about a reload, such as
// " (cmdb: 3 → 4 rows, 3 → 4 assets; and 2 more lists)", or "" if there are none.
func changesText(changes []lists.SourceChange) string {
	const most = 5
	var words []string
	for _, c := range changes[:min(len(changes), most)] {
		words = append(words, c.String())
	}
	if n := len(changes) - most; n > 0 {
		words = append(words, "and "+problem.Plural(n, "more list"))
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, "; ") + ")"
}
