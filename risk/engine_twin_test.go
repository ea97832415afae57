package risk

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// awkwardRules returns random rules over small windows and few values, so that equal times,
// late modifiers, negative scores and caps that apply are frequent.
func awkwardRules(rng *rand.Rand, t *twin) []*compiledRule {
	conditions := []string{
		"capped_score > 20", "score > 15 and capped_score >= 10", "capped_score > 12 or capped_score < -5", "score >= 10 and score <= 14",
		"count >= 4", "sources >= 2 and (tactics >= 2 or max >= 9)", "techniques != 2", "threat_objects = 2", "score < 8", "max < 3 and count > 1", "capped_score != 0",
	}
	var rules []*compiledRule
	for i := range 1 + rng.IntN(3) {
		text := conditions[rng.IntN(len(conditions))]
		when, err := parseCondition(text)
		if err != nil {
			panic(err)
		}
		r := &compiledRule{name: fmt.Sprint("rule", i), when: when, uses: when.usedMeasures(), monotone: when.isMonotone(), baseSeverity: entity.Low}
		r.window = []time.Duration{7, 20, 45}[rng.IntN(3)]
		r.windowText = r.window.String()
		r.suppress = []time.Duration{0, 0, 5, 30}[rng.IntN(4)]
		r.refire = rng.IntN(2) == 0
		r.dedup = []Dedup{DedupNone, DedupNone, DedupSource, DedupMessage}[rng.IntN(4)]
		if rng.IntN(2) == 0 {
			r.steps = []severityStep{{score.Points(12), entity.Medium}, {score.Points(18), entity.High}, {score.Points(25), entity.Critical}}
		}
		switch rng.IntN(4) {
		case 0:
			d, _ := score.ParseDecimal("1.5")
			r.cap = sourceLimit{set: true, times: &d}
		case 1:
			r.cap = sourceLimit{set: true, absolute: score.Points(11)}
		}
		if rng.IntN(3) == 0 {
			r.filter = 1 << rng.IntN(2)
		}
		if rng.IntN(4) == 0 {
			half := time.Duration(1 + rng.IntN(12))
			r.decay = score.NewDecay(half)
			t.halves[r] = half
		}
		if rng.IntN(4) == 0 {
			p := []string{"1.5", "1", "0.7"}[rng.IntN(3)]
			d, _ := score.ParseDecimal(p)
			r.series = score.NewSeries(d)
			t.powers[r] = p
		}
		rules = append(rules, r)
	}
	return rules
}

// awkwardFact returns a random modifier with a time near now.
func awkwardFact(rng *rand.Rand, i int, now eventtime.Instant) detect.Fact {
	f := detect.Fact{
		Time:     (now + eventtime.Instant(rng.IntN(4))).Time(),
		Object:   detect.Object{Key: []string{"a", "b"}[rng.IntN(2)], Type: "user"},
		Spelled:  []string{"A", "a", "x\\a"}[rng.IntN(3)],
		Source:   []string{"s1", "s2", "s3", ""}[rng.IntN(4)],
		Message:  []string{"m1", "m2", ""}[rng.IntN(3)],
		Base:     score.Points(int64(rng.IntN(19) - 5)),
		Priority: entity.Priority(1 + rng.IntN(6)),
		Filters:  uint64(rng.IntN(4)),
		Threats:  []detect.Threat{{Type: "ip", Value: "1"}, {Type: "ip", Value: "2"}, {Type: "file", Value: "1"}}[:rng.IntN(4)],
	}
	if rng.IntN(5) == 0 {
		f.Object.Zone = "z"
	}
	if rng.IntN(2) == 0 { // behind the clock, often by much
		f.Time = (now - eventtime.Instant(rng.IntN(25))).Time()
	}
	if rng.IntN(8) == 0 {
		base, _ := f.Base.Steps()
		f.Base = score.Steps(base/7 + 1)
	}
	f.Score = f.Base
	f.Attack.Tactics = [][]string{nil, {"TA0001"}, {"TA0001", "TA0002"}}[rng.IntN(3)]
	f.Attack.Techniques = [][]string{nil, {"T1001"}, {"T1001", "T1002"}, {"T1003"}}[rng.IntN(4)]
	if rng.IntN(4) == 0 {
		f.SID, f.RID = "sid", strconv.Itoa(i)
	}
	f.ID = [16]byte{byte(i), byte(i >> 8), 1}
	return f
}

