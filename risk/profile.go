package risk

import (
	"math/big"
	"slices"
)

// Profile is a way to make one score of a window, for show and top. Incident
// rules have their own aggregate.
type Profile string

// The profiles. All work on calculated scores s₁ ≥ s₂ ≥ …, without decay, dedup
// and cap; what lowers the risk counts in full.
const (
	// ProfileSum is Σ sᵢ: what Splunk Enterprise Security shows.
	ProfileSum Profile = "sum"
	// ProfileElastic is Σ sᵢ / i^1.5, divided by 2.5924 (about ζ(1.5), so that
	// endless alerts of 100 come near 100): the entity risk score of Elastic
	// Security before criticality is applied.
	ProfileElastic Profile = "elastic"
	// ProfileGoogle is s₁ + 0.2 × (s₂ + s₃ + …): the largest counts in full,
	// what comes with it by a fifth, after the entity risk score of Google
	// Security Operations.
	ProfileGoogle Profile = "google"
	// ProfileMaxPerSource is the sum of the largest score of each source; a
	// modifier without a source stands for itself.
	ProfileMaxPerSource Profile = "max_per_source"
)

// Profiles returns all profiles.
func Profiles() []Profile {
	return []Profile{ProfileSum, ProfileElastic, ProfileGoogle, ProfileMaxPerSource}
}

// scores are the totals of a window by each profile.
func (s *shard) scores(p *profiler, rows []row) map[Profile]Score {
	sum, top := Score{}, Score{}
	best := map[uint32]Score{}
	perSource := Score{}
	positive := make([]Score, 0, len(rows))
	negative := Score{}
	for i := range rows {
		v := rows[i].value
		sum = sum.Add(v)
		if v.Sign() > 0 {
			positive = append(positive, v)
			if v.Cmp(top) > 0 {
				top = v
			}
		} else {
			negative = negative.Add(v)
		}
		source := rows[i].source
		if held, found := best[source]; source == 0 {
			perSource = perSource.Add(v)
		} else if !found || v.Cmp(held) > 0 {
			best[source] = v
		}
	}
	for _, v := range best {
		perSource = perSource.Add(v)
	}
	slices.SortFunc(positive, func(a, b Score) int { return b.Cmp(a) })
	ranked := negative
	for i, v := range positive {
		ranked = ranked.Add(p.series.rank(i + 1).of(v))
	}
	rest := new(big.Rat).SetFrac(sum.Sub(top).big(), big.NewInt(5))
	return map[Profile]Score{
		ProfileSum:          sum,
		ProfileElastic:      roundScore(new(big.Rat).Mul(ratOf(ranked, p.one), p.elastic)),
		ProfileGoogle:       roundScore(rest.Add(rest, ratOf(top, p.one))),
		ProfileMaxPerSource: perSource,
	}
}

// profiler holds the numbers of the profiles.
type profiler struct {
	series  *series
	elastic *big.Rat
	one     decimal
}

func newProfiler() *profiler {
	power := decimal{digits: "15", exp: -1}
	return &profiler{series: newSeries(power), elastic: big.NewRat(10_000, 25_924), one: decimal{digits: "1"}}
}

func roundScore(r *big.Rat) Score {
	s, _ := scoreOf(roundHalfEven(r)) // smaller than what it was made of
	return s
}
