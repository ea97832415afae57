package config

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/cond"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

// Lists returns the block with the lists of a kind, and the name of the block.
func (c *Config) Lists(kind entity.Kind) (name string, block *Lists) {
	if kind == entity.Asset {
		return "assets", &c.Assets.Lists
	}
	return "identities", &c.Identities.Lists
}

// MergeOptions returns the options for merging the lists of a kind.
func (c *Config) MergeOptions(kind entity.Kind) (merge.Options, error) {
	name, list := c.Lists(kind)
	o := merge.Options{
		Fields:        make(map[string]merge.FieldOptions, len(list.Fields)),
		NoMerge:       !list.Merge,
		MaxRowsPerKey: list.MaxRowsPerKey,
		IgnoreKeys:    list.IgnoreKeys,
		Zone:          c.Zones.Default,
	}
	if kind == entity.Asset {
		o.Join, o.JoinShort = merge.Join(c.Assets.Join), c.Assets.JoinShort
	} else {
		o.Keys, o.CaseSensitive = c.Identities.Keys, c.Identities.CaseSensitive
	}
	for field, f := range list.Fields {
		fo := merge.FieldOptions{Multivalue: switchOf(f.Multivalue), Tag: switchOf(f.Tag), Key: switchOf(f.Key), Join: switchOf(f.Join)}
		if f.Limit != nil {
			fo.Limit = *f.Limit
		}
		if f.Policy != "" {
			if _, err := schema.ParsePolicy(f.Policy); err != nil {
				return o, c.File.Errorf(fieldPath(name, field)+".policy", "%v", err)
			}
			fo.Policy = merge.Policy(f.Policy)
		}
		o.Fields[field] = fo
	}
	return o, nil
}

// switchOf returns the switch for a key that may be absent.
func switchOf(on *bool) merge.Switch {
	switch {
	case on == nil:
		return merge.Default
	case *on:
		return merge.On
	}
	return merge.Off
}

// MayGuess reports whether the columns of a source of the block may be guessed.
func (l *Lists) MayGuess(s Source) bool { return cmp.Or(s.Guess, l.Guess) != "never" }

// SnapshotOptions returns the options for building the tables of a snapshot.
func (c *Config) SnapshotOptions() (snapshot.Options, error) {
	var o snapshot.Options
	var err error
	if o.Fill, err = assets.ParseFill(c.Enrich.Fill); err != nil {
		return o, c.File.Errorf("enrich.fill", "%v", err)
	}
	forms, err := identities.ParseForms(c.Identities.Forms)
	if err != nil {
		return o, c.File.Errorf("identities.forms", "%v", err)
	}
	zone, fallback := entity.ParseZone(c.Zones.Default), c.Zones.Fallback == "default"
	o.Assets = assets.Options{DefaultZone: zone, Fallback: fallback, Parallel: true, Domains: c.Assets.Domains}
	if c.Assets.Forms != nil {
		if o.Assets.Forms, err = assets.ParseForms(c.Assets.Forms); err != nil {
			return o, c.File.Errorf("assets.forms", "%v", err)
		}
	}
	o.Identities = identities.Options{DefaultZone: zone, Fallback: fallback, Domains: c.Identities.Domains}
	if c.Identities.Forms != nil {
		o.Identities.Forms = forms
	}
	return o, nil
}

// EnrichOptions returns the options for enriching events, from the blocks enrich and
// zones.
func (c *Config) EnrichOptions() (enrich.Options, error) {
	e := &c.Enrich
	o := enrich.Options{
		Format: e.Format, Presets: c.presets, Into: e.Into, OCSF: e.Into == "enrichments",
		Owner: e.Owner, Overwrite: e.Overwrite, Defaults: e.Defaults, Match: e.Match, Urgency: e.Urgency,
	}
	o.Unwrap = e.unwrapping()
	if len(e.Fields) > 0 {
		o.Fields = e.Fields
	}
	o.Zone = c.Zones.eventOptions()
	return o, c.checkZoneRules()
}

// unwrapping returns the envelopes to open. Flags and the file have been checked.
func (e *Enrich) unwrapping() event.Unwrap {
	u, _ := event.ParseUnwrap(e.Unwrap)
	return u
}

