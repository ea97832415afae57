package risk

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/gold/weights"
	"github.com/kithsec/kith/risk/score"
)

// twin is a slow and obviously correct engine. After every modifier it evaluates the window
// of every object and every rule at every nanosecond up to the clock, from scratch. It
// shares no evaluating code with the engine.
type twin struct {
	rules    []*compiledRule
	halves   map[*compiledRule]time.Duration
	powers   map[*compiledRule]string
	lateness eventtime.Instant
	facts    []detect.Fact
	fired    map[twinKey][]twinFiring
	memo     map[twinKey]map[eventtime.Instant]twinState
	weights  *twinWeights
}

// twinWeights caches weights, which are slow to compute, and their products with scores.
type twinWeights struct {
	powers map[twinPower]*big.Float
	made   map[twinProduct]score.Score
}

type twinPower struct {
	base     uint64
	num, den int64
}

type twinProduct struct {
	power twinPower
	score score.Score
}

func newTwinWeights() *twinWeights {
	return &twinWeights{map[twinPower]*big.Float{}, map[twinProduct]score.Score{}}
}

func (w *twinWeights) powerOf(p twinPower) *big.Float {
	if w.powers[p] == nil {
		w.powers[p] = weights.Pow(p.base, big.NewRat(p.num, p.den))
	}
	return w.powers[p]
}

func (w *twinWeights) scaleBy(p twinPower, s score.Score) score.Score {
	key := twinProduct{p, s}
	made, found := w.made[key]
	if !found {
		made = weights.Scale(s, w.powerOf(p))
		w.made[key] = made
	}
	return made
}

// twinFiring is a firing of a rule.
type twinFiring struct {
	at       eventtime.Instant
	severity entity.Priority
}

type twinKey struct {
	rule   string
	object detect.Object
}

type twinState struct {
	holds    bool
	severity entity.Priority
	moment   bool
	entered  bool
}

type twinEntry struct {
	f                    *detect.Fact
	value, dedup, capped score.Score
	weight, rank         *big.Float
	final                score.Score
}

// windowEntries evaluates a window: window, filter, decay, dedup, cap, aggregate.
func (t *twin) windowEntries(r *compiledRule, o detect.Object, x eventtime.Instant, discounts bool) ([]twinEntry, score.Score) {
	var rows []twinEntry
	for i := range t.facts {
		f := &t.facts[i]
		if f.Object == o && eventtime.Of(f.Time) <= x && x < eventtime.Of(f.Time)+eventtime.Instant(r.window) && f.Filters&r.filter == r.filter {
			w := twinEntry{f: f, value: f.Score}
			if r.decay != nil && x > eventtime.Of(f.Time) {
				power := twinPower{2, int64(x - eventtime.Of(f.Time)), int64(t.halves[r])}
				w.weight, w.value = t.weights.powerOf(power), t.weights.scaleBy(power, f.Score)
			}
			rows = append(rows, w)
		}
	}
	slices.SortStableFunc(rows, func(a, b twinEntry) int { return int(eventtime.Of(a.f.Time) - eventtime.Of(b.f.Time)) })
	for i := range rows {
		rows[i].final = rows[i].value
	}
	if discounts && r.dedup != DedupNone {
		for i := range rows {
			for j := range rows {
				a, b := &rows[i], &rows[j]
				same := a.f.Source == b.f.Source && a.f.Source != "" && (r.dedup == DedupSource || a.f.Message == b.f.Message)
				if i == j || !same || a.value.Sign() <= 0 {
					continue
				}
				if c := b.value.Cmp(a.value); c > 0 || c == 0 && j < i {
					a.dedup, a.final = a.value, score.Score{}
				}
			}
		}
	}
	if discounts && r.cap.set {
		for i := len(rows) - 1; i >= 0; i-- {
			a := &rows[i]
			var sum, top score.Score
			for j := range rows {
				if rows[j].f.Source == a.f.Source {
					sum = sum.Add(rows[j].final)
					if before := rows[j].final.Add(rows[j].capped); before.Cmp(top) > 0 {
						top = before
					}
				}
			}
			limit := r.cap.absolute
			if r.cap.times != nil {
				limit, _ = score.Round(new(big.Rat).Mul(top.Rat(), r.cap.times.Rat()))
			}
			if a.f.Source == "" || a.final.Sign() <= 0 || r.cap.times != nil && top.Sign() <= 0 || sum.Cmp(limit) <= 0 {
				continue
			}
			a.capped = sum.Sub(limit)
			if a.capped.Cmp(a.final) > 0 {
				a.capped = a.final
			}
			a.final = a.final.Sub(a.capped)
		}
	}
	if r.series != nil {
		order := []*twinEntry{}
		for i := range rows {
			if rows[i].final.Sign() > 0 {
				order = append(order, &rows[i])
			}
		}
		sort.SliceStable(order, func(i, j int) bool { return order[i].final.Cmp(order[j].final) > 0 })
		d, _ := score.ParseDecimal(t.powers[r])
		p := d.Rat()
		for i, w := range order {
			if i > 0 {
				power := twinPower{uint64(i + 1), p.Num().Int64(), p.Denom().Int64()}
				w.rank, w.final = t.weights.powerOf(power), t.weights.scaleBy(power, w.final)
			}
		}
	}
	var sum score.Score
	for _, w := range rows {
		sum = sum.Add(w.final)
	}
	return rows, sum
}

