package main

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/inputs"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
	"github.com/spf13/cobra"
)

// run reads the lists, opens the input and enriches its events.
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
	r.messages = term.NewMessages(c.ErrOrStderr(), r.progress)
	defer r.messages.Mute()
	if r.lists, err = f.firstLists(c, config, r); err != nil {
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

// givenFlag returns the flag as users write it, or "" if it was not given.
func (f *enrichFlags) givenFlag(c *cobra.Command, flag string) string {
	if c.Flags().Changed(flag) {
		return "--" + flag
	}
	return ""
}

// enrichRun is one run of kith enrich.
type enrichRun struct {
	flags    *enrichFlags
	enricher *enrich.Enricher
	lists    *lists.Version // those that the run began with
	in       *inputs.Files
	form     string // of the input
	out      *eventOutput
	letters  *badLines
	progress *term.Progress
	messages *term.Messages
	reloads  *lists.Reloader
	shown    enrich.Stats // what the progress shows
	bytes    int64        // of the input that the progress shows
}

// enrichInput opens the outputs and enriches the events of the input.
func (r *enrichRun) enrichInput(c *cobra.Command, hangups <-chan os.Signal) (err error) {
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
	if r.letters, err = openBadLines(f.deadLetter, false, r.badMessages()); err != nil {
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
	err = errors.Join(r.placeError(err), r.out.close(), r.letters.Close())
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
		DeadLetter: r.reportBad, Progress: r.showProgress,
	}
	if o.In, err = enrich.ParseFormat(r.form); err == nil {
		o.Out, err = enrich.ParseFormat(r.flags.formOut(r.form))
	}
	if err != nil {
		return enrich.Stats{}, problem.Usage(err)
	}
	return r.enricher.Stream(ctx, r.out, r.in, o)
}

// badMessages returns where bad events are reported, nil with --quiet.
func (r *enrichRun) badMessages() io.Writer {
	if r.flags.quiet {
		return nil
	}
	return r.messages
}

// reportBad reports a bad event, also to the dead letters.
func (r *enrichRun) reportBad(e enrich.BadEvent) error {
	file, line := r.in.Place(e.Line)
	return r.letters.add(file, line, e.Raw, e.Err)
}

// showProgress is called after every block.
func (r *enrichRun) showProgress(s enrich.Stats) {
	bytes := r.in.Stored()
	r.progress.Add(int(s.Events-r.shown.Events), int(bytes-r.bytes))
	r.shown, r.bytes = s, bytes
	_ = r.letters.Flush() // the writer keeps its error for the end
}

// placeError gives an error of Stream the place in its input file.
func (r *enrichRun) placeError(err error) error {
	var bad *enrich.BadEvent
	if errors.As(err, &bad) {
		file, line := r.in.Place(bad.Line)
		return problem.WithHint(badEventError(file, line, bad.Err), "--on-error pass writes bad events as they are, drop leaves them out")
	}
	return r.in.HeaderError(err)
}

// finish prints the summary and returns the error of the run.
func (r *enrichRun) finish(s enrich.Stats, took time.Duration, err error) error {
	if isClosedPipe(err) {
		return err
	}
	r.letters.reportRest()
	if unwritten := r.flags.writeSummary(r.messages, newEnrichSummary(s, took, r.reloads.Reloads())); err == nil {
		err = unwritten
	}
	if s.Events > 0 && s.Bad == s.Events && r.form == "ndjson" && !r.flags.quiet {
		r.messages.Printf("hint: not one event is a JSON object: --in csv reads CSV")
	}
	if err != nil || !r.flags.strict {
		return err
	}
	return r.strictError(s)
}

// strictError returns the error of a strict run that lost something.
func (r *enrichRun) strictError(s enrich.Stats) error {
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

// firstLists loads the lists that a run begins with.
func (f *enrichFlags) firstLists(c *cobra.Command, cfg *config.Config, r *enrichRun) (*lists.Version, error) {
	v, err := lists.LoadVersion(c.Context(), cfg, f.snapshot, loadOptions(r.progress))
	r.progress.End()
	if err == nil && !f.quiet {
		tellLosses(r.messages, v.Losses)
	}
	return v, orInterrupted(err)
}

// reloadOptions returns options that print what becomes of new versions. With
// --quiet only refusals and folders that cannot be watched are printed.
func (r *enrichRun) reloadOptions(hangups <-chan os.Signal) lists.ReloadOptions {
	o := lists.ReloadOptions{
		Swap:     r.enricher.Swap,
		Open:     r.flags.open,
		Requests: hangups,
		Refused: func(err error) {
			report(r.messages, err)
			r.messages.Printf("the new lists are not used: those of before stay")
		},
		Unwatched: func(err error, interval time.Duration) {
			r.messages.Printf("watching %v: it is looked at every %v instead", err, interval)
		},
	}
	if r.flags.quiet {
		return o
	}
	o.Unchanged = func() { r.messages.Printf("nothing has changed in the lists") }
	o.BlocksChanged = func(path string) {
		r.messages.Printf("%s: the blocks enrich and zones have changed: that counts from the next start on", path)
	}
	o.Reloaded = func(v *lists.Version, took time.Duration) {
		tellLosses(r.messages, v.Losses)
		assets, identities := v.Count()
		r.messages.Printf("reloaded %s and %s in %s", problem.Plural(assets, "asset"), problem.Plural(identities, "identity"), rounded(took))
	}
	return o
}