// eventOptions returns the options that determine the zones of events.
func (z *Zones) eventOptions() event.ZoneOptions {
	o := event.ZoneOptions{Fields: z.Field, Default: entity.ParseZone(z.Default)}
	for _, r := range z.Rules {
		o.Rules = append(o.Rules, event.ZoneRule{Zone: entity.ParseZone(r.Zone), When: r.When})
	}
	return o
}

// checkZoneRules reports the conditions of zone rules that do not compile.
func (c *Config) checkZoneRules() error {
	var problems []error
	for i, r := range c.Zones.Rules {
		_, err := event.NewBuilder(event.Options{}).Condition(r.When)
		for _, e := range problem.Joined(err) {
			var bad *cond.Error
			if errors.As(e, &bad) {
				problems = append(problems, c.File.Errorf(fmt.Sprintf("zones.rules[%d].when", i)+bad.Path(), "%s: %s", bad.Key, bad.Reason))
			}
		}
	}
	return problem.Usage(errors.Join(problems...))
}

// KeepEventBlocks replaces the blocks enrich and zones with those of an earlier version
// of the configuration, including the flags that overrode them, so that a reload does
// not change how events are enriched. It reports whether these blocks of the file have
// changed.
func (c *Config) KeepEventBlocks(earlier *Config) (changed bool) {
	c.Enrich, c.Zones, c.presets = earlier.Enrich, earlier.Zones, earlier.presets
	return !reflect.DeepEqual(c.File.events, earlier.File.events)
}

// CheckEnrich returns an error if events cannot be enriched from a snapshot with the
// options of the configuration. It does not check the names of fields if the snapshot has no
// tables, because lists that flags name may have any columns.
func (c *Config) CheckEnrich(s *snapshot.Snapshot) error {
	o, err := c.EnrichOptions()
	if err != nil {
		return err
	}
	if s.Assets == nil && s.Identities == nil {
		o.Fields = nil
	}
	if err := c.CheckFields(s, o.Fields, ""); err != nil {
		return err
	}
	_, err = enrich.New(s, o)
	return problem.Usage(err)
}

// CheckFields returns an error for every field that no entity of a snapshot can have. If
// flag is not "", the errors name it as the origin of the fields, otherwise they name the
// place in the block enrich.
func (c *Config) CheckFields(s *snapshot.Snapshot, fields []string, flag string) error {
	known := knownFields(s)
	meant := slices.Clone(known)
	for _, field := range known {
		meant = append(meant, "owner_"+field)
	}
	var problems []error
	for i, field := range fields {
		if slices.Contains(known, strings.TrimPrefix(field, "owner_")) {
			continue
		}
		err := fmt.Errorf("unknown field %q%s", field, problem.DidYouMean(field, meant))
		if bare, role := withoutRole(field); role && slices.Contains(known, bare) {
			err = fmt.Errorf("unknown field %q: fields are named without the role: %s", field, bare)
		}
		if flag != "" {
			problems = append(problems, problem.Usagef("flag %s: %w", flag, err))
		} else {
			problems = append(problems, c.File.Errorf(fmt.Sprintf("enrich.fields[%d]", i), "%v", err))
		}
	}
	return problem.Usage(errors.Join(problems...))
}

// knownFields returns the columns of the tables. For a kind without lists it returns
// the columns that every list may have.
func knownFields(s *snapshot.Snapshot) []string {
	var known []string
	add := func(columns []entity.Column) {
		for _, column := range columns {
			known = append(known, column.Name)
		}
	}
	addUsual := func(kind string, fields []schema.Field) {
		known = append(known, kind, kind+"_id", kind+"_tag")
		for _, field := range fields {
			known = append(known, field.Name)
		}
	}
	if s.Assets != nil {
		add(s.Assets.Columns())
	} else {
		addUsual("asset", schema.AssetFields())
	}
	if s.Identities != nil {
		add(s.Identities.Columns())
	} else {
		addUsual("identity", schema.IdentityFields())
	}
	return known
}

// withoutRole removes the role from the name of a field: src_user from src_user_owner. It
// reports whether the name begins with a role.
func withoutRole(field string) (bare string, found bool) {
	for _, role := range event.RoleNames() {
		if after, ok := strings.CutPrefix(field, role+"_"); ok && len(after) > 0 && (!found || len(after) < len(bare)) {
			bare, found = after, true
		}
	}
	return bare, found
}
