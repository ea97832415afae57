package lists

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/merge"
)

// UnusedKey is a key of the configuration that refers to a column that no list has. That
// is allowed, because exports change, but usually it is a misspelt name.
type UnusedKey struct {
	File         string // the configuration file
	Line, Column int    // position of the key, from 1
	Text         string // the message
}

// unusedKeys returns the unused keys of the block of a kind. fetched has the copies of lists
// that are not files.
func unusedKeys(c *config.Config, kind entity.Kind, fetched *copies) []UnusedKey {
	if c.File == nil {
		return nil
	}
	block, list := c.Lists(kind)
	k := &unusedChecker{config: c, kind: kind, fetched: fetched, known: columnNames(kind)}
	for i, s := range list.Sources {
		if !s.Typed {
			k.checkSource(fmt.Sprintf("%s.sources[%d]", block, i), s)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(list.Fields)) {
		if !hasColumn(k.known, name) && !k.unreadable {
			k.addUnused(block+".fields."+config.Key(name), "field %s: no list has that column%s", problem.Quote(name), problem.DidYouMean(fold.Name(name), k.known))
		}
	}
	return k.found
}

// columnNames returns the names of the columns in the schema of a kind.
func columnNames(kind entity.Kind) []string {
	fields := schema.AssetFields()
	if kind == entity.Identity {
		fields = schema.IdentityFields()
	}
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

// unusedChecker collects unused keys.
type unusedChecker struct {
	config     *config.Config
	kind       entity.Kind
	fetched    *copies
	known      []string // columns of the kind, and of the lists checked so far, after renaming
	unreadable bool     // whether a header could not be read
	found      []UnusedKey
}

func (k *unusedChecker) addUnused(key, format string, args ...any) {
	var at *problem.InFile
	if errors.As(k.config.File.Errorf(key, format, args...), &at) {
		k.found = append(k.found, UnusedKey(*at))
	}
}

func (k *unusedChecker) checkSource(path string, s config.Source) {
	header, ok := columnsOf(k.config, k.kind, s, k.fetched)
	if !ok {
		k.unreadable = true
		return
	}
	for _, column := range slices.Sorted(maps.Keys(s.Columns)) {
		if !hasColumn(header, column) {
			k.addUnused(path+".columns."+config.Key(column), "column %s is not in the header of %s%s", problem.Quote(column), s.Path, problem.DidYouMean(fold.Name(column), header))
		}
	}
	names := slices.AppendSeq(renamedHeader(header, s.Columns), maps.Keys(s.Set))
	for _, column := range slices.Sorted(maps.Keys(s.Map)) {
		if !hasColumn(names, column) {
			k.addUnused(path+".map."+config.Key(column), "column %s is not among the renamed columns of %s%s", problem.Quote(column), s.Path, problem.DidYouMean(fold.Name(column), names))
		}
	}
	k.known = append(k.known, names...)
	for i, column := range s.Only {
		k.checkContributed(fmt.Sprintf("%s.only[%d]", path, i), column)
	}
	for i, column := range s.Except {
		k.checkContributed(fmt.Sprintf("%s.except[%d]", path, i), column)
	}
}

func (k *unusedChecker) checkContributed(path, column string) {
	if !hasColumn(k.known, column) {
		k.addUnused(path, "no column %s%s", problem.Quote(column), problem.DidYouMean(fold.Name(column), k.known))
	}
}

// columnsOf returns the columns of all files of a source, or false if one of them cannot
// be read. The error is reported when the source is loaded.
func columnsOf(c *config.Config, kind entity.Kind, s config.Source, fetched *copies) ([]string, bool) {
	files, err := c.Files(s)
	if err != nil || len(files) == 0 {
		return nil, false
	}
	mo, err := c.MergeOptions(kind)
	if err != nil {
		mo = merge.Options{} // that error is reported, and custom keys are rarely needed here
	}
	ko, err := kindOptionsOf(c, kind, mo, false)
	if err != nil {
		return nil, false
	}
	var names []string
	for _, f := range fetched.formsOf(kind, files) {
		header, err := headerOf(f, ko)
		if err != nil {
			return nil, false
		}
		names = append(names, header...)
	}
	return names, true
}

func renamedHeader(header []string, columns map[string]string) []string {
	names := slices.Clone(header)
	for i, name := range names {
		for from, to := range columns {
			if fold.Name(from) == fold.Name(name) {
				names[i] = fold.Trim(to)
			}
		}
	}
	return names
}

func hasColumn(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return fold.Name(n) == fold.Name(name) })
}
