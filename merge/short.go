package merge

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
)

// shortName is a key that is a name without a dot, and the keys that are full names with this
// first label.
type shortName struct {
	id   uint32
	full []uint32
}

// joinShortNames finds the short names of which all full names belong to one other entity. It
// joins the two entities if Options.JoinShort is set, and otherwise adds a note. It is called
// after all other joins.
//
// A name belongs to an entity if all rows with it do. Joining two entities can leave the full
// names of a third in one entity; therefore joinShortNames repeats the search until nothing
// changes. Merging the merged lists would otherwise join further entities.
func (j *joiner) joinShortNames(sets disjointSets) {
	short := j.shortNames(sets)
	for changed := true; changed; {
		changed = false
		for i := range short {
			s := &short[i]
			row, other, found := j.otherEntity(sets, s)
			switch {
			case !found:
			case j.schema.options.JoinShort:
				sets.union(row, other)
				j.linkNames(s)
				changed = true
			default:
				j.addShortNote(s, row, other)
			}
		}
	}
}

// shortNames returns the short names with a full name that belongs to another entity, in the
// order of their numbers.
func (j *joiner) shortNames(sets disjointSets) []shortName {
	apart := make(map[uint32][]uint32)
	j.eachFullName(func(short, full uint32) {
		a, _ := j.keys.rowsWith(short)
		b, _ := j.keys.rowsWith(full)
		if len(a) > 0 && len(b) > 0 && sets.find(a[0]) != sets.find(b[0]) {
			apart[short] = nil
		}
	})
	if len(apart) == 0 {
		return nil
	}
	j.eachFullName(func(short, full uint32) {
		if list, there := apart[short]; there {
			apart[short] = append(list, full)
		}
	})
	var list []shortName
	for _, id := range slices.Sorted(maps.Keys(apart)) {
		list = append(list, shortName{id, apart[id]})
	}
	return list
}

// eachFullName calls do for every key that is a name with a dot whose first label is also a
// key of the zone.
func (j *joiner) eachFullName(do func(short, full uint32)) {
	for id := range j.keys.len() {
		k := j.keys.table.keys[id]
		if k.class != schema.NameKey {
			continue
		}
		label, domain, _ := strings.Cut(j.list.Texts.Text(k.text), ".")
		if label == "" || domain == "" {
			continue
		}
		if short, ok := j.keys.findKey(k.zone, schema.NameKey, label); ok {
			do(short, uint32(id))
		}
	}
}

// otherEntity returns a row of the entity of a short name, and a row of the other entity to
// which all its full names belong, or false if there is no such entity. Names in custom keys
// count like those in nt_host and dns, because a merged lookup lists keys that no cell shows,
// and then not where they come from.
func (j *joiner) otherEntity(sets disjointSets, s *shortName) (row, other uint32, found bool) {
	row, found = j.onlyEntity(sets, s.id)
	for i, id := range s.full {
		full, only := j.onlyEntity(sets, id)
		if !found || !only || sets.find(full) == sets.find(row) || i > 0 && sets.find(full) != sets.find(other) {
			return 0, 0, false
		}
		other = full
	}
	if j.areOfOneLookup(row, other) {
		return 0, 0, false
	}
	return row, other, true
}

// onlyEntity returns the first row with a key if all rows with the key are of one entity.
// That is not so for a key of too many rows, and for one that contradicting rows share.
func (j *joiner) onlyEntity(sets disjointSets, id uint32) (row uint32, ok bool) {
	rows, _ := j.keys.rowsWith(id)
	for _, other := range rows {
		if sets.find(other) != sets.find(rows[0]) {
			return 0, false
		}
	}
	if len(rows) == 0 {
		return 0, false
	}
	return rows[0], true
}

// areOfOneLookup reports whether two rows are of one merged lookup. Whether they are one
// machine was decided when it was made: it does not show with which entities they share names.
func (j *joiner) areOfOneLookup(a, b uint32) bool {
	x, y := j.list.Rows[a].Source, j.list.Rows[b].Source
	return x == y && j.list.Sources[x].Merged
}

// joinsNames reports whether all fields with names join rows. If one does not, its names do not
// join longer or shorter ones either.
func (j *joiner) joinsNames() bool {
	return !slices.ContainsFunc(j.schema.fields, func(f schema.Field) bool { return f.NoJoin && f.Key && !f.Addressed() })
}

// linkNames records that a short name joins its rows to those of its full names.
func (j *joiner) linkNames(s *shortName) {
	if j.links == nil {
		j.links = make(map[uint32][]uint32)
	}
	for _, id := range s.full {
		j.links[s.id] = append(j.links[s.id], id)
		j.links[id] = append(j.links[id], s.id)
	}
}

// linkedRows returns the rows that a key joins because it is a short name, or a full name
// with a short one, and the text of the short name.
func (j *joiner) linkedRows(id uint32) (rows []uint32, short entities.TextID) {
	for _, other := range j.links[id] {
		listed, _ := j.keys.rowsWith(other)
		rows = append(rows, listed...)
		short = j.keys.textOf(id)
		if strings.Contains(j.list.Texts.Text(short), ".") {
			short = j.keys.textOf(other)
		}
	}
	return rows, short
}

// addShortNote adds the note that a short name and its full names may be one machine. It adds
// none if both rows are of merged lookups, which were made with that note.
func (j *joiner) addShortNote(s *shortName, row, other uint32) {
	r := &j.list.Rows[row]
	src := &j.list.Sources[r.Source]
	if src.Merged && j.list.Sources[j.list.Rows[other].Source].Merged {
		return
	}
	text := j.keyText(s.id)
	j.errs = append(j.errs, &entity.RowError{
		Source: src.Name, Path: src.Path, Line: int(r.Line), Loss: entity.Note, Reason: "short name of another asset", Value: text,
		Err: fmt.Errorf("%s (%s) and %s may be one machine: join them with assets.join_short: true", problem.Quote(text), j.placeOf(row), j.describeRow(other)),
	})
}
