package risk

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/jsonedit"
)

// notableID returns the id of a notable: 32 hexadecimal digits over what makes
// it different from all others.
func notableID(rule string, o Object, at instant) string {
	var b []byte
	for _, part := range [...]string{rule, string(o.Zone), o.Key, o.Type, at.String()} {
		b = append(entity.AppendFold(b, part), 0)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// printer writes notables.
type printer struct {
	keep int // contributions to list; the others become one row
	all  bool
}

// notable evaluates the window at m once more, for all that there is to tell,
// and returns the notable's id and its line, without a newline.
func (p printer) notable(s *shard, o *subject, r *incident, m *moment) (string, []byte) {
	start := m.at.plus(-r.window)
	lo, hi := windowOf(o.mods, m.at, start)
	sums := *r
	sums.uses = 0 // the scores are always there
	s.view.load(&sums, s.words, o.mods[lo:hi], lo, m.at, m.at)
	scores := s.view.measure(&sums, s.words, o.mods)
	told := s.tell(o)
	name := s.objects.name(o.object)
	id := notableID(r.name, name, m.at)

	b := make([]byte, 0, 512+256*len(s.view.rows))
	b = appendMember(b, '{', "id", id)
	b = appendMember(b, ',', "rule", r.name)
	b = appendMember(b, ',', "_time", m.at.String())
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
	b = appendMember(b, ',', "window_start", start.String())
	b = appendMember(b, ',', "window_end", m.at.String())
	trigger := "expiry"
	if m.entered {
		trigger = "modifier"
	}
	b = appendMember(b, ',', "trigger", trigger)
	b = appendMember(b, ',', "severity", m.severity.String())
	b = appendMember(b, ',', "priority", told.priority.String())
	b = appendMember(b, ',', "urgency", entity.Urgency(m.severity, told.priority).String())
	b = p.contributions(append(b, `,"contributions":`...), s, o)
	if name.Zone != "" {
		b = appendMember(b, ',', "cim_entity_zone", string(name.Zone))
	}
	return id, append(b, '}')
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
	var remainder Score
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
	b = appendMember(b, '{', "_time", m.at.String())
	b = appendMember(b, ',', "risk_object", words.get(m.spelled))
	b = appendMember(b, ',', "source", words.get(k.source))
	b = appendMember(b, ',', "risk_message", words.get(m.message))
	b = steps(m.base).Append(append(b, `,"base":`...))
	factors := words.get(k.factors)
	if factors == "" {
		factors = noFactors
	}
	b = append(append(b, ','), factors...)
	b = words.score(m).Append(append(b, `,"calculated":`...))
	if w.weight.less {
		b = appendFloat(append(b, `,"decay_weight":`...), w.weight.float())
	}
	if w.dedup.Sign() != 0 {
		b = w.dedup.Append(append(b, `,"dedup_discount":`...))
	}
	if w.cap.Sign() != 0 {
		b = w.cap.Append(append(b, `,"cap_discount":`...))
	}
	if w.rank.less {
		b = appendFloat(append(b, `,"rank_weight":`...), w.rank.float())
	}
	b = w.final.Append(append(b, `,"contribution":`...))
	if m.sid != 0 {
		b = appendMember(b, ',', "orig_sid", words.get(m.sid))
	}
	if m.rid != 0 {
		b = appendMember(b, ',', "orig_rid", words.get(m.rid))
	}
	return append(b, '}')
}

func appendMember(b []byte, open byte, name, value string) []byte {
	b = append(append(append(b, open, '"'), name...), `":`...)
	return jsonedit.AppendString(b, value)
}

func appendList(b []byte, name string, values []string) []byte {
	b = append(append(append(b, `,"`...), name...), `":[`...)
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsonedit.AppendString(b, v)
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
// are the vocabulary's: they are good until a modifier is dropped.
type told struct {
	display                                          string
	spellings, sources, tactics, techniques, threats []string
	priority                                         entity.Priority
}

// tell collects it from the rows of the view.
func (s *shard) tell(o *subject) told {
	words, spelled := s.words, &s.counts
	var sources, tactics, techniques, threats idSet
	spelled.reset()
	t := told{priority: entity.UnknownPriority}
	last := uint32(0)
	for i := range s.view.rows {
		m := &o.mods[s.view.rows[i].index]
		spelled.add(m.spelled)
		if m.threats != 0 {
			words.eachThreat(m, func(id uint32) { threats = append(threats, id) })
		}
		if m.kind == last {
			continue
		}
		last = m.kind
		k := words.kindOf(m)
		sources = append(sources, k.source)
		a := words.attackOf(k)
		tactics = append(tactics, a.tactics...)
		techniques = append(techniques, a.techniques...)
		t.priority = max(t.priority, k.priority)
	}
	best := int32(0)
	for id, n := range spelled.all() {
		text := words.get(id)
		t.spellings = append(t.spellings, text)
		if n > best || n == best && text < t.display {
			best, t.display = n, text
		}
	}
	slices.Sort(t.spellings)
	t.sources, t.tactics = sources.texts(words), tactics.texts(words)
	t.techniques, t.threats = techniques.texts(words), threats.texts(words)
	return t
}

// idSet is numbers of texts, in any order and with repeats.
type idSet []uint32

// texts returns the texts, sorted; there is none for 0.
func (s idSet) texts(words *vocabulary) []string {
	slices.Sort(s)
	texts := make([]string, 0, 8)
	for _, id := range slices.Compact(s) {
		if id != 0 {
			texts = append(texts, words.get(id))
		}
	}
	slices.Sort(texts)
	return texts
}
