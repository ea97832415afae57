package risk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// notableID returns the id of a notable: 32 hexadecimal digits over what makes
// it different from all others.
func notableID(rule string, o Object, at eventtime.Instant) string {
	var room [128]byte
	b := room[:0]
	for _, part := range [...]string{rule, string(o.Zone), o.Key, o.Type} {
		b = append(fold.AppendLower(b, part), 0)
	}
	from := len(b)
	b = at.Append(b)
	b = append(fold.AppendLower(b[:from], b[from:]), 0)
	sum := sha256.Sum256(b)
	return string(hex.AppendEncode(room[:0], sum[:16]))
}

// printer writes notables.
type printer struct {
	keep int // contributions to list; the others become one row
	all  bool
}

// notable evaluates the window at m once more, for all that there is to tell,
// and returns the notable's id and its line, without a newline.
func (p printer) notable(s *shard, o *subject, r *incident, m *window.Moment) (string, []byte) {
	start := m.At.Add(-r.window)
	lo, hi := windowOf(o.mods, m.At, start)
	sums := *r
	sums.uses = 0 // the scores are always there
	s.view.load(&sums, s.words, o.mods[lo:hi], lo, m.At, m.At)
	scores := s.view.measure(&sums, s.words, o.mods)
	s.touchTexts(o)
	told := s.tell(o)
	name := s.objects.name(o.object)
	severity := entity.Priority(m.Level)
	id := notableID(r.name, name, m.At)

	b := appendMember(s.written[:0], '{', "id", id)
	b = appendMember(b, ',', "rule", r.name)
	b = appendTime(b, `,"_time":`, m.At)
	b = appendMember(b, ',', "risk_object", told.display)
	b = appendMember(b, ',', "risk_object_type", name.Type)
	b = appendMember(b, ',', "normalized_risk_object", name.normalized())
	b = scores[mCapped].Append(append(b, `,"risk_score":`...))
	b = scores[mScore].Append(append(b, `,"uncapped_score":`...))
	b = strconv.AppendInt(append(b, `,"risk_event_count":`...), int64(len(s.view.rows)), 10)
	b = appendList(b, "risk_objects", told.spellings)
	b = appendList(b, "sources", told.sources)
	b = appendList(b, "tactics", told.tactics)
	b = appendList(b, "techniques", told.techniques)
	b = appendThreats(b, told.threats)
	b = appendMember(b, ',', "window", r.written)
	b = appendTime(b, `,"window_start":`, start)
	b = appendTime(b, `,"window_end":`, m.At)
	trigger := "expiry"
	if m.Arrived {
		trigger = "modifier"
	}
	b = appendMember(b, ',', "trigger", trigger)
	b = appendMember(b, ',', "severity", severity.String())
	b = appendMember(b, ',', "priority", told.priority.String())
	b = appendMember(b, ',', "urgency", entity.Urgency(severity, told.priority).String())
	b = p.contributions(append(b, `,"contributions":`...), s, o)
	if name.Zone != "" {
		b = appendMember(b, ',', "cim_entity_zone", string(name.Zone))
	}
	s.written = append(b, '}')
	return id, bytes.Clone(s.written)
}

// contributions lists the rows of the view; of those beyond the limit only the
// sum.
func (p printer) contributions(b []byte, s *shard, o *subject) []byte {
	rows := s.view.rows
	var left map[int]bool
	if !p.all && len(rows) > p.keep {
		byValue := make([]int, len(rows))
		for i := range byValue {
			byValue[i] = i
		}
		slices.SortStableFunc(byValue, func(i, j int) int { return rows[j].final.Cmp(rows[i].final) })
		left = make(map[int]bool, len(rows)-p.keep)
		for _, i := range byValue[p.keep:] {
			left[i] = true
		}
	}
	open := byte('[')
	var remainder score.Score
	for i := range rows {
		if left[i] {
			remainder = remainder.Add(rows[i].final)
			continue
		}
		b = appendContribution(append(b, open), s.words, &o.mods[rows[i].index], &rows[i])
		open = ','
	}
	if len(left) > 0 {
		b = strconv.AppendInt(append(append(b, open), `{"remainder":`...), int64(len(left)), 10)
		b = remainder.Append(append(b, `,"contribution":`...))
		b = append(b, '}')
		open = ','
	}
	if open == '[' {
		b = append(b, '[')
	}
	return append(b, ']')
}

