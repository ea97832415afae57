package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
)

// settings returns the configuration with the flags in it, and what it says
// about enriching.
func (f *enrichFlags) settings(c *cobra.Command) (*Config, enrich.Options, error) {
	var none enrich.Options
	if err := f.checkSnapshot(c); err != nil {
		return nil, none, err
	}
	config, err := f.open()
	if err != nil {
		return nil, none, err
	}
	f.written = config.writtenBlocks()
	f.overrideEnrich(c, &config.Enrich)
	if c.Flags().Changed("format") {
		if err := checkFormat(f.Format, config.presets); err != nil {
			return nil, none, problem.Usagef("flag --format: %w", err)
		}
	}
	o, err := config.enrichOptions()
	o.Validate = f.validate
	return config, o, err
}

// overrideEnrich replaces what the configuration says by the flags that were
// given.
func (f *enrichFlags) overrideEnrich(c *cobra.Command, e *enrichConfig) {
	for flag, set := range map[string]func(){
		"format":    func() { e.Format = f.Format },
		"fill":      func() { e.Fill = f.Fill },
		"fields":    func() { e.Fields = trimmed(f.Fields) },
		"into":      func() { e.Into = f.Into },
		"owner":     func() { e.Owner = f.Owner },
		"overwrite": func() { e.Overwrite = f.Overwrite },
		"defaults":  func() { e.Defaults = f.Defaults },
		"match":     func() { e.Match = f.Match },
		"urgency":   func() { e.Urgency = f.Urgency },
	} {
		if c.Flags().Changed(flag) {
			set()
		}
	}
}

// trimmed returns the texts of a list without the white space around them, and
// without those that are nothing but that.
func trimmed(list []string) []string {
	var texts []string
	for _, text := range list {
		if text = strings.TrimSpace(text); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// enrichOptions returns what the blocks enrich and zones say.
func (c *Config) enrichOptions() (enrich.Options, error) {
	e := &c.Enrich
	o := enrich.Options{
		Format: e.Format, Presets: c.presets, Into: e.Into,
		Owner: e.Owner, Overwrite: e.Overwrite, Defaults: e.Defaults, Match: e.Match, Urgency: e.Urgency,
	}
	if len(e.Fields) > 0 {
		o.Fields = e.Fields
	}
	o.Zone.Default = entity.ParseZone(c.Zones.Default)
	var problems []error
	for i, r := range c.Zones.Rules {
		problems = append(problems, checkClauses(c.file, fmt.Sprintf("zones.rules[%d].when", i), r.When))
		o.Zone.Rules = append(o.Zone.Rules, enrich.ZoneRule{Zone: entity.ParseZone(r.Zone), When: clausesOf(r.When)})
	}
	if err := errors.Join(problems...); err != nil {
		return o, problem.Usage(err)
	}
	return o, nil
}

func clausesOf(clauses []clauseConfig) []entity.Clause {
	list := make([]entity.Clause, len(clauses))
	for i, clause := range clauses {
		list[i] = entity.Clause{Field: clause.Field, Op: clause.Op, Value: entity.Literals(clause.Value), ValueField: clause.ValueField}
	}
	return list
}

// checkFields reports fields to be written that no entity can have. flag names
// where they were given if that is not the configuration.
func (c *Config) checkFields(s *enrich.Snapshot, fields []string, flag string) error {
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
			problems = append(problems, c.Errorf(fmt.Sprintf("enrich.fields[%d]", i), "%v", err))
		}
	}
	if len(problems) > 0 {
		return problem.Usage(errors.Join(problems...))
	}
	return nil
}

// knownFields returns the columns of the tables. For a kind of which there are
// no lists they are those that every list may have.
func knownFields(s *enrich.Snapshot) []string {
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

// withoutRole takes the role off the name of a field.
func withoutRole(field string) (bare string, found bool) {
	for _, role := range roleWords {
		if after, ok := strings.CutPrefix(field, role+"_"); ok && len(after) > 0 && (!found || len(after) < len(bare)) {
			bare, found = after, true
		}
	}
	return bare, found
}

// formOf returns the form that the suffix of a file says, with or without the
// suffix of a compression; "" if it says none.
func formOf(path string) string {
	path = strings.ToLower(path)
	for _, ext := range []string{".gz", ".zst"} {
		path = strings.TrimSuffix(path, ext)
	}
	switch {
	case strings.HasSuffix(path, ".csv"):
		return "csv"
	case strings.HasSuffix(path, ".ndjson"), strings.HasSuffix(path, ".jsonl"), strings.HasSuffix(path, ".json"):
		return "ndjson"
	}
	return ""
}

// formIn returns the form of the inputs.
func (f *enrichFlags) formIn(paths []string) (string, error) {
	if f.in != "" {
		return f.in, nil
	}
	form := "ndjson"
	for i, path := range paths {
		of := formOf(path)
		if of == "" {
			of = "ndjson"
		}
		if i > 0 && of != form {
			return "", problem.WithHint(problem.Usagef("%s is %s and %s is %s, by their names", paths[0], form, path, of), "say which they are with --in, or enrich them one after another")
		}
		form = of
	}
	return form, nil
}

// formOut returns the form of the output.
func (f *enrichFlags) formOut(in string) string {
	if f.out != "" {
		return f.out
	}
	if of := formOf(f.output); of != "" {
		return of
	}
	return in
}