func (t *twin) measuresAt(r *compiledRule, o detect.Object, x eventtime.Instant) (measures, []twinEntry) {
	var m measures
	_, m[mScore] = t.windowEntries(r, o, x, false)
	rows, capped := t.windowEntries(r, o, x, true)
	m[mCapped] = capped
	m[mCount] = score.Points(int64(len(rows)))
	sources, tactics, techniques, threats := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i, w := range rows {
		if i == 0 || w.value.Cmp(m[mMax]) > 0 {
			m[mMax] = w.value
		}
		if w.f.Source != "" {
			sources[w.f.Source] = true
		}
		for _, id := range w.f.Attack.Tactics {
			tactics[id] = true
		}
		for _, id := range w.f.Attack.Techniques {
			techniques[id] = true
		}
		for _, th := range w.f.Threats {
			threats[th.Type+"="+th.Value] = true
		}
	}
	m[mSources], m[mTactics] = score.Points(int64(len(sources))), score.Points(int64(len(tactics)))
	m[mTechniques], m[mThreats] = score.Points(int64(len(techniques))), score.Points(int64(len(threats)))
	return m, rows
}

func (t *twin) stateAt(r *compiledRule, o detect.Object, x eventtime.Instant) twinState {
	m, rows := t.measuresAt(r, o, x)
	s := twinState{severity: r.severityFor(m[mCapped])}
	s.holds = len(rows) > 0 && r.when.holds(&m)
	for i := range t.facts {
		f := &t.facts[i]
		if f.Object != o || f.Filters&r.filter != r.filter {
			continue
		}
		if eventtime.Of(f.Time) == x {
			s.moment, s.entered = true, true
		}
		if f.Score.Sign() < 0 && eventtime.Of(f.Time)+eventtime.Instant(r.window) == x {
			s.moment = true
		}
	}
	return s
}

// addFact adds a modifier and returns the notables that are due after it.
func (t *twin) addFact(f detect.Fact, before, after eventtime.Instant) []string {
	t.facts = append(t.facts, f)
	for key := range t.memo {
		if key.object == f.Object {
			delete(t.memo, key)
		}
	}
	objects := map[detect.Object]bool{}
	first := after
	for _, f := range t.facts {
		objects[f.Object] = true
		first = min(first, eventtime.Of(f.Time))
	}
	type due struct {
		at   eventtime.Instant
		rule int
		o    detect.Object
		line string
	}
	var out []due
	for ri, r := range t.rules {
		for o := range objects {
			key := twinKey{r.name, o}
			memo := t.memo[key]
			if memo == nil {
				memo = map[eventtime.Instant]twinState{}
				t.memo[key] = memo
			}
			at := func(x eventtime.Instant) twinState {
				s, found := memo[x]
				if !found {
					s = t.stateAt(r, o, x)
					memo[x] = s
				}
				return s
			}
			for x := first; x <= after; x++ {
				if !at(x).holds {
					continue
				}
				end := x
				for end+1 <= after && at(end+1).holds {
					end++
				}
				for y := x; y <= end; y++ {
					s := at(y)
					if !s.moment || y < before-t.lateness && before != -eventtime.Never {
						continue
					}
					n, last, highest := 0, eventtime.Instant(0), entity.Unset
					throttled := false
					for _, f := range t.fired[key] {
						if f.at >= x && f.at <= end {
							n, last, highest = n+1, max(last, f.at), max(highest, f.severity)
						}
						throttled = throttled || f.at <= y && y-f.at < eventtime.Instant(r.suppress)
					}
					if n == 0 && !throttled || n > 0 && r.refire && y > last && s.severity > highest {
						t.fired[key] = append(t.fired[key], twinFiring{y, s.severity})
						out = append(out, due{y, ri, o, t.renderNotable(r, o, y, s)})
					}
				}
				x = end
			}
		}
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if a.at != b.at {
			return a.at < b.at
		}
		if a.rule != b.rule {
			return a.rule < b.rule
		}
		if a.o.Type != b.o.Type {
			return a.o.Type < b.o.Type
		}
		if a.o.Key != b.o.Key {
			return a.o.Key < b.o.Key
		}
		return a.o.Zone < b.o.Zone
	})
	var lines []string
	for _, o := range out {
		lines = append(lines, o.line)
	}
	return lines
}

