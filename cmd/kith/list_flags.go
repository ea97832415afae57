package main

import (
	"errors"
	"slices"

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
func (f *listFlags) open() (*Config, error) {
	c, err := f.openWrong()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// openWrong is open that with an error, too, returns the configuration as far as
// it can be told.
func (f *listFlags) openWrong() (*Config, error) {
	c, err := openConfig(f.config)
	if c == nil {
		return nil, err
	}
	return c, errors.Join(err,
		override(&c.Assets.listConfig, "assets", f.assets),
		override(&c.Identities.listConfig, "identities", f.identities))
}

// override replaces the sources by the files of a flag, named by
// sourceName, or by their whole paths where two have one name.
func override(list *listConfig, flag string, paths []string) error {
	if len(paths) == 0 {
		return nil
	}
	count := map[string]int{}
	for i, path := range paths {
		if path == "" {
			return problem.Usagef("flag --%s needs a file, not an empty text", flag)
		}
		if slices.Contains(paths[:i], path) {
			return problem.Usagef("--%s %s is given twice", flag, path)
		}
		count[sourceName(path)]++
	}
	list.replaced, list.Sources = list.Sources, nil
	for _, path := range paths {
		name := sourceName(path)
		if count[name] > 1 {
			name = path
		}
		list.Sources = append(list.Sources, sourceConfig{Name: name, Path: path, typed: true})
	}
	return nil
}
