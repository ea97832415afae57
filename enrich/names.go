package enrich

import (
	"unsafe"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/fold"
)

// namesAtOnce is how many names are looked up together.
const namesAtOnce = 64

// AppendNames answers many names as AppendName answers one, and sets to[i] to
// what it says of texts[i]; to must be at least as long as texts. On tables that
// do not fit in the processor's caches it is faster: every step is taken for all
// names, so that the reads of distant memory overlap. It does not allocate but
// for dst.
func (s *Snapshot) AppendNames(dst []byte, zone entity.Zone, objectType string, texts []string, to []entity.Named) []byte {
	for len(texts) > 0 {
		n := min(namesAtOnce, len(texts))
		clear(to[:n])
		if objectType == "user" {
			dst = s.appendIdentities(dst, zone, texts[:n], to)
			dst = s.appendAssets(dst, zone, texts[:n], to)
		} else {
			dst = s.appendAssets(dst, zone, texts[:n], to)
			dst = s.appendIdentities(dst, zone, texts[:n], to)
		}
		texts, to = texts[n:], to[n:]
	}
	return dst
}

// asked is given what package prefetch returns.
//
//go:noinline
func asked(byte) {}

// unanswered is the names that no table has answered so far, by their number.
type unanswered struct {
	room [namesAtOnce]uint8
	n    int
}

func (u *unanswered) all() []uint8 { return u.room[:u.n] }

// keyOf returns the bytes of a text, trimmed. They must not be changed.
func keyOf(text string) []byte {
	text = fold.Trim(text)
	return unsafe.Slice(unsafe.StringData(text), len(text))
}

func newUnanswered(named []entity.Named) (u unanswered) {
	for i := range named {
		if named[i].Step == 0 {
			u.room[u.n] = uint8(i)
			u.n++
		}
	}
	return u
}

// nameColumns are the columns that a name is made of: the key and, if there is
// one, the priority.
func nameColumns(columns []entity.Column) (room [2]int, n int) {
	room[0] = entity.KeyColumn
	if room[1] = priorityColumn(columns); room[1] < 0 {
		return room, 1
	}
	return room, 2
}

func (s *Snapshot) appendAssets(dst []byte, zone entity.Zone, texts []string, to []entity.Named) []byte {
	t := s.Assets
	if t == nil {
		return dst
	}
	open := newUnanswered(to[:len(texts)])
	var under [namesAtOnce]assets.Probe
	number := t.ZoneNumber(zone)
	for _, i := range open.all() {
		t.Begin(&under[i], number, keyOf(texts[i]))
	}
	for _, i := range open.all() {
		t.Seek(&under[i])
	}
	var found [namesAtOnce]assets.Match
	records := make([]uint32, 0, 2*namesAtOnce)
	for _, i := range open.all() {
		if !t.Find(&found[i], &under[i], zone, keyOf(texts[i])) {
			continue
		}
		records = append(records, found[i].Record)
		if filler, ok := t.Filler(&found[i]); ok {
			records = append(records, filler)
		}
	}
	room, n := nameColumns(t.Columns())
	asked(t.TouchRecords(records, room[:n]))
	offsets := make([]uint32, 0, 2*namesAtOnce)
	for _, i := range open.all() {
		if found[i].Step != 0 {
			offsets = t.AppendOffsets(offsets, &found[i], s.Fill, room[:n])
		}
	}
	asked(t.TouchValues(offsets))
	for _, i := range open.all() {
		if found[i].Step != 0 {
			dst = s.appendFoundAsset(dst, found[i], room[:n], &to[i])
		}
	}
	return dst
}

func (s *Snapshot) appendFoundAsset(dst []byte, m assets.Match, columns []int, to *entity.Named) []byte {
	filled := s.Assets.Fill(m, s.Fill)
	to.Kind, to.Step, to.From = entity.Asset, m.Step, len(dst)
	if len(columns) > 1 {
		json, _ := filled.Value(columns[1])
		to.Priority = priorityOf(json)
	}
	key, _ := filled.Value(entity.KeyColumn)
	dst = appendFirst(dst, key)
	to.To = len(dst)
	return dst
}

func (s *Snapshot) appendIdentities(dst []byte, zone entity.Zone, texts []string, to []entity.Named) []byte {
	t := s.Identities
	if t == nil {
		return dst
	}
	open := newUnanswered(to[:len(texts)])
	var under [namesAtOnce]identities.Probe
	number := t.ZoneNumber(zone)
	for _, i := range open.all() {
		t.Begin(&under[i], number, keyOf(texts[i]))
	}
	for _, i := range open.all() {
		t.Seek(&under[i])
	}
	var found [namesAtOnce]identities.Match
	records := make([]uint32, 0, namesAtOnce)
	for _, i := range open.all() {
		if t.Find(&found[i], &under[i], zone, keyOf(texts[i])) {
			records = append(records, found[i].Record)
		}
	}
	room, n := nameColumns(t.Columns())
	asked(t.TouchRecords(records, room[:n]))
	offsets := make([]uint32, 0, 2*namesAtOnce)
	for _, i := range open.all() {
		if found[i].Step != 0 {
			offsets = t.AppendOffsets(offsets, &found[i], room[:n])
		}
	}
	asked(t.TouchValues(offsets))
	for _, i := range open.all() {
		if found[i].Step != 0 {
			dst = s.appendFoundIdentity(dst, found[i], room[:n], &to[i])
		}
	}
	return dst
}

func (s *Snapshot) appendFoundIdentity(dst []byte, m identities.Match, columns []int, to *entity.Named) []byte {
	to.Kind, to.Step, to.From = entity.Identity, m.Step, len(dst)
	if len(columns) > 1 {
		to.Priority = priorityOf(s.Identities.Value(m, columns[1]))
	}
	dst = appendFirst(dst, s.Identities.Value(m, entity.KeyColumn))
	to.To = len(dst)
	return dst
}
