package lists

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/listform"
	"github.com/kithsec/kith/merge"
)

// Read states how one list was read.
type Read struct {
	Kind       entity.Kind
	Name, Path string
	Form       string // such as "UTF-16, semicolon, header in line 3"
	Rows       int    // rows that were kept, with or without a key
	LeftOut    int    // rows that the conditions in where left out
	Superseded int    // rows that newest left out
}

// kindOptions are the options for reading lists that all lists of a kind share.
type kindOptions struct {
	config  *config.Config
	kind    entity.Kind
	keys    [][]string // the columns that identify an entity
	noGuess bool       // reject guessed columns, whatever the configuration says
}

// kindOptionsOf returns the options for reading the lists of a kind, whose options for
// merging are mo.
func kindOptionsOf(c *config.Config, kind entity.Kind, mo merge.Options, noGuess bool) (*kindOptions, error) {
	keys, err := merge.KeyColumns(kind, mo)
	return &kindOptions{c, kind, keys, noGuess}, err
}

// formOptions returns how a list is to be read.
func (k *kindOptions) formOptions(s config.Source) *listform.Options {
	_, block := k.config.Lists(k.kind)
	named := slices.Concat(slices.Collect(maps.Keys(s.Map)), s.Only)
	if s.Newest != nil {
		named = append(append(named, s.Newest.By...), s.Newest.Field)
	}
	o := &listform.Options{
		Kind: k.kind, NoGuess: k.noGuess || !block.MayGuess(s),
		Constants: slices.Collect(maps.Keys(s.Set)), Declared: slices.Collect(maps.Keys(block.Fields)),
		Keys: k.keys, Columns: s.Columns, Named: named,
		Form: s.Form, Sheet: s.Sheet, Rows: s.Rows, Whole: s.Pages != "", MaxSize: int64(s.MaxSize),
		Encoding: s.Encoding, Delimiter: s.Delimiter, HeaderLine: s.HeaderLine, Header: s.Header,
		Where: s.Where, Make: s.Make, Split: s.Split,
	}
	switch { // what package lists/remote writes
	case s.SQL != nil:
		o.Form, o.Delimiter, o.HeaderLine, o.Header = "csv", ",", 1, nil
	case s.LDAP != nil:
		o.Form, o.Rows, o.CommonNames = "json", "", commonNames(s.Columns)
	}
	return o
}

// commonNames returns the columns of a directory in which names of entries, such as those of
// groups, become common names: those that are renamed, except for the name of the entry
// itself.
func commonNames(columns map[string]string) []string {
	var names []string
	for column, renamed := range columns {
		if folded := fold.Name(column); renamed != "" && folded != "dn" && folded != "distinguishedname" && folded != "entrydn" {
			names = append(names, column)
		}
	}
	return names
}

// shownForm returns the form of a list that was read. For a query or a search, whose copy has
// a form that users do not know, it returns what was read instead.
func (f *form) shownForm() string {
	switch {
	case f.source.SQL != nil:
		return f.source.SQL.Driver + " query"
	case f.source.LDAP != nil:
		return "LDAP search"
	}
	return f.list.Form
}

// form is the form of a list that is being merged.
type form struct {
	source config.Source
	path   string         // of the file, or of the copy of a list that is not a file
	copy   Copy           // zero for a file
	list   *listform.List // nil before the list is opened
}

// mergeSource returns the list as a source for package merge.
func (f *form) mergeSource(ctx context.Context, k *kindOptions, o Options) merge.Source {
	s := f.source
	src := merge.File(s.Name, s.Shown())
	src.Group = s.Group
	src.Zone, src.Columns, src.Map, src.Set, src.Only, src.Except = s.Zone, s.Columns, s.Map, s.Set, s.Only, s.Except
	src.HostBitsAsNetwork, src.DayFirst = s.HostBits == "network", s.Dates == "dmy"
	if n := s.Newest; n != nil {
		src.Newest = &merge.Newest{By: n.By, Field: n.Field}
	}
	src.Open = func() (io.ReadCloser, error) {
		in, err := listform.Unpack(f.path, int64(s.MaxSize))
		if err != nil {
			return nil, f.withoutPath(err)
		}
		return &progressReader{ReadCloser: in, form: f, ctx: ctx, progress: o.reportProgress}, nil
	}
	src.Parse = func(text io.Reader, report func(*entity.RowError)) (merge.Rows, error) {
		list, err := listform.Open(text, k.formOptions(s), report)
		if err != nil {
			return nil, err
		}
		f.list = list
		for _, text := range f.copy.Notes {
			report(&entity.RowError{Line: 1, Loss: entity.Note, Reason: "left out on fetching", Err: errors.New(text)})
		}
		if f.copy.Err != nil {
			report(&entity.RowError{Line: 1, Loss: entity.Note, Reason: "old copy", Err: fmt.Errorf("%w: %s", withoutName(f.copy.Err), f.copy.age())})
		}
		return list, nil
	}
	return src
}

// withoutPath returns an error without the path of the copy if the list is not a file, because
// users do not know that path.
func (f *form) withoutPath(err error) error {
	var named *fs.PathError
	if f.source.IsRemote() && errors.As(err, &named) {
		return named.Err
	}
	return err
}

// readOf returns how the lists that were merged into r were read.
func readOf(kind entity.Kind, forms []*form, r *merge.Result) []Read {
	var all []Read
	for i, source := range r.Report.Sources {
		list := forms[i].list
		all = append(all, Read{
			Kind: kind, Name: source.Name, Path: source.Path, Form: forms[i].shownForm(),
			Rows: source.Rows + source.Lost, LeftOut: list.LeftOut, Superseded: source.Superseded,
		})
	}
	return all
}

// headerOf returns the names of the columns of a list as they are read.
func headerOf(f *form, k *kindOptions) ([]string, error) {
	in, err := listform.Unpack(f.path, int64(f.source.MaxSize))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	list, err := listform.Open(in, k.formOptions(f.source), func(*entity.RowError) {})
	if err != nil {
		return nil, err
	}
	defer list.Close()
	if !list.Next() {
		return nil, list.Err()
	}
	var names []string
	for i := range list.Len() {
		names = append(names, string(list.Cell(i)))
	}
	return names, nil
}
