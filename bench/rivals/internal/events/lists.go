package events

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/gen"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

// addedFields lists the fields that are added for each role.
var addedFields = []string{"asset", "owner", "priority", "bunit", "category"}

var roles = [3]string{"src", "dest", "dvc"}

// lists contains the table that all engines use.
type lists struct {
	world   gen.World
	table   *assets.Table
	members [3][]member
}

// member is a field of a role as it is written into events.
type member struct {
	name   string // "src_owner"
	key    []byte // `"src_owner":`
	column int
}

func newLists(n int) (*lists, error) {
	l := &lists{world: gen.World{Seed: 1, Hosts: n, People: n/5 + 1}}
	var text bytes.Buffer
	if _, err := (gen.AssetList{World: l.world}).WriteTo(&text); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text.Bytes())), nil }
	merged, err := merge.Merge(entity.Asset, []merge.Source{{Name: "list", Open: open}}, merge.Options{})
	if err != nil {
		return nil, err
	}
	if l.table, err = assets.NewTable(merged.Entities, assets.Options{}); err != nil {
		return nil, err
	}
	for r, role := range roles {
		for column, c := range l.table.Columns() {
			for _, f := range addedFields {
				if c.Name == f {
					name := role + "_" + f
					l.members[r] = append(l.members[r], member{name, fmt.Appendf(nil, "%q:", name), column})
				}
			}
		}
	}
	return l, nil
}

// enricher returns an Enricher with a preset that reads the same paths as the other
// engines.
func (l *lists) enricher(s shape, validate bool) *enrich.Enricher {
	p := event.Preset{Name: "bench", Prefixes: []string{""}}
	for i, role := range roles {
		path := ""
		for j, name := range s.paths[i] {
			if j > 0 {
				path += "."
			}
			path += name
		}
		p.Roles = append(p.Roles, event.PresetRole{Name: role, Groups: []event.PresetGroup{{Paths: []event.PresetPath{{Field: path}}}}})
	}
	e, err := enrich.New(&snapshot.Snapshot{Assets: l.table}, enrich.Options{
		Format: "bench", Presets: []event.Preset{p}, Fields: addedFields, Validate: validate,
	})
	if err != nil {
		panic(err) // the preset is valid
	}
	return e
}

// splicer is used by engines that leave the event's own bytes unchanged.
type splicer struct {
	*lists
	shape shape
}

func (l *lists) splicer(s shape) splicer { return splicer{l, s} }

// splice appends the event, with the fields of three keys inserted before its last brace.
func (s *splicer) splice(dst, event []byte, keys *[3][]byte) []byte {
	brace := bytes.LastIndexByte(event, '}')
	dst = append(dst, event[:brace]...)
	for role, key := range keys {
		if len(key) == 0 {
			continue
		}
		m, found := s.table.LookupBytes("", key)
		if !found {
			continue
		}
		filled := s.table.Filled(m, assets.FillPerField)
		for _, f := range s.members[role] {
			if json := filled.JSON(f.column); json != nil {
				dst = append(append(append(dst, ','), f.key...), json...)
			}
		}
	}
	return append(dst, event[brace:]...)
}

// decoder is used by engines that decode events.
type decoder struct {
	*lists
	shape shape
}

func (l *lists) decoder(s shape) decoder { return decoder{l, s} }

// addFields calls set for every field of the entities that three keys match.
func (d *decoder) addFields(keys *[3]string, set func(name string, value json.RawMessage)) {
	for role, key := range keys {
		if key == "" {
			continue
		}
		m, found := d.table.Lookup("", key)
		if !found {
			continue
		}
		filled := d.table.Filled(m, assets.FillPerField)
		for _, f := range d.members[role] {
			if value := filled.JSON(f.column); value != nil {
				set(f.name, value)
			}
		}
	}
}

// keysOf returns the three values of a decoded event.
func (d *decoder) keysOf(event map[string]any) (keys [3]string) {
	for role, path := range d.shape.paths {
		at := event
		for _, name := range path[:len(path)-1] {
			at, _ = at[name].(map[string]any)
		}
		keys[role], _ = at[path[len(path)-1]].(string)
	}
	return keys
}