func TestEngineAgreesWithTheTwin(t *testing.T) {
	rounds := 40
	if n, err := strconv.Atoi(os.Getenv("KITH_TWIN_ROUNDS")); err == nil {
		rounds = n
	}
	weights := newTwinWeights()
	for seed := range rounds {
		requireAgreement(t, uint64(seed), weights)
	}
}

func requireAgreement(t *testing.T, seed uint64, weights *twinWeights) {
	rng := rand.New(rand.NewPCG(seed, 1))
	lateness := eventtime.Instant(rng.IntN(30))
	tw := &twin{
		halves: map[*compiledRule]time.Duration{}, powers: map[*compiledRule]string{}, lateness: lateness,
		fired: map[twinKey][]twinFiring{}, memo: map[twinKey]map[eventtime.Instant]twinState{}, weights: weights,
	}
	tw.rules = awkwardRules(rng, tw)
	retention := time.Duration(0)
	for _, r := range tw.rules {
		retention = max(retention, r.window)
	}
	clock, seen := window.NewClock(time.Duration(lateness), retention), window.NewSeen()
	sh := newShard(tw.rules, time.Duration(lateness), retention, contributionLimit{all: true})
	sh.eager = seed%2 == 0
	now := eventtime.Instant(1_700_000_000 * 1_000_000_000)
	var batch []admitted
	var mine []int32
	var want, lines []string
	var notables []*Notable
	flush := func() {
		sh.addBatch(batch, mine)
		sortEmitted(sh.emitted)
		var got []string
		for _, e := range sh.emitted {
			line := e.notable.AppendJSON(nil)
			got = append(got, string(line))
			var again Notable
			require.NoError(t, again.UnmarshalJSON(line))
			require.Equal(t, string(line), string(again.AppendJSON(nil)))
			notables, lines = append(notables, e.notable), append(lines, string(line))
		}
		if !slices.Equal(want, got) {
			require.Fail(t, "the engine and the twin differ", "seed %d, after %d modifiers, rules:\n%s\nwant\n%s\ngot\n%s", seed, len(tw.facts), describeRules(tw), shortenNotables(want), shortenNotables(got))
		}
		batch, mine, want = batch[:0], mine[:0], nil
	}
	for i := range 90 {
		switch rng.IntN(12) {
		case 0:
			now += eventtime.Instant(rng.IntN(120))
		case 1, 2, 3:
			now += eventtime.Instant(rng.IntN(9))
		}
		f := awkwardFact(rng, i, now)
		before := clock.Now()
		slot, found := seen.Find(f.ID, clock.Stale())
		at := eventtime.Of(f.Time)
		if found || clock.IsLate(at) {
			continue
		}
		seen.Store(slot, f.ID, at)
		clock.Advance(at)
		batch = append(batch, admitted{Fact: &f, at: at, seq: uint64(i), clockBefore: before, clockAfter: clock.Now()})
		mine = append(mine, int32(len(batch)-1))
		want = append(want, tw.addFact(f, before, clock.Now())...)
		if rng.IntN(3) == 0 {
			flush()
		}
	}
	flush()
	for i, n := range notables {
		require.Equal(t, lines[i], string(n.AppendJSON(nil)), "a notable keeps its texts when the engine drops them")
	}
	live := 0
	for o := range sh.objects.each() {
		require.True(t, slices.IsSortedFunc(o.mods, func(a, b modifier) int { return int(a.at - b.at) }))
		live += len(o.mods)
	}
	require.Equal(t, live, sh.live, "seed %d", seed)
}

func describeRules(t *twin) string {
	var b strings.Builder
	for _, r := range t.rules {
		fmt.Fprintf(&b, "%s: window %v filter %d half-life %v power %q dedup %d cap %+v steps %d suppress %v refire %v when %+v\n",
			r.name, r.window, r.filter, t.halves[r], t.powers[r], r.dedup, r.cap, len(r.steps), r.suppress, r.refire, *r.when)
	}
	for _, f := range t.facts[max(0, len(t.facts)-30):] {
		fmt.Fprintf(&b, "%s %v %v %q mask %d\n", f.Time.String()[19:], f.Object, f.Score, f.Source, f.Filters)
	}
	return b.String()
}

// shortenNotables shortens notables to the members that tests fail on.
func shortenNotables(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		before, contributions, _ := strings.Cut(line, `,"contributions"`)
		b.WriteString(before[50:] + "\n" + contributions + "\n")
	}
	return b.String()
}
