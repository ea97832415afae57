package risk

import (
	"math/big"
	"slices"

	"github.com/kithsec/kith/risk/score"
)

// Profile selects how a report computes the total score of a window. Incident rules do not
// use profiles.
type Profile string

// The profiles. They use the calculated scores s₁ ≥ s₂ ≥ …, without decay, dedup and cap.
// Negative scores count in full.
const (
	// ProfileSum is Σ sᵢ, as Splunk Enterprise Security shows it.
	ProfileSum Profile = "sum"
	// ProfileElastic is Σ sᵢ / i^1.5, divided by 2.5924 (about ζ(1.5), so that any
	// number of alerts of 100 stays below about 100): the entity risk score of Elastic
	// Security before criticality is applied.
	ProfileElastic Profile = "elastic"
	// ProfileGoogle is s₁ + 0.2 × (s₂ + s₃ + …): the largest counts in full and the
	// others at a fifth, after the entity risk score of Google Security Operations.
	ProfileGoogle Profile = "google"
	// ProfileMaxPerSource is the sum of the largest score of each source. A modifier
	// without a source counts as a source of its own.
	ProfileMaxPerSource Profile = "max_per_source"
)

// Profiles returns all profiles.
func Profiles() []Profile {
	return []Profile{ProfileSum, ProfileElastic, ProfileGoogle, ProfileMaxPerSource}
}

// scoresOf returns the total of a window by each profile.
func (p *profiler) scoresOf(entries []windowEntry) map[Profile]score.Score {
	sum, top := score.Score{}, score.Score{}
	best := map[uint32]score.Score{}
	perSource := score.Score{}
	positive := make([]score.Score, 0, len(entries))
	negative := score.Score{}
	for i := range entries {
		v := entries[i].value
		sum = sum.Add(v)
		if v.Sign() > 0 {
			positive = append(positive, v)
			if v.Cmp(top) > 0 {
				top = v
			}
		} else {
			negative = negative.Add(v)
		}
		source := entries[i].source
		if held, found := best[source]; source == 0 {
			perSource = perSource.Add(v)
		} else if !found || v.Cmp(held) > 0 {
			best[source] = v
		}
	}
	for _, v := range best {
		perSource = perSource.Add(v)
	}
	slices.SortFunc(positive, func(a, b score.Score) int { return b.Cmp(a) })
	ranked := negative
	for i, v := range positive {
		ranked = ranked.Add(p.series.Rank(i + 1).Scale(v))
	}
	rest := new(big.Rat).Mul(sum.Sub(top).Rat(), big.NewRat(1, 5))
	return map[Profile]score.Score{
		ProfileSum:          sum,
		ProfileElastic:      roundScore(new(big.Rat).Mul(ranked.Rat(), p.elastic)),
		ProfileGoogle:       roundScore(rest.Add(rest, top.Rat())),
		ProfileMaxPerSource: perSource,
	}
}

// profiler computes the profiles.
type profiler struct {
	series  *score.Series
	elastic *big.Rat
}

func newProfiler() *profiler {
	power, _ := score.ParseDecimal("1.5")
	return &profiler{series: score.NewSeries(power), elastic: big.NewRat(10_000, 25_924)}
}

func roundScore(r *big.Rat) score.Score {
	s, _ := score.Round(r) // in range: smaller than the sum it was computed from
	return s
}
