package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
)

// stateFlags are the flags of the commands that read a state directory.
type stateFlags struct {
	state        string
	output       string
	typ          string
	zone         string
	unusedConfig string // a configuration that is only checked
}

var stateFormats = []string{"table", "json"}

func (f *stateFlags) register(c *cobra.Command) {
	addFlags(c, stateGroup, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.state, "state", "", "read the state that \"kith risk --state\" keeps in `DIR`")
	})
	addFlags(c, outputGroup, func(flags *pflag.FlagSet) {
		flags.StringVarP(&f.output, "output", "o", "table", "write `FORMAT`: table or json")
	})
	completeWords(c, "output", stateFormats)
	_ = c.MarkFlagDirname("state")
}

// registerFilter registers the flags that select objects.
func (f *stateFlags) registerFilter(c *cobra.Command) {
	addFlags(c, queryGroup, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.typ, "type", "", "show only objects of `TYPE`: user, system, other or a custom type")
		flags.StringVar(&f.zone, "zone", "", "show only objects in `ZONE`; \"\" is the unnamed zone")
	})
}

// registerConfig registers --config for commands that do not use the configuration, so
// that they accept the same flags as kith risk and kith risk show.
func (f *stateFlags) registerConfig(c *cobra.Command) {
	addFlags(c, stateGroup, func(flags *pflag.FlagSet) {
		flags.StringVarP(&f.unusedConfig, "config", "c", "", "report errors in `FILE`; the command itself uses the configuration stored in the state")
	})
	_ = c.MarkFlagFilename("config", "yaml", "yml")
}

// checkFlags returns an error for flags that cannot be used.
func (f *stateFlags) checkFlags() error {
	if f.state == "" {
		return problem.WithHint(problem.Usagef("no state directory given"), "name the directory: --state DIR")
	}
	if f.unusedConfig != "" {
		if _, err := config.Open(f.unusedConfig); err != nil {
			return err
		}
	}
	return checkFlagWord("output", f.output, stateFormats)
}

// matchesFilter reports whether an object has the type and the zone that flags select.
func (f *stateFlags) matchesFilter(c *cobra.Command, typ, zone string) bool {
	if f.typ != "" && typ != fold.Lower(f.typ) {
		return false
	}
	return !c.Flags().Changed("zone") || zone == string(entity.ParseZone(f.zone))
}

// checkProfile returns an error for an unknown profile.
func checkProfile(name string) error { return checkFlagWord("profile", name, profileNames()) }

// profileNames returns the names of all profiles.
func profileNames() []string {
	var names []string
	for _, p := range risk.Profiles() {
		names = append(names, string(p))
	}
	return names
}

// timeText formats a time as in notables.
func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// modifierText returns "1 modifier", "2 modifiers".
func modifierText(n int) string { return problem.Plural(n, "modifier") }

// remainText returns how many elements of a list are not shown.
func remainText(n int, what string) string {
	return fmt.Sprintf("and %s more", problem.Plural(n, what))
}