// appendContribution writes one row: the modifier, its score step by step, and
// only such steps as changed something.
func appendContribution(b []byte, words *vocabulary, m *mod, w *row) []byte {
	k := words.kindOf(m)
	b = appendTime(b, `{"_time":`, m.at)
	b = appendMember(b, ',', "risk_object", words.Get(m.spelled))
	b = appendMember(b, ',', "source", words.Get(k.source))
	b = appendMember(b, ',', "risk_message", words.Get(m.message))
	b = score.Steps(m.base).Append(append(b, `,"base":`...))
	factors := words.Get(k.factors)
	if factors == "" {
		factors = noFactors
	}
	b = append(append(b, ','), factors...)
	b = words.score(m).Append(append(b, `,"calculated":`...))
	if !w.weight.IsOne() {
		b = appendFloat(append(b, `,"decay_weight":`...), w.weight.Float())
	}
	if w.dedup.Sign() != 0 {
		b = w.dedup.Append(append(b, `,"dedup_discount":`...))
	}
	if w.cap.Sign() != 0 {
		b = w.cap.Append(append(b, `,"cap_discount":`...))
	}
	if !w.rank.IsOne() {
		b = appendFloat(append(b, `,"rank_weight":`...), w.rank.Float())
	}
	b = w.final.Append(append(b, `,"contribution":`...))
	if m.sid != 0 {
		b = appendMember(b, ',', "orig_sid", words.Get(m.sid))
	}
	if m.rid != 0 {
		b = appendMember(b, ',', "orig_rid", words.Get(m.rid))
	}
	return append(b, '}')
}

func appendMember(b []byte, open byte, name, value string) []byte {
	b = append(append(append(b, open, '"'), name...), `":`...)
	return jsonscan.AppendString(b, value)
}

// appendTime appends a member that is a time, which needs no escaping.
func appendTime(b []byte, member string, x eventtime.Instant) []byte {
	return append(x.Append(append(append(b, member...), '"')), '"')
}

func appendList(b []byte, name string, values []string) []byte {
	b = append(append(append(b, `,"`...), name...), `":[`...)
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsonscan.AppendString(b, v)
	}
	return append(b, ']')
}

func appendThreats(b []byte, texts []string) []byte {
	b = append(b, `,"threat_objects":[`...)
	for i, text := range texts {
		t := threatOf(text)
		open := byte('{')
		if i > 0 {
			b = append(b, ',')
		}
		b = appendMember(b, open, "type", t.Type)
		b = append(appendMember(b, ',', "value", t.Value), '}')
	}
	return append(b, ']')
}

// appendFloat writes f as encoding/json does.
func appendFloat(b []byte, f float64) []byte {
	if f != 0 && f < 1e-6 {
		b = strconv.AppendFloat(b, f, 'e', -1, 64)
		if n := len(b); b[n-2] == '0' { // e-09 is e-9
			b[n-2] = b[n-1]
			b = b[:n-1]
		}
		return b
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

// told is what the modifiers of a window say together, lists sorted. The texts
// are the vocabulary's: they are good until a modifier is dropped. The lists are
// good until more is told.
type told struct {
	display                                          string
	spellings, sources, tactics, techniques, threats []string
	priority                                         entity.Priority
}

// teller is the memory of tell.
type teller struct {
	told
	spelled                               window.Counter
	sources, tactics, techniques, threats idSet
}

// touchTexts reads what the rows of the view say that nobody has said lately: the
// reads do not depend on one another, see touch.
func (s *shard) touchTexts(o *subject) {
	t := &s.toucher
	t.texts = t.texts[:0]
	for i := range s.view.rows {
		m := &o.mods[s.view.rows[i].index]
		t.texts = append(t.texts, m.message, m.sid)
	}
	t.sink += s.words.Read(t.texts)
}

// tell collects it from the rows of the view.
func (s *shard) tell(o *subject) told {
	words, t := s.words, &s.teller
	t.spelled.Reset()
	t.sources, t.tactics, t.techniques, t.threats = t.sources[:0], t.tactics[:0], t.techniques[:0], t.threats[:0]
	t.priority = entity.UnknownPriority
	last := uint32(0)
	for i := range s.view.rows {
		m := &o.mods[s.view.rows[i].index]
		t.spelled.Add(m.spelled)
		if m.threats != 0 {
			words.eachThreat(m, func(id uint32) { t.threats = append(t.threats, id) })
		}
		if m.kind == last {
			continue
		}
		last = m.kind
		k := words.kindOf(m)
		t.sources = append(t.sources, k.source)
		a := words.attackOf(k)
		t.tactics = append(t.tactics, a.tactics...)
		t.techniques = append(t.techniques, a.techniques...)
		t.priority = max(t.priority, k.priority)
	}
	t.spell(words)
	t.told.sources, t.told.tactics = t.sources.texts(words, t.told.sources), t.tactics.texts(words, t.told.tactics)
	t.told.techniques, t.told.threats = t.techniques.texts(words, t.told.techniques), t.threats.texts(words, t.told.threats)
	return t.told
}

// spell tells how the object was spelled.
func (t *teller) spell(words *vocabulary) {
	t.display, t.spellings = "", t.spellings[:0]
	best := int32(0)
	for id, n := range t.spelled.All() {
		text := words.Get(id)
		t.spellings = append(t.spellings, text)
		if n > best || n == best && text < t.display {
			best, t.display = n, text
		}
	}
	slices.Sort(t.spellings)
}

// idSet is numbers of texts, in any order and with repeats.
type idSet []uint32

// texts returns the texts, sorted, in the memory of list; there is none for 0.
func (s idSet) texts(words *vocabulary, list []string) []string {
	slices.Sort(s)
	list = list[:0]
	for _, id := range slices.Compact(s) {
		if id != 0 {
			list = append(list, words.Get(id))
		}
	}
	slices.Sort(list)
	return list
}