type twinNotable struct {
	ID            string             `json:"id"`
	Rule          string             `json:"rule"`
	Time          string             `json:"_time"`
	Object        string             `json:"risk_object"`
	Type          string             `json:"risk_object_type"`
	Normalized    string             `json:"normalized_risk_object"`
	Score         score.Score        `json:"risk_score"`
	Uncapped      score.Score        `json:"uncapped_score"`
	Count         int                `json:"risk_event_count"`
	Objects       []string           `json:"risk_objects"`
	Sources       []string           `json:"sources"`
	Tactics       []string           `json:"tactics"`
	Techniques    []string           `json:"techniques"`
	Threats       []detect.Threat    `json:"threat_objects"`
	Window        string             `json:"window"`
	Start         string             `json:"window_start"`
	End           string             `json:"window_end"`
	Trigger       string             `json:"trigger"`
	Severity      string             `json:"severity"`
	Priority      string             `json:"priority"`
	Urgency       string             `json:"urgency"`
	Contributions []twinContribution `json:"contributions"`
	Zone          string             `json:"cim_entity_zone,omitempty"`
}

type twinContribution struct {
	Time         string          `json:"_time"`
	Object       string          `json:"risk_object"`
	Source       string          `json:"source"`
	Message      string          `json:"risk_message"`
	Base         score.Score     `json:"base"`
	Adds         json.RawMessage `json:"adds"`
	Multiplies   json.RawMessage `json:"multiplies"`
	Calculated   score.Score     `json:"calculated"`
	DecayWeight  *float64        `json:"decay_weight,omitempty"`
	Dedup        *score.Score    `json:"dedup_discount,omitempty"`
	Cap          *score.Score    `json:"cap_discount,omitempty"`
	RankWeight   *float64        `json:"rank_weight,omitempty"`
	Contribution score.Score     `json:"contribution"`
	SID          string          `json:"orig_sid,omitempty"`
	RID          string          `json:"orig_rid,omitempty"`
}

func (t *twin) renderNotable(r *compiledRule, o detect.Object, x eventtime.Instant, s twinState) string {
	m, rows := t.measuresAt(r, o, x)
	n := twinNotable{
		ID: notableID(r.name, o, x), Rule: r.name, Time: x.String(), Type: o.Type, Normalized: o.Key,
		Score: m[mCapped], Uncapped: m[mScore], Count: len(rows), Window: r.windowText,
		Start: (x - eventtime.Instant(r.window)).String(), End: x.String(), Severity: s.severity.String(), Zone: string(o.Zone),
		Objects: []string{}, Sources: []string{}, Tactics: []string{}, Techniques: []string{}, Threats: []detect.Threat{},
	}
	if o.Zone != "" {
		n.Normalized += "_" + string(o.Zone)
	}
	n.Trigger = map[bool]string{true: "modifier", false: "expiry"}[s.entered]
	spelled := map[string]int{}
	priority := entity.UnknownPriority
	var total score.Score
	for _, w := range rows {
		f := w.f
		spelled[f.Spelled]++
		priority = max(priority, f.Priority)
		n.Objects = append(n.Objects, f.Spelled)
		if f.Source != "" {
			n.Sources = append(n.Sources, f.Source)
		}
		n.Tactics = append(n.Tactics, f.Attack.Tactics...)
		n.Techniques = append(n.Techniques, f.Attack.Techniques...)
		n.Threats = append(n.Threats, f.Threats...)
		c := twinContribution{
			Time: eventtime.Of(f.Time).String(), Object: f.Spelled, Source: f.Source, Message: f.Message, Base: f.Base,
			Adds: json.RawMessage("[]"), Multiplies: json.RawMessage("[]"), Calculated: f.Score,
			Contribution: w.final, SID: f.SID, RID: f.RID,
		}
		if w.weight != nil {
			v, _ := w.weight.Float64()
			c.DecayWeight = &v
		}
		if w.dedup != (score.Score{}) {
			c.Dedup = &w.dedup
		}
		if w.capped != (score.Score{}) {
			c.Cap = &w.capped
		}
		if w.rank != nil {
			v, _ := w.rank.Float64()
			c.RankWeight = &v
		}
		total = total.Add(w.final)
		n.Contributions = append(n.Contributions, c)
	}
	if total != n.Score {
		panic("contributions do not sum to the score")
	}
	for _, list := range []*[]string{&n.Objects, &n.Sources, &n.Tactics, &n.Techniques} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	slices.SortFunc(n.Threats, func(a, b detect.Threat) int { return strings.Compare(a.Type+"\x00"+a.Value, b.Type+"\x00"+b.Value) })
	n.Threats = slices.Compact(n.Threats)
	for _, text := range n.Objects {
		if spelled[text] > spelled[n.Object] {
			n.Object = text
		}
	}
	n.Priority = priority.String()
	n.Urgency = entity.Urgency(s.severity, priority).String()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(n); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}
