package main

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kithsec/kith/cmd/kith/internal/yamlfile"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
)

// The words of fixed sets, in the order in which they are named to the user.
// Presets are not among them: a file may add its own.
var (
	fillWords     = []string{"per_field", "inherit", "whole"}
	fallbackWords = []string{"none", "default"}
	formWords     = []string{"domain", "local_part"}
)

// checker collects what is wrong with values that have the right type.
type checker struct {
	*Config
	problems []error
}

// check returns the joined problems of the whole configuration.
func (c *Config) check() error {
	k := &checker{Config: c}
	k.list("assets", &c.Assets.listConfig)
	k.list("identities", &c.Identities.listConfig)
	for i, form := range c.Identities.Forms {
		k.word(fmt.Sprintf("identities.forms[%d]", i), "form", form, formWords)
	}
	k.word("zones.fallback", "fallback", c.Zones.Fallback, fallbackWords)
	for i, rule := range c.Zones.Rules {
		k.zoneRule(fmt.Sprintf("zones.rules[%d]", i), rule)
	}
	k.word("enrich.fill", "fill", c.Enrich.Fill, fillWords)
	for i, preset := range c.Enrich.Presets {
		if preset == "" {
			k.report(fmt.Sprintf("enrich.presets[%d]", i), "an empty path")
		}
	}
	if loss := c.Reload.MaxLoss; !(0 <= loss && loss <= 1) {
		k.report("reload.max_loss", "max_loss %v: want a share from 0 to 1", loss)
	}
	return errors.Join(k.problems...)
}

func (k *checker) report(path, format string, args ...any) {
	k.problems = append(k.problems, k.file.Errorf(path, format, args...))
}

// word reports a word that is not one of a fixed set.
func (k *checker) word(path, what, word string, known []string) {
	if err := problem.KnownWord(what, word, known); err != nil {
		k.report(path, "%v", err)
	}
}

func (k *checker) list(path string, list *listConfig) {
	names := map[string]int{}
	for i := range list.Sources {
		at := fmt.Sprintf("%s.sources[%d]", path, i)
		k.source(at, &list.Sources[i])
		name := list.Sources[i].Name
		if first, twice := names[name]; twice {
			first := k.At(fmt.Sprintf("%s.sources[%d].name", path, first))
			k.report(at+".name", "two sources are named %q (the first at %s): give each its own name", name, first)
			continue
		}
		names[name] = i
	}
	for _, name := range slices.Sorted(maps.Keys(list.Fields)) {
		k.field(path+".fields."+yamlfile.Key(name), name, list.Fields[name])
	}
	if list.MaxRowsPerKey < 1 {
		k.report(path+".max_rows_per_key", "max_rows_per_key %d: want 1 or more", list.MaxRowsPerKey)
	}
}

// source checks one source and gives it its default name.
func (k *checker) source(path string, s *sourceConfig) {
	if s.Path == "" {
		k.report(path+".path", "a source needs a path")
		return
	}
	if s.Name == "" {
		s.Name = sourceName(s.Path)
	}
	if _, err := filepath.Match(s.Path, ""); err != nil {
		k.report(path+".path", "path %q: the bracket of the glob is never closed", s.Path)
	}
	if len(s.Only) > 0 && len(s.Except) > 0 {
		k.report(path+".except", "only and except exclude each other: keep one")
	}
	k.columns(path+".columns", s.Columns)
}

// columns checks renames, which happen all at once: two columns of one name
// are a clash, and columns that exchange their names are a mistake more often
// than a wish.
func (k *checker) columns(path string, columns map[string]string) {
	from, to := map[string]string{}, map[string]string{} // folded
	for _, old := range slices.Sorted(maps.Keys(columns)) {
		at := path + "." + yamlfile.Key(old)
		column, name := foldName(old), foldName(columns[old])
		if other, twice := from[column]; twice {
			k.report(at, "column %q is renamed twice (also as %q)", old, other)
			continue
		}
		from[column] = old
		if name == "" {
			continue // dropped
		}
		if other, clash := to[name]; clash {
			k.report(at, "columns %q and %q are both renamed to %q", other, old, columns[old])
			continue
		}
		to[name] = old
	}
	k.cycle(path, columns)
}

// cycle reports a column whose new name leads back to it.
func (k *checker) cycle(path string, columns map[string]string) {
	next := map[string]string{}
	for old, name := range columns {
		next[foldName(old)] = foldName(name)
	}
	for _, old := range slices.Sorted(maps.Keys(columns)) {
		begin := foldName(old)
		trail := []string{begin}
		for name := next[begin]; name != "" && len(trail) <= len(next); name = next[name] {
			trail = append(trail, name)
			if name == begin && len(trail) > 2 {
				k.report(path+"."+yamlfile.Key(old), "columns are renamed in a circle: %s", strings.Join(trail, " → "))
				return
			}
		}
	}
}

func foldName(s string) string { return fold.Lower(fold.Trim(s)) }

func (k *checker) field(path, name string, f fieldConfig) {
	if f.Policy != "" {
		k.word(path+".policy", "policy", f.Policy, schema.PolicyNames())
	}
	if f.Limit != nil && (*f.Limit == 0 || *f.Limit < -1) {
		k.report(path+".limit", "limit %d of %q: want 1 or more, or -1 for no limit", *f.Limit, name)
	}
	if name == "" {
		k.report(path, "a field needs a name")
	}
}

func (k *checker) zoneRule(path string, rule zoneRule) {
	if rule.Zone == "" {
		k.report(path+".zone", "a zone rule needs a zone")
	}
	if len(rule.When) == 0 {
		k.report(path+".when", "a zone rule needs a condition: when: [{field: …, op: \"=\", value: …}]")
	}
	for i, clause := range rule.When {
		if clause.Field == "" {
			k.report(fmt.Sprintf("%s.when[%d]", path, i), "a condition needs a field")
		}
	}
}
