package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
)

// lookFlags are the flags of the commands that look at a state directory.
type lookFlags struct {
	state  string
	output string
	typ    string
	zone   string
	spare  string // a configuration that decides nothing
}

var lookForms = []string{"table", "json"}

func (f *lookFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.state, "state", "", "the `DIR` that kith risk --state was given")
	flags.StringVarP(&f.output, "output", "o", "table", "`FORM`: table or json")
	completeWords(c, "output", lookForms)
	_ = c.MarkFlagDirname("state")
}

// registerFilter registers the flags that narrow the objects.
func (f *lookFlags) registerFilter(c *cobra.Command) {
	c.Flags().StringVar(&f.typ, "type", "", "only objects of this `TYPE`: user, system, other or one of your own")
	c.Flags().StringVar(&f.zone, "zone", "", "only objects of this `ZONE` (\"\" is the unnamed one)")
}

// registerConfig registers the configuration for commands that have no use for
// it, so that they can be given the flags that kith risk and its show are given.
func (f *lookFlags) registerConfig(c *cobra.Command) {
	c.Flags().StringVarP(&f.spare, "config", "c", "", "configuration `FILE`, as for show: it must be right, but what the state was written under counts")
	_ = c.MarkFlagFilename("config", "yaml", "yml")
}

func (f *lookFlags) check() error {
	if f.state == "" {
		return problem.WithHint(problem.Usagef("there is no state to look at"), "name the directory: --state DIR")
	}
	if f.spare != "" {
		if _, err := config.Open(f.spare); err != nil {
			return err
		}
	}
	return knownFlag("output", f.output, lookForms)
}

// wants reports whether an object has the type and the zone of the flags.
func (f *lookFlags) wants(c *cobra.Command, typ, zone string) bool {
	if f.typ != "" && typ != fold.Lower(f.typ) {
		return false
	}
	return !c.Flags().Changed("zone") || zone == string(entity.ParseZone(f.zone))
}

// checkProfile reports a profile that is not one.
func checkProfile(name string) error { return knownFlag("profile", name, profileNames()) }

func profileNames() []string {
	var names []string
	for _, p := range risk.Profiles() {
		names = append(names, string(p))
	}
	return names
}

// timeText writes a time as notables do.
func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// modifierText counts modifiers.
func modifierText(n int) string { return problem.Plural(n, "modifier") }

// remainText describes how many elements were left out of a list.
func remainText(n int, what string) string {
	return fmt.Sprintf("and %s more", problem.Plural(n, what))
}
