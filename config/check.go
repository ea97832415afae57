package config

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/cond"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/listform"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
)

// FillWords returns the values of enrich.fill, in the order in which they are shown to
// users.
func FillWords() []string { return []string{"per_field", "inherit", "whole"} }

var guessWords = []string{"auto", "never"}

// checker collects the problems of values that have the right type but are invalid.
type checker struct {
	file     *File
	problems []error
}

// checkValues returns the joined problems of all values.
func (c *Config) checkValues() error {
	k := &checker{file: c.File}
	k.checkLists("assets", &c.Assets.Lists)
	k.checkLists("identities", &c.Identities.Lists)
	k.checkSplits("assets", &c.Assets.Lists, schema.AssetFields())
	k.checkSplits("identities", &c.Identities.Lists, schema.IdentityFields())
	k.checkWord("assets.join", "join", c.Assets.Join, []string{"distinct", "names", "any"})
	k.checkMachines(&c.Assets)
	for i, form := range c.Identities.Forms {
		k.checkWord(fmt.Sprintf("identities.forms[%d]", i), "form", form, identities.FormNames())
	}
	k.checkWord("zones.fallback", "fallback", c.Zones.Fallback, []string{"none", "default"})
	for i, field := range c.Zones.Field {
		if err := event.CheckPath(field); err != nil {
			k.report(fmt.Sprintf("zones.field[%d]", i), "%v", err)
		}
	}
	for i, rule := range c.Zones.Rules {
		k.checkZoneRule(fmt.Sprintf("zones.rules[%d]", i), rule)
	}
	k.checkWord("enrich.fill", "fill", c.Enrich.Fill, FillWords())
	if _, err := event.ParseUnwrap(c.Enrich.Unwrap); err != nil {
		k.report("enrich.unwrap", "%v", err)
	}
	for i, preset := range c.Enrich.Presets {
		if preset == "" {
			k.report(fmt.Sprintf("enrich.presets[%d]", i), "the path is empty")
		}
	}
	if loss := c.Reload.MaxLoss; !(0 <= loss && loss <= 1) {
		k.report("reload.max_loss", "max_loss %v: must be a share from 0 to 1", loss)
	}
	return errors.Join(k.problems...)
}

// checkMachines reports the forms and the domains of machines that are invalid.
func (k *checker) checkMachines(a *Assets) {
	for i, form := range a.Forms {
		k.checkWord(fmt.Sprintf("assets.forms[%d]", i), "form", form, assets.FormNames())
	}
	for i, domain := range a.Domains {
		if name := strings.TrimPrefix(domain, "*."); domain != "*" && (name != domain || strings.ContainsAny(name, `*\@/ `) || strings.Trim(name, ".") == "") {
			k.report(fmt.Sprintf("assets.domains[%d]", i), "domain %s: write a domain such as corp.example, without the domains below it, or \"*\" for all", problem.Quote(domain))
		}
	}
}

func (k *checker) report(path, format string, args ...any) {
	k.problems = append(k.problems, k.file.tree.Errorf(path, format, args...))
}

// checkWord reports a word that is not one of a fixed set.
func (k *checker) checkWord(path, what, word string, known []string) {
	if err := problem.KnownWord(what, word, known); err != nil {
		k.report(path, "%v", err)
	}
}

func (k *checker) checkLists(path string, list *Lists) {
	names := map[string]int{}
	for i := range list.Sources {
		at := fmt.Sprintf("%s.sources[%d]", path, i)
		k.checkSource(at, &list.Sources[i])
		name := list.Sources[i].Name
		if first, twice := names[name]; twice {
			first := k.file.At(fmt.Sprintf("%s.sources[%d].name", path, first))
			k.report(at+".name", "two sources are named %q (the first at %s): give each its own name", name, first)
			continue
		}
		names[name] = i
	}
	for _, name := range slices.Sorted(maps.Keys(list.Fields)) {
		k.checkField(path+".fields."+Key(name), name, list.Fields[name])
	}
	if list.Guess != "" {
		k.checkWord(path+".guess", "guess", list.Guess, guessWords)
	}
	if list.MaxRowsPerKey < 1 {
		k.report(path+".max_rows_per_key", "max_rows_per_key %d: must be 1 or more", list.MaxRowsPerKey)
	}
}

// checkSource checks a source and sets its default name.
func (k *checker) checkSource(path string, s *Source) {
	if !k.checkOrigin(path, s) {
		return
	}
	if s.Name == "" {
		s.Name = s.defaultName()
	}
	if _, err := filepath.Match(s.Path, ""); err != nil && !s.IsRemote() {
		k.report(path+".path", "path %q: the bracket of the glob is never closed", s.Path)
	}
	if len(s.Only) > 0 && len(s.Except) > 0 {
		k.report(path+".except", "only and except exclude each other: keep one")
	}
	if s.HostBits != "" {
		k.checkWord(path+".host_bits", "host_bits", s.HostBits, []string{"address", "network"})
	}
	if s.Guess != "" {
		k.checkWord(path+".guess", "guess", s.Guess, guessWords)
	}
	if s.Dates != "" {
		k.checkWord(path+".dates", "dates", s.Dates, []string{"mdy", "dmy"})
	}
	k.checkColumns(path+".columns", s.Columns)
	k.checkForm(path, s)
}

