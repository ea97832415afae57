package main

import (
	"errors"
	"slices"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/problem"
	"github.com/spf13/cobra"
)

// listFlags are the flags that say which lists there are, of every command
// that needs lists.
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

// openWrong is open that with an error, too, returns the configuration as far as
// it can be told.
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
