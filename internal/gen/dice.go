package gen

import (
	"math/bits"
	"math/rand/v2"
	"time"
)

// dice is a PCG random number generator with the distributions that this package needs.
// Unlike rand.Rand it does not call its source through an interface: a scale run draws a
// few hundred million rows.
type dice struct{ pcg rand.PCG }

// Streams make the random numbers for one purpose independent of those for another.
const (
	streamHost = iota + 1
	streamPerson
	streamAssetRow
	streamIdentityRow
	streamEvent
	streamModifier
	streamSubnet
)

// newDice returns the generator for object i of a stream.
func newDice(seed uint64, stream int, i uint64) dice {
	var d dice
	d.pcg.Seed(seed^splitmix64(uint64(stream)), splitmix64(i))
	return d
}

// splitmix64 returns the output of the SplitMix64 generator for state x. Neighbouring
// states give unrelated outputs.
func splitmix64(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// intN returns a uniform number in [0, k).
func (d *dice) intN(k int) int {
	hi, _ := bits.Mul64(d.pcg.Uint64(), uint64(k))
	return int(hi)
}

// upTo returns a uniform duration in [0, limit).
func (d *dice) upTo(limit time.Duration) time.Duration {
	hi, _ := bits.Mul64(d.pcg.Uint64(), uint64(limit))
	return time.Duration(hi)
}

// perMille returns true with probability k/1000.
func (d *dice) perMille(k int) bool { return d.intN(1000) < k }

// chance returns true with probability p.
func (d *dice) chance(p float64) bool { return float64(d.pcg.Uint64()>>11)/(1<<53) < p }

// skewedN returns a number in [0, k). Small numbers are more likely: each number is drawn
// uniformly below a limit that is itself uniform.
func (d *dice) skewedN(k int) int { return d.intN(d.intN(k) + 1) }

// pickWord returns one of the words, each with the same probability.
func (d *dice) pickWord(words []string) string { return words[d.intN(len(words))] }

// zipfN returns a number in [0, n) that follows Zipf's law with exponent 1, rounded to
// octaves: number k is about 1/(k+1) as frequent as number 0. It uses only integers, so
// that all machines draw the same numbers.
func (d *dice) zipfN(n int) int {
	low := 1 << d.intN(bits.Len(uint(n)))
	return low + d.intN(min(low, n-low+1)) - 1
}

// scatterRank permutes [0, n), so that frequently drawn numbers are not neighbours.
func scatterRank(rank, n int) int { return int(uint64(rank) * 2147483647 % uint64(n)) }

// Zipf returns a number in [0, n) that follows Zipf's law with exponent 1: a few numbers
// are very frequent, and most are rare. The frequent ones are scattered over the whole
// range. n must be at least 1.
func Zipf(r *rand.Rand, n int) int {
	low := 1 << r.IntN(bits.Len(uint(n)))
	return scatterRank(low+r.IntN(min(low, n-low+1))-1, n)
}
