package table

import (
	"iter"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// keyList lists the keys of entities. It is safe for concurrent use.
type keyList struct {
	Zones []entity.Zone // of the entities, in the order in which they first occur

	entities    *entities.Store
	zoneNumbers map[entities.TextID]uint32 // by the text of the zone
}

// key is one key of a record.
type key struct {
	Record, Zone uint32 // the numbers of the record and its zone
	Class        schema.KeyClass
	Fields       uint8 // bit set of the groups of key fields that list it: see entities.KeyField
	Text         string
}

// keysOf returns the keys of the entities.
func keysOf(e *entities.Store) *keyList {
	k := &keyList{entities: e, zoneNumbers: make(map[entities.TextID]uint32)}
	known := make(map[entity.Zone]uint32)
	for i := range e.Records {
		id := e.Records[i].Zone
		if i > 0 && id == e.Records[i-1].Zone {
			continue
		}
		if _, there := k.zoneNumbers[id]; there {
			continue
		}
		zone := entity.Zone(e.Zone(i))
		if _, there := known[zone]; !there {
			known[zone] = uint32(len(k.Zones))
			k.Zones = append(k.Zones, zone)
		}
		k.zoneNumbers[id] = known[zone]
	}
	return k
}

// Zone returns the number of a record's zone.
func (k *keyList) Zone(record int) uint32 { return k.zoneNumbers[k.entities.Records[record].Zone] }

// All yields every key, ordered by record and then by field.
//
// Keys and their texts are stored in the order of the lists, which differs from the order
// of the records, so that reading a key is a cache miss. All reads the keys of several
// records together before it yields them, so that the cache misses overlap.
func (k *keyList) All() iter.Seq[key] {
	return func(yield func(key) bool) {
		w := keyReader{list: k}
		records := k.entities.Records
		for from := 0; from < len(records); from += readAhead {
			w.readKeys(records[from:min(from+readAhead, len(records))], uint32(from))
			for _, k := range w.keys {
				if !yield(k) {
					return
				}
			}
		}
	}
}

// keyReader reads the keys of several records at a time.
type keyReader struct {
	list *keyList
	keys []key
	sink int // keeps the compiler from removing loads
}

// readKeys reads the keys of consecutive records, numbered from first. Each loop performs
// one load for every record, so that the loads of a loop do not depend on each other. The
// keys of a record, and their texts, are mostly adjacent in memory, so that reading the
// first one brings the others into the cache.
func (w *keyReader) readKeys(records []entities.Record, first uint32) {
	e, sum := w.list.entities, 0
	for i := range records {
		if span := records[i].Keys; span.From < span.To {
			sum += int(e.Keys[span.From].Text)
		}
	}
	for i := range records {
		if span := records[i].Keys; span.From < span.To {
			sum += len(e.Texts.Text(e.Keys[span.From].Text))
		}
	}
	w.collectKeys(records, first)
	for i := range w.keys {
		if text := w.keys[i].Text; text != "" {
			sum += int(text[0]) + int(text[len(text)-1])
		}
	}
	w.sink += sum
}

// collectKeys sets w.keys to the keys of some records.
func (w *keyReader) collectKeys(records []entities.Record, first uint32) {
	e := w.list.entities
	w.keys = w.keys[:0]
	zone := uint32(0)
	for i := range records {
		if i == 0 || records[i].Zone != records[i-1].Zone {
			zone = w.list.zoneNumbers[records[i].Zone]
		}
		span := records[i].Keys
		for _, k := range e.Keys[span.From:span.To] {
			w.keys = append(w.keys, key{first + uint32(i), zone, k.Class, k.Fields, e.Texts.Text(k.Text)})
		}
	}
}
