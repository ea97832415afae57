package merge

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// Change is an entity that a merge adds, removes or changes. Its JSON form is a line of
// `kith merge --diff`.
type Change struct {
	Change string                 `json:"change"` // "new", "gone" or "changed"
	Kind   string                 `json:"kind"`   // "asset" or "identity"
	ID     string                 `json:"id"`
	Key    string                 `json:"key"`              // the canonical key
	Fields map[string]FieldChange `json:"fields,omitempty"` // of a changed entity: the columns that differ
}

// FieldChange holds the old and new values of a column. Its JSON form is [old,new]: two
// strings, or for a multi-value column two arrays.
type FieldChange struct {
	Old, New []string // at most one value each, unless Multi
	Multi    bool     // whether the column is multi-value
}

// MarshalJSON returns [old,new].
func (c FieldChange) MarshalJSON() ([]byte, error) {
	if c.Multi {
		return json.Marshal([2][]string{append([]string{}, c.Old...), append([]string{}, c.New...)})
	}
	return json.Marshal([2]string{schema.JoinValues(c.Old), schema.JoinValues(c.New)})
}

// Diff yields the changes that Write would make to the merged lookups in the directory dir,
// sorted by kind and id. An absent lookup counts as empty, but at least one lookup must
// exist. After an error it yields nothing more.
func Diff(dir string, results ...*Result) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		results, err := byKind(results)
		if err != nil {
			yield(Change{}, err)
			return
		}
		found := false
		for _, r := range results {
			store := entities.Of(r.Entities)
			old, err := openOldLookup(dir, r.Entities.Kind())
			if err != nil {
				yield(Change{}, err)
				return
			}
			defer old.close()
			found = found || len(old.files) > 0
			d := &differ{lookup: newLookup(store), old: old, caseSensitive: store.CaseSensitive}
			if !d.yieldChanges(yield) {
				return
			}
		}
		if !found {
			yield(Change{}, fmt.Errorf("%s contains no merged lookup: %w", dir, fs.ErrNotExist))
		}
	}
}

// byKind returns the results in the order of their kinds.
func byKind(results []*Result) ([]*Result, error) {
	if err := checkResults(results); err != nil {
		return nil, err
	}
	return slices.SortedStableFunc(slices.Values(results), func(a, b *Result) int {
		return int(a.Entities.Kind()) - int(b.Entities.Kind())
	}), nil
}

// checkResults returns an error if any of the results was not returned by Merge.
func checkResults(results []*Result) error {
	for _, r := range results {
		if r == nil || r.Entities == nil || r.Entities.Kind() == 0 {
			return errors.New("result has no entities")
		}
	}
	return nil
}

// differ compares the new records with the old rows by merging the two sequences, which
// are both sorted by id.
type differ struct {
	lookup        *lookup
	old           *oldLookup
	caseSensitive bool
}

// yieldChanges yields the changes of one kind. It reports whether to continue with the
// next kind.
func (d *differ) yieldChanges(yield func(Change, error) bool) bool {
	kind := d.lookup.entities.Kind
	row, more, err := d.old.next()
	yieldGone := func() bool {
		ok := yield(Change{Change: "gone", Kind: kind.String(), ID: row.id, Key: d.canonicalKeyOf(row)}, nil)
		if ok {
			row, more, err = d.old.next()
		}
		return ok
	}
	for _, record := range d.lookup.recordsByID(everyKey) {
		id := d.lookup.entities.Records[record].ID.String()
		for err == nil && more && row.id < id {
			if !yieldGone() {
				return false
			}
		}
		if err != nil {
			return yield(Change{}, err) && false
		}
		c := Change{Change: "new", Kind: kind.String(), ID: id, Key: d.lookup.entities.CanonicalKey(int(record))}
		if more && row.id == id {
			c.Change, c.Fields = "changed", d.compareFields(int(record), row)
			row, more, err = d.old.next()
		}
		if (c.Change == "new" || len(c.Fields) > 0) && !yield(c, nil) {
			return false
		}
	}
	for err == nil && more {
		if !yieldGone() {
			return false
		}
	}
	if err != nil {
		return yield(Change{}, err) && false
	}
	return true
}

// compareFields returns the columns in which a record differs from its old row.
func (d *differ) compareFields(record int, old oldRow) map[string]FieldChange {
	var fields map[string]FieldChange
	addChange := func(name, was, is string, multi bool) {
		if was == is {
			return
		}
		if fields == nil {
			fields = make(map[string]FieldChange)
		}
		fields[name] = FieldChange{Old: cellValues(was, multi), New: cellValues(is, multi), Multi: multi}
	}
	for i := range d.lookup.columns {
		switch c := &d.lookup.columns[i]; c.field {
		case idsColumn:
		case keysColumn:
			if keys := d.keysInFileOrder(record); !old.moved || !sameKeys(old.keys, keys) {
				addChange(c.name, old.keys, keys, true)
			}
		default:
			addChange(c.name, old.cells[c.name], d.lookup.cellText(record, c), c.multi)
		}
	}
	for name, was := range old.cells {
		if !slices.ContainsFunc(d.lookup.columns, func(c lookupColumn) bool { return c.name == name }) {
			addChange(name, was, "", false)
		}
	}
	return fields
}

// sameKeys reports whether two cells have the same keys in any order.
func sameKeys(a, b string) bool {
	return slices.Equal(slices.Sorted(slices.Values(schema.SplitValues(a))), slices.Sorted(slices.Values(schema.SplitValues(b))))
}

// keysInFileOrder returns the keys of a record, joined, in the order in which the files
// list them: prefixes last.
func (d *differ) keysInFileOrder(record int) string {
	var all []string
	for _, file := range lookupFilesOf(entity.Kind(d.lookup.entities.Kind)) {
		if keys := d.lookup.joinedKeys(record, file.subset); keys != "" {
			all = append(all, keys)
		}
	}
	return schema.JoinValues(all)
}

func cellValues(text string, multi bool) []string {
	switch {
	case text == "":
		return nil
	case multi:
		return schema.SplitValues(text)
	}
	return []string{text}
}

// canonicalKeyOf returns the key that the id of an old row was made of, or the first key
// if it was made of none of them.
func (d *differ) canonicalKeyOf(row oldRow) string {
	keys := schema.SplitValues(row.keys)
	zone := entity.ParseZone(row.cells["cim_entity_zone"])
	for _, key := range keys {
		if entities.NewID(d.lookup.entities.Kind, string(zone), key, d.caseSensitive).String() == row.id {
			return key
		}
	}
	return schema.JoinValues(keys[:min(len(keys), 1)])
}

// openOldLookup opens the existing merged lookups of one kind.
func openOldLookup(dir string, kind entity.Kind) (*oldLookup, error) {
	old := &oldLookup{kind: kind.String()}
	for _, file := range lookupFilesOf(kind) {
		f, err := openOldFile(filepath.Join(dir, file.name), old.kind, file.subset == prefixKeys)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			old.close()
			return nil, err
		}
		old.files = append(old.files, f)
	}
	return old, nil
}
