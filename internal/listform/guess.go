package listform

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/exports"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
)

// GuessReason is the reason of the note on columns that were guessed.
const GuessReason = "guessed columns"

// A column is guessed only if this share of its first values fits the field. Blank cells are
// not counted as values.
const (
	sampledValues = 1000
	fittingShare  = 0.9
)

// The limits of what is read of a list for a guess.
const (
	sampledBytes = 8 << 20
	sampledRows  = 20_000
)

// guess is what the columns of a list without a key column are taken for.
type guess struct {
	export *exports.Export
	fields map[int]string // by index of the column
}

// guessColumns returns what the columns of a header are taken for, or nil if it is not the
// header of an export whose key columns fit the rows.
func (o *Options) guessColumns(names []string, rows iter.Seq[csvio.Row]) *guess {
	if o.Kind != entity.Asset && o.Kind != entity.Identity {
		return nil
	}
	found := exports.Of(o.Kind.String(), names)
	if len(found) == 0 {
		return nil
	}
	free := o.freeColumns(names)
	for _, e := range found {
		g := &guess{e, map[int]string{}}
		for _, c := range o.chooseColumns(e.Columns, names, free, rows, true) {
			g.fields[free[fold.Name(c.Name)]] = c.Field
		}
		if o.hasKeyField(slices.Collect(maps.Values(g.fields))) {
			return g
		}
	}
	return nil
}

// guessOrNote returns what the columns of a header without a key column are taken for, or nil.
// If the header has a key column, guessOrNote returns nil and reports the columns that usually
// contain keys but are not read as such.
func (o *Options) guessOrNote(names []string, line int, rows iter.Seq[csvio.Row], report func(*entity.RowError)) *guess {
	if !o.hasKeyColumn(names) {
		return o.guessColumns(names, rows)
	}
	o.noteOtherKeys(names, line, rows, report)
	return nil
}

// freeColumns returns the index of each column, by its folded name, that may be guessed: one
// that occurs once and that the options do not rename.
func (o *Options) freeColumns(names []string) map[string]int {
	free := map[string]int{}
	repeated := map[string]bool{}
	for i, name := range names {
		name = fold.Name(name)
		if _, again := free[name]; again {
			repeated[name] = true
		}
		free[name] = i
	}
	for name := range repeated {
		delete(free, name)
	}
	for from := range o.Columns {
		delete(free, fold.Name(from))
	}
	delete(free, "")
	return free
}

// takenFields returns the folded names of fields that must not be guessed: those of the
// header, and those that the options set or rename.
func (o *Options) takenFields(names []string) map[string]bool {
	taken := map[string]bool{}
	for _, name := range names {
		taken[o.renamed(name)] = true
	}
	for from := range o.Columns {
		taken[fold.Name(from)] = true
	}
	for _, name := range o.Constants {
		taken[fold.Name(name)] = true
	}
	return taken
}

// chooseColumns returns the columns that can be read as their fields, at most one for each
// field: the first whose values fit or else, if blank is set, the first without values.
func (o *Options) chooseColumns(columns []exports.Column, names []string, free map[string]int, rows iter.Seq[csvio.Row], blank bool) []exports.Column {
	taken := o.takenFields(names)
	columns = slices.DeleteFunc(slices.Clone(columns), func(c exports.Column) bool {
		_, isFree := free[fold.Name(c.Name)]
		return !isFree || c.Field == "" || taken[fold.Name(c.Field)]
	})
	samples := o.sampleColumns(columns, free, rows)
	var chosen []exports.Column
	for _, accepts := range []func(*columnSample) bool{
		func(s *columnSample) bool { return s.values > 0 && s.fits() },
		func(s *columnSample) bool { return s.values == 0 && blank },
	} {
		for i, c := range columns {
			if field := fold.Name(c.Field); !taken[field] && accepts(samples[i]) {
				taken[field] = true
				chosen = append(chosen, c)
			}
		}
	}
	return chosen
}

// columnSample counts the first values of a column, and those of them that fit a field.
type columnSample struct {
	column          int
	field           schema.Field
	ignored         *schema.Ignored
	values, fitting int
}

func (s *columnSample) fits() bool { return float64(s.fitting) >= fittingShare*float64(s.values) }

// sampleColumns reads the first values of columns.
func (o *Options) sampleColumns(columns []exports.Column, index map[string]int, rows iter.Seq[csvio.Row]) []*columnSample {
	fields := schema.AssetFields()
	if o.Kind == entity.Identity {
		fields = schema.IdentityFields()
	}
	ignored := schema.NewIgnored(nil)
	var samples []*columnSample
	for _, c := range columns {
		s := &columnSample{column: index[fold.Name(c.Name)], field: schema.Field{Name: c.Field}, ignored: ignored}
		if i := slices.IndexFunc(fields, func(f schema.Field) bool { return fold.Equal(f.Name, c.Field) }); i >= 0 {
			s.field = fields[i]
		}
		samples = append(samples, s)
	}
	read := 0
	for row := range rows {
		full := true
		for _, s := range samples {
			if s.values < sampledValues && s.column < row.Len() {
				s.add(string(row.Cell(s.column)))
			}
			full = full && s.values == sampledValues
		}
		if read++; full || read == sampledRows {
			break
		}
	}
	return samples
}

// add counts a cell. Cells that are blank or have only placeholders do not count.
func (s *columnSample) add(text string) {
	if text = fold.Trim(text); text == "" || s.ignored.Text(text) {
		return
	}
	var c schema.Cell
	s.field.ReadCell(&c, text, s.ignored)
	lost := slices.ContainsFunc(c.Losses, func(err error) bool { return !isNote(err) })
	if len(c.Values) == 0 && !lost {
		return
	}
	s.values++
	if !lost && !slices.ContainsFunc(c.Values, s.contradicts) {
		s.fitting++
	}
}

