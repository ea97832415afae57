package main

import (
	"context"
	"errors"
	"slices"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
	"github.com/spf13/cobra"
)

// listFlags are the flags that name the lists, for every command that reads lists.
type listFlags struct {
	config     string
	assets     []string
	identities []string
}

func (f *listFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVarP(&f.config, "config", "c", "", "configuration `FILE` (default ./kith.yaml if present)")
	flags.StringArrayVar(&f.assets, "assets", nil, "asset list `FILE`; repeat in rank order, best first")
	flags.StringArrayVar(&f.identities, "identities", nil, "identity list `FILE`; repeat in rank order, best first")
	for flag, suffixes := range map[string][]string{
		"config": {"yaml", "yml"}, "assets": {"csv", "gz", "zst"}, "identities": {"csv", "gz", "zst"},
	} {
		_ = c.MarkFlagFilename(flag, suffixes...) // fails only for a flag that is not there
	}
}

// open returns the configuration with the lists of the flags, which take the
// place of the file's lists of the same kind.
func (f *listFlags) open() (*config.Config, error) {
	c, err := f.openWrong()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// openWrong is open, except that with an error it also returns the configuration as
// far as it could be read.
func (f *listFlags) openWrong() (*config.Config, error) {
	c, err := config.Open(f.config)
	if c == nil {
		return nil, err
	}
	return c, errors.Join(err,
		override(&c.Assets, "assets", f.assets),
		override(&c.Identities.Lists, "identities", f.identities))
}

// override replaces the sources of a list by the files of a flag, if it is given.
func override(list *config.Lists, flag string, paths []string) error {
	for i, path := range paths {
		if path == "" {
			return problem.Usagef("flag --%s needs a file, not an empty text", flag)
		}
		if slices.Contains(paths[:i], path) {
			return problem.Usagef("--%s %s is given twice", flag, path)
		}
	}
	if len(paths) > 0 {
		list.Replace(paths)
	}
	return nil
}

// loadFlags are the flags of every command that loads lists.
type loadFlags struct {
	listFlags
	strict bool
	quiet  bool
}

func (f *loadFlags) register(c *cobra.Command) {
	f.listFlags.register(c)
	c.Flags().BoolVar(&f.strict, "strict", false, "exit 3 if anything was lost")
	c.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "tell no progress and no losses")
}

// load loads the lists that flags and configuration name, and prints their losses.
func (f *loadFlags) load(c *cobra.Command) (*lists.Loaded, error) {
	cfg, err := f.open()
	if err != nil {
		return nil, err
	}
	return f.loadFrom(c, cfg, false)
}

// loadFrom is load for a configuration that was opened. With hash, reports have the
// hashes of files.
func (f *loadFlags) loadFrom(c *cobra.Command, cfg *config.Config, hash bool) (*lists.Loaded, error) {
	p := term.NewProgress(c.ErrOrStderr(), f.quiet)
	o := loadOptions(p)
	o.Hash = hash
	l, err := lists.Load(c.Context(), cfg, o)
	p.End()
	if err != nil {
		return nil, orInterrupted(err)
	}
	if !f.quiet {
		tellLosses(c.ErrOrStderr(), l.Losses())
	}
	return l, nil
}

// loadOptions returns options that show loading on p.
func loadOptions(p *term.Progress) lists.Options {
	return lists.Options{
		Start:    func(bytes int64) { p.Begin("reading and merging lists", "rows", bytes) },
		Progress: p.Add,
	}
}

// errInterrupted is the error of a command that got a signal before it wrote anything.
var errInterrupted = errors.New("interrupted; nothing was written")

// orInterrupted returns errInterrupted for the error of a context that is done.
func orInterrupted(err error) error {
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	return err
}

// readFlags are the flags of commands that read lists or a snapshot.
type readFlags struct {
	loadFlags
	snapshot string
}

func (f *readFlags) register(c *cobra.Command) {
	f.loadFlags.register(c)
	c.Flags().StringVar(&f.snapshot, "snapshot", "", "read this `FILE` of kith merge --snapshot instead of lists")
}

// load is loadFlags.load, unless a snapshot is named.
func (f *readFlags) load(c *cobra.Command) (*lists.Loaded, error) {
	if err := f.checkSnapshot(c); err != nil {
		return nil, err
	}
	if f.snapshot == "" {
		return f.loadFlags.load(c)
	}
	cfg, err := f.open()
	if err != nil {
		return nil, err
	}
	return lists.LoadSnapshot(cfg, f.snapshot)
}

// checkSnapshot reports a flag --snapshot that is empty or contradicts others.
func (f *readFlags) checkSnapshot(c *cobra.Command) error {
	switch {
	case !c.Flags().Changed("snapshot"):
	case f.snapshot == "":
		return problem.Usagef("flag --snapshot needs a file, not an empty text")
	case len(f.assets)+len(f.identities) > 0:
		return problem.Usagef("--snapshot stands in for lists: leave out --assets and --identities")
	}
	return nil
}
