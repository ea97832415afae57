package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
)

// firstLists loads the lists that a run begins with.
func (f *enrichFlags) firstLists(c *cobra.Command, cfg *config.Config, r *enrichRun) (*lists.Version, error) {
	v, err := lists.LoadVersion(c.Context(), cfg, f.snapshot, loadOptions(r.progress))
	r.progress.End()
	if err == nil && !f.quiet {
		tellLosses(r.told, v.Losses)
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
			report(r.told, err)
			r.told.Printf("the new lists are not used: those of before stay")
		},
		Unwatched: func(err error, interval time.Duration) {
			r.told.Printf("watching %v: it is looked at every %v instead", err, interval)
		},
	}
	if r.flags.quiet {
		return o
	}
	o.Unchanged = func() { r.told.Printf("nothing has changed in the lists") }
	o.BlocksChanged = func(path string) {
		r.told.Printf("%s: the blocks enrich and zones have changed: that counts from the next start on", path)
	}
	o.Reloaded = func(v *lists.Version, took time.Duration) {
		tellLosses(r.told, v.Losses)
		assets, identities := v.Count()
		r.told.Printf("reloaded %s and %s in %s", problem.Plural(assets, "asset"), problem.Plural(identities, "identity"), rounded(took))
	}
	return o
}