// isNote reports whether the error of a cell is a note: its value was read.
func isNote(err error) bool {
	bad, ok := errors.AsType[*schema.ValueError](err)
	return ok && bad.Note
}

// contradicts reports whether a canonical value looks like that of another field. Fields
// of names accept almost any text.
func (s *columnSample) contradicts(value string) bool {
	switch fold.Name(s.field.Name) {
	case "nt_host", "dns":
		return looksLikeValue(value)
	case "email":
		name, domain, ok := strings.Cut(value, "@")
		return !ok || name == "" || domain == "" || strings.ContainsAny(value, " \t")
	case "identity":
		return strings.ContainsAny(value, " \t") || looksLikeAddress(value)
	}
	return false
}

// hasKeyField reports whether some of the fields, given by their names, identify an entity.
func (o *Options) hasKeyField(names []string) bool {
	bare := Options{Keys: o.Keys}
	return bare.hasKeyColumn(names)
}

// applyGuess reports the guess as a note that shows the line that makes it permanent, and
// returns options that rename the guessed columns, too. It returns an error if the options
// forbid guesses.
func (o *Options) applyGuess(h listHeader, report func(*entity.RowError)) (*Options, error) {
	product, line := h.guess.export.Product, o.columnsLine(h.names, h.guess.fields)
	if o.NoGuess {
		return nil, h.errorAt(fmt.Errorf("no key column: the header looks like that of %s, but a guess is not accepted; add to the source: %s", product, line))
	}
	report(note(h.line, 0, GuessReason, product, "the columns are guessed to be those of %s; to confirm this, add to the source: %s", product, line))
	with := *o
	with.Columns = maps.Clone(o.Columns)
	if with.Columns == nil {
		with.Columns = map[string]string{}
	}
	for i, field := range h.guess.fields {
		with.Columns[h.names[i]] = field
	}
	return &with, nil
}

// columnsLine returns the key columns of a source with the configured entries and those
// for some fields, in the order of the header.
func (o *Options) columnsLine(names []string, fields map[int]string) string {
	var entries []string
	for _, from := range slices.Sorted(maps.Keys(o.Columns)) {
		entries = append(entries, problem.YAMLKey(from)+": "+problem.YAMLKey(o.Columns[from]))
	}
	for _, i := range slices.Sorted(maps.Keys(fields)) {
		entries = append(entries, problem.YAMLKey(names[i])+": "+fields[i])
	}
	return "columns: {" + strings.Join(entries, ", ") + "}"
}

// rename returns the names of the columns with those that are guessed replaced.
func (g *guess) rename(names []string) []string {
	renamed := slices.Clone(names)
	for i, field := range g.fields {
		renamed[i] = field
	}
	return renamed
}

// renameHeader returns the rows with other names for their first columns.
func renameHeader(in rows, names []string) rows {
	if text, ok := in.(*delimitedRows); ok {
		text.names = names
		return text
	}
	return &renamedRows{rows: in, names: names}
}

// renamedRows are rows whose header, the first, has other names for its first columns.
type renamedRows struct {
	rows
	names    []string
	read     bool
	atHeader bool
}

// Next reads the next row.
func (r *renamedRows) Next() bool {
	r.atHeader, r.read = !r.read, true
	return r.rows.Next()
}

// Cell returns a cell.
func (r *renamedRows) Cell(i int) []byte {
	if r.atHeader && i < len(r.names) {
		return []byte(r.names[i])
	}
	return r.rows.Cell(i)
}

// noteOtherKeys reports the columns of a list with a key column that usually contain keys,
// too, but are not read as such.
func (o *Options) noteOtherKeys(names []string, line int, rows iter.Seq[csvio.Row], report func(*entity.RowError)) {
	free := o.freeColumns(names)
	for _, name := range o.Declared {
		delete(free, fold.Name(name))
	}
	known := o.knownKeys(names, free)
	if len(known) == 0 {
		return
	}
	fields := map[int]string{}
	for _, c := range o.chooseColumns(known, names, free, rows, false) {
		fields[free[fold.Name(c.Name)]] = c.Field
	}
	var quoted []string
	for _, i := range slices.Sorted(maps.Keys(fields)) {
		quoted = append(quoted, problem.Quote(names[i]))
	}
	switch n := len(quoted); {
	case n == 1:
		report(note(line, 0, "not a key", quoted[0], "%s is not a key: %s", quoted[0], o.columnsLine(names, fields)))
	case n > 1:
		list := strings.Join(quoted[:n-1], ", ") + " and " + quoted[n-1]
		report(note(line, 0, "not a key", list, "%s are not keys: %s", list, o.columnsLine(names, fields)))
	}
}

// knownKeys returns the free columns that usually contain keys: those of the exports that have
// this header, and those that the table of exports marks as clear. Each is returned once.
func (o *Options) knownKeys(names []string, free map[string]int) []exports.Column {
	if o.Kind != entity.Asset && o.Kind != entity.Identity {
		return nil
	}
	var known []exports.Column
	seen := map[string]bool{}
	add := func(e *exports.Export, isWanted func(exports.Column) bool) {
		for _, c := range e.Columns {
			name := fold.Name(c.Name)
			if _, isFree := free[name]; isFree && !seen[name] && isWanted(c) && o.hasKeyField([]string{c.Field}) {
				seen[name] = true
				known = append(known, c)
			}
		}
	}
	for _, e := range exports.Of(o.Kind.String(), names) {
		add(e, func(exports.Column) bool { return true })
	}
	for i := range exports.All() {
		if e := &exports.All()[i]; e.Kind == o.Kind.String() {
			add(e, func(c exports.Column) bool { return c.Clear })
		}
	}
	return known
}
