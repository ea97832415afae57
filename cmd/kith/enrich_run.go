package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/explain"
	"github.com/kithsec/kith/internal/inputs"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/snapshot"
	"github.com/spf13/cobra"
)

// run loads the lists, opens the inputs and enriches their events.
func (f *enrichFlags) run(c *cobra.Command, args []string) error {
	if err := f.checkFlags(c); err != nil {
		return err
	}
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
	setup, err := f.riskSetup(config)
	if err != nil {
		return err
	}
	r := &enrichRun{liveRun: newLiveRun(c, &f.readFlags, setup != nil), flags: f, in: in, inFormat: format}
	defer r.close()
	r.hints.to = r.messagesUnlessQuiet()
	if err = r.loadLists(config); err != nil {
		return err
	}
	if err := config.CheckFields(r.lists.Snapshot, options.Fields, f.givenFlag(c, "fields")); err != nil {
		return err
	}
	if r.enricher, err = enrich.New(r.lists.Snapshot, options); err != nil {
		return problem.Usage(err)
	}
	return r.enrichInput(c, options, setup)
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
	*liveRun
	flags      *enrichFlags
	enricher   *enrich.Enricher // with --risk, that of the pipeline
	in         *inputs.Files
	inFormat   string
	out        *eventOutput
	risk       *riskOutput // nil without --risk
	badLines   *badLineReporter
	hints      hintList
	began      time.Time
	shownStats enrich.Stats // shown by the progress line
	shownBytes int64        // of the input, shown by the progress line
}

// enrichInput opens the outputs and enriches the events of the input. While it does
// so, it reloads the lists when they change.
func (r *enrichRun) enrichInput(c *cobra.Command, options enrich.Options, setup *config.RiskSetup) (err error) {
	f := r.flags
	if r.ctx.Err() != nil {
		return errInterrupted
	}
	o, err := r.streamOptions()
	if err != nil {
		return err
	}
	if r.badLines, err = newBadLineReporter(f.deadLetter, f.appending || f.state != "", r.messagesUnlessQuiet()); err != nil {
		return err
	}
	if r.out, err = openEventOutput(c.OutOrStdout(), f.output, f.appending, f.state != "", recordDelimiters[r.outFormat()]); err != nil {
		return errors.Join(err, r.badLines.Close())
	}
	o.Header = r.out.takeHeader
	if setup != nil {
		if r.risk, err = r.openRisk(c, options, setup, o); err != nil {
			return errors.Join(err, r.out.close(), r.badLines.Close())
		}
	}
	if err := r.startReloading(f.watch, r.swap); err != nil {
		return errors.Join(err, r.risk.close(), r.out.close(), r.badLines.Close())
	}
	r.startReopening(r.reopen)
	r.began = time.Now()
	r.startSummaries(f.summaryEvery, func() error { return f.writeSummary(r.messages, r.summary(r.shownStats)) })
	r.progress.Begin("enriching", "events", r.in.Size())
	var stats enrich.Stats
	if r.risk != nil {
		stats, err = r.risk.run(r.ctx)
	} else {
		stats, err = r.enricher.Stream(r.ctx, r.out, r.in, o)
	}
	took := time.Since(r.began)
	if r.badLines.Flush() != nil { // Close returns the error
		r.risk.discard() // a bad event that was not written must not be acknowledged
	}
	err = errors.Join(r.placeError(err), r.risk.close(), r.out.close(), r.badLines.Close())
	r.progress.End()
	return r.finishRun(stats, took, err)
}

// streamOptions returns the options of the stream, without its outputs.
func (r *enrichRun) streamOptions() (enrich.StreamOptions, error) {
	onError, err := enrich.ParseOnError(r.flags.onError)
	if err != nil {
		return enrich.StreamOptions{}, problem.Usage(err)
	}
	o := enrich.StreamOptions{
		Workers: r.flags.workers, MaxLine: int(r.flags.maxLine), OnError: onError,
		DeadLetter: r.reportBad, Progress: r.showProgress, Between: r.between, KeepWrapper: r.flags.keep, LeftOut: r.noteLeftOut,
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
			return enrich.StreamOptions{}, problem.Usage(err)
		}
	}
	return o, nil
}

// outFormat returns the format of the output, or "" if it is chosen by the beginning of the
// input.
func (r *enrichRun) outFormat() string { return cmp.Or(r.flags.outputFormat(), r.inFormat) }