// checkForm checks the keys that control how a source is read.
func (k *checker) checkForm(path string, s *Source) {
	if s.MaxSize < 0 {
		k.report(path+".max_size", "max_size %d: want a number of bytes", s.MaxSize)
	}
	if s.Form != "" {
		k.checkWord(path+".form", "form", s.Form, listform.Forms())
	}
	if s.Encoding != "" {
		k.reportError(path+".encoding", listform.ParseEncoding(s.Encoding))
	}
	if s.Delimiter != "" {
		_, err := listform.ParseDelimiter(s.Delimiter)
		k.reportError(path+".delimiter", err)
	}
	switch {
	case s.HeaderLine < 0:
		k.report(path+".header_line", "header_line %d: want 1 or more", s.HeaderLine)
	case s.HeaderLine > 0 && s.Header != nil:
		k.report(path+".header_line", "header and header_line exclude each other: header is for a list without one")
	}
	if s.Header != nil && len(s.Header) == 0 {
		k.report(path+".header", "header: want the names of the columns")
	}
	switch n := s.Newest; {
	case n == nil:
	case len(n.By) == 0:
		k.report(path+".newest", "newest: by is missing: name the fields, such as by: ip")
	case n.Field == "":
		k.report(path+".newest", "newest: field is missing: name the column with the time")
	}
	_, err := cond.Compile(s.Where)
	for _, e := range problem.Joined(err) {
		var bad *cond.Error
		if errors.As(e, &bad) {
			k.report(path+".where"+bad.Path(), "%s: %s", bad.Key, bad.Reason)
		}
	}
	for _, column := range slices.Sorted(maps.Keys(s.Make)) {
		k.reportError(path+".make."+Key(column), listform.ParseTemplate(s.Make[column]))
	}
	for _, column := range slices.Sorted(maps.Keys(s.Split)) {
		_, err := listform.ParseSplit(s.Split[column])
		k.reportError(path+".split."+Key(column), err)
	}
}

func (k *checker) reportError(path string, err error) {
	if err != nil {
		k.report(path, "%v", err)
	}
}

// checkSplits reports columns of split that have one value, so that splitting them would
// only spoil it.
func (k *checker) checkSplits(path string, list *Lists, fields []schema.Field) {
	multi := map[string]bool{}
	for _, f := range fields {
		multi[fold.Name(f.Name)] = f.Multi
	}
	for name, f := range list.Fields {
		if f.Multivalue != nil {
			multi[fold.Name(name)] = *f.Multivalue
		}
	}
	for i, s := range list.Sources {
		for _, column := range slices.Sorted(maps.Keys(s.Split)) {
			name := fold.Name(column)
			for from, to := range s.Columns {
				if fold.Name(from) == name && to != "" {
					name = fold.Name(to)
				}
			}
			if !multi[name] {
				k.report(fmt.Sprintf("%s.sources[%d].split.%s", path, i, Key(column)),
					"split %q: the column has one value; a custom column has several with fields: {%s: {multivalue: true}}", column, name)
			}
		}
	}
}

// checkColumns checks the renames of columns, which are applied simultaneously. It
// reports two columns that get the same name, and columns that exchange their names,
// because that is more often a mistake than intended.
func (k *checker) checkColumns(path string, columns map[string]string) {
	from, to := map[string]string{}, map[string]string{} // folded
	for _, old := range slices.Sorted(maps.Keys(columns)) {
		at := path + "." + Key(old)
		column, name := fold.Name(old), fold.Name(columns[old])
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
	k.checkCycle(path, columns)
}

// checkCycle reports a column whose new name leads back to it through other columns.
// Renaming a column to its own name, such as Owner to owner, has no effect.
func (k *checker) checkCycle(path string, columns map[string]string) {
	next := map[string]string{}
	for old, name := range columns {
		next[fold.Name(old)] = fold.Name(name)
	}
	for _, old := range slices.Sorted(maps.Keys(columns)) {
		begin := fold.Name(old)
		trail := []string{begin}
		for name := next[begin]; name != "" && len(trail) <= len(next); name = next[name] {
			trail = append(trail, name)
			if name == next[name] {
				break
			}
			if name == begin {
				k.report(path+"."+Key(old), "columns are renamed in a cycle: %s", strings.Join(trail, " → "))
				return
			}
		}
	}
}

func (k *checker) checkField(path, name string, f Field) {
	if f.Policy != "" {
		k.checkWord(path+".policy", "policy", f.Policy, schema.PolicyNames())
	}
	if f.Limit != nil && (*f.Limit == 0 || *f.Limit < -1) {
		k.report(path+".limit", "limit %d of %q: must be 1 or more, or -1 for no limit", *f.Limit, name)
	}
	if name == "" {
		k.report(path, "a field needs a name")
	}
}

func (k *checker) checkZoneRule(path string, rule ZoneRule) {
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

// Check adds to the known problems of the configuration those that only some commands
// would report: in the conditions of zone rules, in the block risk and in the rule files
// that it names. If there is any problem, Check reports absent lists, too.
func (c *Config) Check(known error) error {
	var more error
	if c.File != nil {
		more = c.File.joinInOrder(c.checkZoneRules(), c.checkRisk())
	}
	wrong := c.File.joinInOrder(known, more)
	if wrong == nil {
		return nil
	}
	_, assets := c.Expand(entity.Asset)
	_, identities := c.Expand(entity.Identity)
	return c.File.joinInOrder(wrong, c.HintAbsent(errors.Join(assets, identities)))
}
