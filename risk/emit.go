package risk

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// notableID returns the ID of a notable: 32 hexadecimal digits of a hash of the rule,
// the object and the time.
func notableID(rule string, o detect.Object, at eventtime.Instant) string {
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

// contributionLimit is how many contributions a notable lists: all, or the largest.
type contributionLimit struct {
	all bool
	max int
}

// notable returns the notable of a rule for o at m. It evaluates the whole window.
func (t *notables) notable(o *subject, name detect.Object, r *incident, m *window.Moment) *Notable {
	lo, hi := windowOf(o.mods, m.At, m.At.Add(-r.window))
	sums := *r
	sums.uses = 0 // the scores are always there
	t.view.load(&sums, t.words, o.mods[lo:hi], lo, m.At, m.At)
	scores := t.view.measure(&sums, t.words, o.mods)
	t.prefetchTexts(o)
	view := t.overviewOf(o)
	severity := entity.Priority(m.Level)
	c := copier{chunk: 256 + 64*len(t.view.rows)}
	name = c.nameOf(name)
	n := &Notable{
		ID: notableID(r.name, name, m.At), Rule: r.name, Time: m.At.Time(), Name: c.text(view.display), Object: name,
		Score: scores[mCapped], Uncapped: scores[mScore], Events: len(t.view.rows),
		Spellings: c.list(view.spellings), Sources: c.list(view.sources), Tactics: c.list(view.tactics), Techniques: c.list(view.techniques),
		Threats: c.threats(view.threats), Window: r.window, WindowText: r.written,
		Severity: severity, Priority: view.priority, Urgency: entity.Urgency(severity, view.priority),
	}
	if !m.Arrived {
		n.Trigger = Expiry
	}
	t.contribute(n, o, &c)
	return n
}

// contribute adds the rows of the view to n, up to the limit, and the sum of the
// others.
func (t *notables) contribute(n *Notable, o *subject, c *copier) {
	rows := t.view.rows
	var left []bool
	listed := len(rows)
	if !t.limit.all && len(rows) > t.limit.max {
		byValue := make([]int, len(rows))
		for i := range byValue {
			byValue[i] = i
		}
		slices.SortStableFunc(byValue, func(i, j int) int { return rows[j].final.Cmp(rows[i].final) })
		left, listed = make([]bool, len(rows)), t.limit.max
		for _, i := range byValue[listed:] {
			left[i] = true
		}
	}
	n.Contributions = make([]Contribution, 0, listed)
	for i := range rows {
		if left != nil && left[i] {
			n.Rest.Events++
			n.Rest.Value = n.Rest.Value.Add(rows[i].final)
			continue
		}
		n.Contributions = append(n.Contributions, t.contribution(&o.mods[rows[i].index], &rows[i], c))
	}
}

// contribution returns what the modifier of a row contributes.
func (t *notables) contribution(m *mod, w *row, c *copier) Contribution {
	words := t.words
	k := words.kindOf(m)
	x := Contribution{
		Time: m.at.Time(), Object: c.shared(words, &c.object, m.spelled), Source: c.shared(words, &c.source, k.source), Message: c.shared(words, &c.message, m.message),
		Base: score.Steps(m.base), Calculated: words.score(m),
		Decay: w.weight, DedupDiscount: w.dedup, CapDiscount: w.cap, Rank: w.rank, Value: w.final,
		SID: c.shared(words, &c.sid, m.sid), RID: c.text(words.Get(m.rid)),
	}
	if f := *words.factors.Value(k.factors); f != nil {
		x.Adds, x.Multiplies = f.Adds, f.Multiplies
	}
	return x
}

// copier copies texts of a dictionary, many into one chunk of memory.
type copier struct {
	chunk int // bytes to allocate at once, at least
	buf   []byte

	object, source, message, sid copied // the last ones, which often repeat
}

// copied is the number of a text and its copy.
type copied struct {
	id   uint32
	text string
}

func (c *copier) text(s string) string {
	if s == "" {
		return ""
	}
	if len(c.buf)+len(s) > cap(c.buf) {
		c.buf = make([]byte, 0, max(c.chunk, len(s)))
	}
	from := len(c.buf)
	c.buf = append(c.buf, s...)
	return bytestext.String(c.buf[from:])
}

// shared returns the copy of a text, which is that of last if it is the same.
func (c *copier) shared(words *dictionary, last *copied, id uint32) string {
	if last.id != id {
		*last = copied{id, c.text(words.Get(id))}
	}
	return last.text
}

func (c *copier) list(texts []string) []string {
	own := make([]string, len(texts))
	for i, s := range texts {
		own[i] = c.text(s)
	}
	return own
}

func (c *copier) threats(texts []string) []detect.Threat {
	own := make([]detect.Threat, len(texts))
	for i, s := range texts {
		own[i] = threatOf(c.text(s))
	}
	return own
}

// nameOf returns o with copies of its texts.
func (c *copier) nameOf(o detect.Object) detect.Object {
	return detect.Object{Zone: entity.Zone(c.text(string(o.Zone))), Key: c.text(o.Key), Type: c.text(o.Type)}
}
