package main

import (
	"context"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/lists/remote"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/snapshot"
)

// liveRun is the part of a run of kith enrich or kith risk that is not its stream: messages above
// the progress line, reloading of lists and rules, and calls between the blocks of the stream.
type liveRun struct {
	flags    *readFlags
	progress *term.Progress
	messages *term.Messages
	fetcher  *remote.Fetcher
	lists    *lists.Version // the first version of the lists
	hasRules bool           // detection rules are reloaded with the lists
	inUse    *lists.Version // set by the swap of a new version, if that uses rules
	rules    int            // number of rules of the version in use
	reloader *lists.Reloader

	ctx     context.Context    // done when the run ends
	between chan func() error  // received by the stream
	hangups <-chan os.Signal   // requests to reload
	rotate  <-chan os.Signal   // requests to reopen the outputs
	cleanup []func()           // called by close, the last first
	cancel  context.CancelFunc // of ctx
}

// newLiveRun returns a liveRun. From now on, SIGHUP and SIGUSR1 do not end the process.
func newLiveRun(c *cobra.Command, flags *readFlags, hasRules bool) *liveRun {
	r := &liveRun{flags: flags, hasRules: hasRules, between: make(chan func() error)}
	r.ctx, r.cancel = context.WithCancel(c.Context())
	var ignoreHangup, ignoreRotate func()
	r.hangups, ignoreHangup = onHangup()
	r.rotate, ignoreRotate = onRotate()
	r.progress = term.NewProgress(c.ErrOrStderr(), flags.quiet)
	r.messages = term.NewMessages(c.ErrOrStderr(), r.progress)
	r.fetcher = newFetcher(c)
	r.cleanup = []func(){ignoreHangup, ignoreRotate, func() { r.fetcher.Close() }, r.messages.Mute, r.cancel}
	return r
}

// close ends everything that runs besides the stream.
func (r *liveRun) close() {
	for i := len(r.cleanup) - 1; i >= 0; i-- {
		r.cleanup[i]()
	}
}

// loadLists loads the first version of the lists. If rules are reloaded with them, there need
// not be any lists.
func (r *liveRun) loadLists(cfg *config.Config) (err error) {
	o := loadOptions(r.progress, r.fetcher)
	o.NoGuess, o.RuleFiles, o.Optional = r.flags.strict, r.hasRules, r.hasRules
	r.lists, err = lists.LoadVersion(r.ctx, cfg, r.flags.snapshot, o)
	r.inUse = r.lists
	r.progress.End()
	if err == nil && !r.flags.quiet {
		printStale(r.messages, r.lists.Stale)
		printLosses(r.messages, r.lists.Notices, r.lists.Losses, maxPrintedLosses)
	}
	return orInterrupted(err)
}

// loadSource checks the flag for a snapshot, and then loads the lists.
func (r *liveRun) loadSource(c *cobra.Command, cfg *config.Config) error {
	if err := r.flags.checkSnapshot(c); err != nil {
		return err
	}
	return r.loadLists(cfg)
}

// snapshot returns the snapshot in use of a run that uses rules, or nil without lists.
func (r *liveRun) snapshot() *snapshot.Snapshot { return r.inUse.Snapshot }

// resolver returns the resolver of objects for the first version of the lists.
func (r *liveRun) resolver() detect.Resolver { return resolverOf(r.lists) }

// resolverOf returns the resolver of objects for a version of the lists, nil if there are none.
func resolverOf(v *lists.Version) detect.Resolver {
	if v.Snapshot == nil {
		return nil
	}
	return v.Snapshot
}

// losses returns the losses of the lists.
func (r *liveRun) losses() []*entity.RowError {
	if r.reloader == nil {
		return r.lists.Losses
	}
	return r.reloader.Losses()
}

// messagesUnlessQuiet returns the writer for malformed events and hints, nil with --quiet.
func (r *liveRun) messagesUnlessQuiet() io.Writer {
	if r.flags.quiet {
		return nil
	}
	return r.messages
}

// startReloading reloads the lists on SIGHUP and, with watch, when they change. swap puts a new
// version into use.
func (r *liveRun) startReloading(watch bool, swap func(*lists.Version) error) (err error) {
	if r.reloader, err = lists.NewReloader(r.lists, r.reloadOptions(swap)); err != nil {
		return err
	}
	if watch {
		if err := r.reloader.Watch(r.ctx); err != nil {
			return err
		}
	}
	go r.reloader.Run(r.ctx)
	return nil
}