// swap puts a new version of the lists, and with --risk of the rules, into use.
func (r *enrichRun) swap(v *lists.Version) error {
	if r.risk != nil {
		return r.risk.swap(v)
	}
	return r.enricher.Swap(v.Snapshot)
}

// reopen reopens the outputs. With a state, it commits first.
func (r *enrichRun) reopen() error {
	if r.risk != nil {
		return r.risk.reopen()
	}
	return r.reopenEvents()
}

// reopenEvents reopens the outputs that have events.
func (r *enrichRun) reopenEvents() error { return errors.Join(r.out.reopen(), r.badLines.Reopen()) }

// reportBad reports a malformed event, and writes it to the dead-letter file.
func (r *enrichRun) reportBad(e enrich.BadEvent) error {
	file, line := r.place(e.Line)
	return r.badLines.report(file, line, e.Raw, e.Err)
}

// noteLeftOut reports members that are not in the output because arrays were opened.
func (r *enrichRun) noteLeftOut(line int64, members []string) {
	if r.flags.quiet {
		return
	}
	file, line := r.place(line)
	for i, m := range members {
		members[i] = problem.Quote(m)
	}
	r.messages.Printf("%v", &entity.RowError{
		Path: file, Line: int(line), Loss: entity.Note, Reason: "members left out",
		Err: fmt.Errorf("only the events of arrays are written, not %s around them (--keep-wrapper writes all)", strings.Join(members, ", ")),
	})
}

// place returns the input that contains a line, and the number of the line in it.
func (r *enrichRun) place(line int64) (string, int64) {
	if r.risk != nil && r.risk.input != nil {
		return r.risk.input.Title(), line
	}
	return r.in.Place(line)
}

// stored returns the number of bytes of the input that were read.
func (r *enrichRun) stored() int64 {
	if r.risk != nil && r.risk.input != nil {
		return r.risk.storedBefore + r.risk.input.Stored()
	}
	return r.in.Stored()
}

// showProgress updates the progress line and prints new hints. It is called after every block.
func (r *enrichRun) showProgress(s enrich.Stats) {
	bytes := r.stored()
	r.progress.Add(int(s.Events-r.shownStats.Events), int(bytes-r.shownBytes))
	r.shownStats, r.shownBytes = s, bytes
	_ = r.badLines.Flush() // Close returns the error
	r.hints.print()
}

// placeError adds the place in its input file to an error of Stream.
func (r *enrichRun) placeError(err error) error {
	var bad *enrich.BadEvent
	if errors.As(err, &bad) {
		file, line := r.place(bad.Line)
		return problem.WithHint(badEventError(file, line, bad.Err), "--on-error pass writes malformed events unchanged, --on-error drop omits them")
	}
	if errors.Is(err, enrich.ErrNotZeek) || errors.Is(err, enrich.ErrRecords) {
		return problem.Usagef("flag --out: %w", err)
	}
	if _, isShort := errors.AsType[*enrich.ShortInputError](err); isShort {
		return r.risk.input.NameError(err)
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
	summary := r.summary(s)
	if summary.risk != nil {
		r.hints.add(lateHint(summary.risk))
	}
	summary.took, summary.hints = took, r.hints.texts
	if unwritten := r.flags.writeSummary(r.messages, summary); err == nil {
		err = unwritten
	}
	r.hints.print()
	if err != nil || !r.flags.strict {
		return err
	}
	return r.strictError(s)
}

// summary returns the summary of the run so far, given its Stats.
func (r *enrichRun) summary(s enrich.Stats) enrichSummary {
	summary := newEnrichSummary(s, time.Since(r.began), r.reloader.Reloads())
	if r.risk != nil {
		counts := r.risk.pipeline.Engine().Summary()
		summary.risk = &counts
	}
	return summary
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

// domainsHint returns a hint on how to declare the domains of accounts that the lists do not
// contain, or "" if no event had such an account.
func domainsHint(s *snapshot.Snapshot) string {
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
	if r.risk != nil {
		if late := r.risk.pipeline.Engine().Summary().Late; late > 0 {
			lost = append(lost, problem.Plural(int(late), "late modifier"))
		}
	}
	if uncounted := r.badLines.n - int(s.Bad); uncounted > 0 {
		lost = append(lost, problem.Plural(uncounted, "event")+" not counted for risk")
	}
	if s.LostMembers > 0 {
		lost = append(lost, problem.Plural(int(s.LostMembers), "member")+" without a column")
	}
	if len(lost) == 0 {
		return nil
	}
	return newLossError("%s", strings.Join(lost, "; "))
}
