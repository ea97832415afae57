package table

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// randomStore returns n entities of a kind. Some of their values recur, others are unique,
// are long, are lists, need escapes, or are missing.
func randomStore(kind entities.Kind, n int, seed uint64) *entities.Store {
	r := rand.New(rand.NewPCG(seed, 1))
	e := &entities.Store{Kind: kind, Texts: entities.NewInterner(), Fields: []schema.Field{
		{Name: "ip", Type: schema.IP, Key: true, Multi: true},
		{Name: "dns", Type: schema.Domain, Key: true, Multi: true},
		{Name: "owner"},
		{Name: "lat", Type: schema.Coordinate},
		{Name: "category", Multi: true},
		{Name: "bunit", Multi: true},
		{Name: "requires_av", Type: schema.Boolean},
		{Name: "zone", Type: schema.ZoneName},
		{Name: "note", Tag: true},
	}}
	if r.IntN(4) == 0 {
		e.Fields = e.Fields[:4] // without a tag field
	}
	value := func() string {
		switch r.IntN(12) {
		case 0:
			return fmt.Sprintf("new-%d-%d", seed, r.Uint64())
		case 1:
			return strings.Repeat("long", r.IntN(80))
		case 2:
			return "a \"b\"\\\n\x01 ü" + fmt.Sprint(r.IntN(3))
		case 3:
			return []string{"10.0.0.0/8", "*.corp", "00:00:00:00:00:01-00:00:00:00:00:02"}[r.IntN(3)]
		case 4:
			return "true"
		case 5:
			return "false"
		}
		return fmt.Sprint(r.IntN(100))
	}
	cells := make([]entities.TextID, len(e.Fields))
	for range n {
		for i, f := range e.Fields {
			text := ""
			if r.IntN(4) > 0 {
				text = value()
			}
			for f.Multi && r.IntN(2) == 0 && text != "" {
				text = strings.TrimSuffix(text+"|"+value(), "|")
			}
			cells[i] = e.Texts.Intern(text)
		}
		from := uint32(len(e.Keys))
		for range r.IntN(3) {
			e.Keys = append(e.Keys, entities.Key{Text: e.Texts.Intern("key " + value())})
		}
		e.Append(entities.Record{
			ID: entities.ID{byte(r.Uint32()), byte(r.Uint32())}, Canonical: e.Texts.Intern("canonical " + value()),
			Keys: entities.Span{From: from, To: uint32(len(e.Keys))},
		}, cells)
	}
	return e
}

// wantJSON returns the JSON that should be written for a cell, "" for none.
func wantJSON(t *testing.T, f *schema.Field, text string) string {
	t.Helper()
	switch {
	case text == "" || formOf(f) == asLiteral && text == "false":
		return ""
	case formOf(f) == asLiteral:
		return text
	case f.Multi:
		values := strings.Split(text, "|")
		if f.Addressed() || f.Type == schema.Domain {
			values = slices.DeleteFunc(values, func(v string) bool {
				return strings.Contains(v, "/") || strings.HasPrefix(v, "*.") || strings.Count(v, ":") >= 10
			})
		}
		return marshal(t, values)
	}
	return marshal(t, text)
}

// marshal returns the JSON of a string or of a list of strings, "" for an empty list.
func marshal(t *testing.T, v any) string {
	t.Helper()
	if list, ok := v.([]string); ok && len(list) == 0 {
		return ""
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(v))
	return strings.TrimSuffix(b.String(), "\n")
}

// TestRecordsHaveTheJSONOfTheirCells also checks that equal cells of the same form have at most
// maxCopies copies.
func TestRecordsHaveTheJSONOfTheirCells(t *testing.T) {
	for seed := range uint64(20) {
		kind := []entities.Kind{entities.Asset, entities.Identity}[seed%2]
		e := randomStore(kind, []int{0, 1, readAhead, readAhead + 1, 1500}[seed%5], seed)
		s, err := recordsOf(e)
		require.NoError(t, err)
		require.Equal(t, e.Len(), s.Len())
		tagger, shown := entities.NewTagger(e), shownFields(e)
		copies := map[string]map[uint32]bool{} // by form and cell: the offsets of its JSON
		for i := range e.Len() {
			row := s.Offsets(uint32(i))
			key := marshal(t, e.CanonicalKey(i))
			if kind == entities.Identity {
				var keys []string
				for _, text := range e.KeysOf(i) {
					keys = append(keys, text)
				}
				key = marshal(t, keys)
			}
			require.Equal(t, key, string(s.Value(row[entity.KeyColumn])), "key of record %d, seed %d", i, seed)
			require.Equal(t, marshal(t, tagger.Tags(i)), string(s.Value(row[entity.TagColumn])), "tags of record %d, seed %d", i, seed)
			require.Equal(t, fmt.Sprintf("%q", e.Records[i].ID.String()), string(s.Value(row[entity.IDColumn])))
			for j, field := range shown {
				f, offset := &e.Fields[field], row[entity.FieldColumn+j]
				json := wantJSON(t, f, e.Cell(i, field))
				require.Equal(t, json, string(s.Value(offset)), "%s of record %d, seed %d", f.Name, i, seed)
				form := fmt.Sprint(formOf(f), e.Cell(i, field))
				if copies[form] == nil {
					copies[form] = map[uint32]bool{}
				}
				copies[form][offset] = true
				require.LessOrEqual(t, len(copies[form]), maxCopies, "copies of %s, seed %d", json, seed)
				require.True(t, offset == 0 || s.used[entity.FieldColumn+j] == 1)
			}
		}
	}
}

func TestHexDigitsAgreesWithFmt(t *testing.T) {
	for _, n := range []uint32{0, 1, 9, 10, 15, 16, 0x01234567, 0x89abcdef, 0x9f9fa0a0, 1<<32 - 1} {
		var digits [8]byte
		binary.BigEndian.PutUint64(digits[:], hexDigits(n))
		assert.Equal(t, fmt.Sprintf("%08x", n), string(digits[:]))
	}
}

// TestFrequentValuesAreShared checks that frequent tags, from whichever cells they come, have a
// shared copy after maxCopies-1 others. Priorities have a single copy from the first record on,
// because filling compares their offsets.
func TestFrequentValuesAreShared(t *testing.T) {
	e := &entities.Store{Kind: entities.Asset, Texts: entities.NewInterner(), Fields: []schema.Field{
		{Name: "category", Multi: true}, {Name: "bunit", Multi: true}, {Name: "priority"},
	}}
	tagged := [][2]string{{"a|b", ""}, {"a", "b"}, {"", "a|b"}, {"a|b", "b"}, {"", ""}}
	for i := range 10 * maxCopies {
		cells := tagged[i%len(tagged)]
		e.Append(entities.Record{}, []entities.TextID{e.Texts.Intern(cells[0]), e.Texts.Intern(cells[1]), e.Texts.Intern("low")})
	}
	s, err := recordsOf(e)
	require.NoError(t, err)
	tags, priorities := map[uint32]int{}, map[uint32]int{}
	for i := range e.Len() {
		row := s.Offsets(uint32(i))
		priorities[row[entity.FieldColumn+2]]++
		if i%len(tagged) == 4 {
			assert.Zero(t, row[entity.TagColumn])
			continue
		}
		tags[row[entity.TagColumn]]++
		require.Equal(t, `["a","b"]`, string(s.Value(row[entity.TagColumn])), "record %d", i)
	}
	assert.Len(t, tags, maxCopies)
	assert.Len(t, priorities, 1)
}