// call calls f between two blocks of the stream, and returns its error. It returns the error
// of the context if the run ends before.
func (r *liveRun) call(f func() error) error {
	done := make(chan error, 1)
	select {
	case r.between <- func() error { done <- f(); return nil }:
		return <-done
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
}

// startReopening calls reopen between two blocks of the stream, whenever a signal requests it.
func (r *liveRun) startReopening(reopen func() error) {
	go func() {
		for {
			select {
			case <-r.rotate:
			case <-r.ctx.Done():
				return
			}
			switch err := r.call(reopen); {
			case r.ctx.Err() != nil:
			case err != nil:
				reportError(r.messages, err)
				r.messages.Printf("not all outputs could be reopened")
			case !r.flags.quiet:
				r.messages.Printf("reopened the outputs")
			}
		}
	}()
}

// startSummaries calls write between two blocks of the stream, at intervals.
func (r *liveRun) startSummaries(every time.Duration, write func() error) {
	if every == 0 {
		return
	}
	go func() {
		ticks := time.NewTicker(every)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				_ = r.call(write) // standard error may be closed: the last summary returns the error
			case <-r.ctx.Done():
				return
			}
		}
	}()
}

// reloadOptions returns options that print the result of every reload. With --quiet only
// refused versions and folders that cannot be watched are printed.
func (r *liveRun) reloadOptions(swap func(*lists.Version) error) lists.ReloadOptions {
	what := "lists"
	if r.hasRules {
		what = "lists and rules"
	}
	o := lists.ReloadOptions{
		SwapVersion: swap,
		Open:        r.flags.openConfig,
		Requests:    r.hangups,
		Refused: func(err error) {
			if r.ctx.Err() != nil {
				return // the run has ended
			}
			reportError(r.messages, err)
			r.messages.Printf("the new %s are not used; keeping the current %s", what, what)
		},
		Unwatched: func(err error, interval time.Duration) {
			r.messages.Printf("cannot watch %v: checking it every %v instead", err, interval)
		},
	}
	if r.flags.quiet {
		return o
	}
	o.FetchFailed = func(err error) { reportError(r.messages, err) }
	o.Unchanged = func() { r.messages.Printf("the %s have not changed", what) }
	o.BlocksChanged = func(path string) {
		r.messages.Printf("%s: changes to the blocks enrich and zones take effect at the next start", path)
	}
	o.RiskChanged = func(path string) {
		r.messages.Printf("%s: changes to the block risk, except for its rules, take effect at the next start", path)
	}
	o.Reloaded = func(v *lists.Version, took time.Duration) {
		printStale(r.messages, v.Stale)
		printLosses(r.messages, v.Notices, v.Losses, maxPrintedLosses)
		r.messages.Printf("reloaded %s in %s%s", r.reloadedText(v), roundDuration(took), changesText(v.Changes))
	}
	return o
}

// reloadedText returns what a version consists of, for the message about a reload.
func (r *liveRun) reloadedText(v *lists.Version) string {
	n, m := v.Count()
	assets, identities, rules := problem.Plural(n, "asset"), problem.Plural(m, "identity"), problem.Plural(r.rules, "rule")
	switch {
	case !r.hasRules:
		return assets + " and " + identities
	case v.Snapshot == nil:
		return rules
	}
	return assets + ", " + identities + " and " + rules
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

// ruleCompiler compiles detection rules that are to replace those in use: a risk.Engine or a
// pipeline.Pipeline.
type ruleCompiler interface {
	CompileRules(rules []detect.Rule, files []detect.RuleFile) (*risk.Rules, error)
}

// compileRules returns the rules of a new version of the configuration, and their number.
func compileRules(c *config.Config, by ruleCompiler) (*risk.Rules, int, error) {
	setup, err := c.RiskSetup()
	if err != nil {
		return nil, 0, err
	}
	if err := setup.Check(); err != nil {
		return nil, 0, err
	}
	rules, err := by.CompileRules(setup.Config.Rules, setup.Options.Rules)
	return rules, setup.CountRules(), setup.Place(err)
}
