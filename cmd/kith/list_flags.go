package main

import (
	"context"
	"errors"
	"slices"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/lists/remote"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// listFlags are the flags of every command that reads lists: those that name them.
type listFlags struct {
	config     string
	assets     []string
	identities []string
}

func (f *listFlags) register(c *cobra.Command) {
	addFlags(c, listGroup, func(flags *pflag.FlagSet) {
		flags.StringVarP(&f.config, "config", "c", "", "read the configuration from `FILE` (default ./kith.yaml if present)")
		flags.StringArrayVar(&f.assets, "assets", nil, "read an asset list from `FILE`, an https:// URL, or - (standard input); may be repeated, highest rank first")
		flags.StringArrayVar(&f.identities, "identities", nil, "read an identity list from `FILE`, an https:// URL, or - (standard input); may be repeated, highest rank first")
	})
	for flag, suffixes := range map[string][]string{
		"config": {"yaml", "yml"}, "assets": {"csv", "gz", "zst"}, "identities": {"csv", "gz", "zst"},
	} {
		_ = c.MarkFlagFilename(flag, suffixes...) // fails only for an unknown flag
	}
}

// openConfig returns the configuration. The lists of the flags replace those of the
// configuration file of the same kind.
func (f *listFlags) openConfig() (*config.Config, error) {
	c, err := f.openPartialConfig()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// openPartialConfig is like openConfig, but together with an error it also returns the
// parts of the configuration that are valid.
func (f *listFlags) openPartialConfig() (*config.Config, error) {
	c, err := config.Open(f.config)
	if c == nil {
		return nil, err
	}
	return c, errors.Join(err,
		overrideSources(&c.Assets.Lists, "assets", f.assets),
		overrideSources(&c.Identities.Lists, "identities", f.identities))
}

// overrideSources replaces the sources of list with the files that a flag names, if any.
func overrideSources(list *config.Lists, flag string, paths []string) error {
	for i, path := range paths {
		if path == "" {
			return problem.Usagef("flag --%s needs a path, not an empty string", flag)
		}
		if slices.Contains(paths[:i], path) {
			return problem.Usagef("--%s %s: the file is given twice", flag, path)
		}
	}
	if len(paths) > 0 {
		list.Replace(paths)
	}
	return nil
}

// loadFlags are listFlags and the flags of every command that loads the lists.
type loadFlags struct {
	listFlags
	strict  bool
	quiet   bool
	printed int // how many losses are printed
}

func (f *loadFlags) register(c *cobra.Command) {
	f.listFlags.register(c)
	f.printed = maxPrintedLosses
	addFlags(c, generalGroup, func(flags *pflag.FlagSet) {
		flags.BoolVar(&f.strict, "strict", false, "exit with code 3 if anything was lost")
		flags.BoolVarP(&f.quiet, "quiet", "q", false, "hide progress and warnings")
	})
}

// loadLists loads the lists that flags and configuration name, and prints what was lost.
func (f *loadFlags) loadLists(c *cobra.Command) (*lists.Loaded, error) {
	cfg, err := f.openConfig()
	if err != nil {
		return nil, err
	}
	return f.loadListsOf(c, cfg, false)
}

// loadListsOf loads the lists of an open configuration, and prints what was lost. With
// hash, the reports have hashes of the files.
func (f *loadFlags) loadListsOf(c *cobra.Command, cfg *config.Config, hash bool) (*lists.Loaded, error) {
	p := term.NewProgress(c.ErrOrStderr(), f.quiet)
	fetcher := newFetcher(c)
	defer fetcher.Close()
	o := loadOptions(p, fetcher)
	o.Hash, o.NoGuess = hash, f.strict
	l, err := lists.Load(c.Context(), cfg, o)
	p.End()
	if err != nil {
		return nil, orInterrupted(err)
	}
	if !f.quiet {
		printStale(c.ErrOrStderr(), l.Stale)
		printLosses(c.ErrOrStderr(), l.Notices(), l.Losses(), f.printed)
	}
	return l, nil
}

// newFetcher returns what fetches the lists that are not files.
func newFetcher(c *cobra.Command) *remote.Fetcher {
	return remote.New(remote.Options{UserAgent: "kith/" + versionNumber(), Stdin: c.InOrStdin()})
}

// checkStandardInput returns an error if a list is to be read from standard input, which a
// command reads something else from. what names that in the error, such as "the events".
func checkStandardInput(cfg *config.Config, what string) error {
	if used, err := cfg.ReadsStandardInput(); err != nil || !used {
		return err
	}
	return problem.Usagef("standard input is a list, so that it cannot be %s, too: name a file", what)
}

// loadOptions returns options that show the progress of loading on p.
func loadOptions(p *term.Progress, fetcher lists.Fetcher) lists.Options {
	return lists.Options{
		Fetcher:  fetcher,
		Start:    func(bytes int64) { p.Begin("reading and merging lists", "rows", bytes) },
		Progress: p.Add,
	}
}

// errInterrupted is the error of a command that a signal ended before it wrote anything.
var errInterrupted = errors.New("interrupted; nothing was written")

// orInterrupted returns err, or errInterrupted instead of context.Canceled.
func orInterrupted(err error) error {
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	return err
}

// readFlags are loadFlags and the flag of commands that can read a snapshot instead.
type readFlags struct {
	loadFlags
	snapshot string
}

func (f *readFlags) register(c *cobra.Command) {
	f.loadFlags.register(c)
	addFlags(c, listGroup, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.snapshot, "snapshot", "", "read `FILE`, a snapshot of \"kith merge --snapshot\", instead of lists")
	})
}

// loadLists loads the snapshot if the flag names one, and the lists otherwise.
func (f *readFlags) loadLists(c *cobra.Command) (*lists.Loaded, error) {
	if err := f.checkSnapshot(c); err != nil {
		return nil, err
	}
	if f.snapshot == "" {
		return f.loadFlags.loadLists(c)
	}
	cfg, err := f.openConfig()
	if err != nil {
		return nil, err
	}
	return lists.LoadSnapshot(cfg, f.snapshot)
}

// checkSnapshot returns an error if --snapshot is empty or contradicts other flags.
func (f *readFlags) checkSnapshot(c *cobra.Command) error {
	switch {
	case !c.Flags().Changed("snapshot"):
	case f.snapshot == "":
		return problem.Usagef("flag --snapshot needs a path, not an empty string")
	case len(f.assets)+len(f.identities) > 0:
		return problem.Usagef("--snapshot replaces lists: leave out --assets and --identities")
	}
	return nil
}
