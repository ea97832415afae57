package table

import (
	"iter"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// keyList is the keys of entities. It may be used by several goroutines
// at once.
type keyList struct {
	Zones []entity.Zone // of the entities, in the order of their first appearance

	entities *entities.Store
	numbers  map[entities.TextID]uint32 // of zones
}

// key is one key of a record.
type key struct {
	Record, Zone uint32 // numbers
	Class        schema.KeyClass
	Text         string
}

// keysOf returns the keys of the entities.
func keysOf(e *entities.Store) *keyList {
	k := &keyList{entities: e, numbers: make(map[entities.TextID]uint32)}
	known := make(map[entity.Zone]uint32)
	for i := range e.Records {
		id := e.Records[i].Zone
		if i > 0 && id == e.Records[i-1].Zone {
			continue
		}
		if _, there := k.numbers[id]; there {
			continue
		}
		zone := entity.Zone(e.Zone(i))
		if _, there := known[zone]; !there {
			known[zone] = uint32(len(k.Zones))
			k.Zones = append(k.Zones, zone)
		}
		k.numbers[id] = known[zone]
	}
	return k
}

// Zone returns the number of a record's zone.
func (k *keyList) Zone(record int) uint32 { return k.numbers[k.entities.Records[record].Zone] }

// All yields every key, by record and in the order of its fields.
//
// Keys and their texts lie in the order of the lists, which is not that of
// records, so that each is a wait for distant memory. Those of some records are
// read together before they are yielded, which overlaps the waits.
func (k *keyList) All() iter.Seq[key] {
	return func(yield func(key) bool) {
		w := keyWalk{keys: k}
		records := k.entities.Records
		for from := 0; from < len(records); from += ahead {
			w.read(records[from:min(from+ahead, len(records))], uint32(from))
			for _, k := range w.found {
				if !yield(k) {
					return
				}
			}
		}
	}
}

// keyWalk reads keys ahead.
type keyWalk struct {
	keys  *keyList
	found []key
	waste int // keeps loads from being optimised away
}

// read finds the keys of some records, the first of which has that number, step
// by step for all of them, so that in none the next waits for the one before. The
// keys of a record and their texts are mostly beside each other, so that to look
// at the first of them brings all near.
func (w *keyWalk) read(list []entities.Record, first uint32) {
	e, sum := w.keys.entities, 0
	for i := range list {
		if span := list[i].Keys; span.From < span.To {
			sum += int(e.Keys[span.From].Text)
		}
	}
	for i := range list {
		if span := list[i].Keys; span.From < span.To {
			sum += len(e.Texts.Text(e.Keys[span.From].Text))
		}
	}
	w.find(list, first)
	for i := range w.found {
		if text := w.found[i].Text; text != "" {
			sum += int(text[0]) + int(text[len(text)-1])
		}
	}
	w.waste += sum
}

// find finds the keys.
func (w *keyWalk) find(list []entities.Record, first uint32) {
	e := w.keys.entities
	w.found = w.found[:0]
	zone := uint32(0)
	for i := range list {
		if i == 0 || list[i].Zone != list[i-1].Zone {
			zone = w.keys.numbers[list[i].Zone]
		}
		span := list[i].Keys
		for _, k := range e.Keys[span.From:span.To] {
			w.found = append(w.found, key{first + uint32(i), zone, k.Class, e.Texts.Text(k.Text)})
		}
	}
}
