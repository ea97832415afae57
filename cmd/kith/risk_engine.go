package main

import (
	"github.com/spf13/cobra"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/lists"
)

// resolver returns what names the objects: the snapshot or the lists of flags
// and configuration; nil if there are none. It also returns what was lost of the
// lists.
func (f *readFlags) resolver(c *cobra.Command, config *config.Config) (detect.Resolver, []*entity.RowError, error) {
	if !c.Flags().Changed("snapshot") && len(config.Assets.Sources)+len(config.Identities.Sources) == 0 {
		return nil, nil, nil
	}
	if err := f.checkSnapshot(c); err != nil {
		return nil, nil, err
	}
	if f.snapshot != "" {
		s, err := lists.OpenSnapshot(config, f.snapshot)
		if err != nil {
			return nil, nil, err
		}
		return s, nil, nil
	}
	l, err := f.load(c)
	if err != nil {
		return nil, nil, err
	}
	s, err := l.Snapshot()
	if err != nil {
		return nil, l.Losses(), err
	}
	return s, l.Losses(), nil
}
