package gen

import (
	"math/bits"
	"math/rand/v2"
	"time"
)

// dice is a PCG generator with the few draws that this package needs. Unlike
// rand.Rand it is a value without an interface inside: rows are thrown a few
// hundred million times in a scale run.
type dice struct{ pcg rand.PCG }

// Streams keep the draws about one thing apart from those about another.
const (
	streamHost = iota + 1
	streamPerson
	streamAssetRow
	streamIdentityRow
	streamEvent
	streamModifier
	streamSubnet
)

// newDice returns dice for thing i of a stream.
func newDice(seed uint64, stream int, i uint64) dice {
	var d dice
	d.pcg.Seed(seed^splitmix64(uint64(stream)), splitmix64(i))
	return d
}

// splitmix64 is the finaliser of splitmix64: neighbours come out unrelated.
func splitmix64(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// intN returns a number in [0, k).
func (d *dice) intN(k int) int {
	hi, _ := bits.Mul64(d.pcg.Uint64(), uint64(k))
	return int(hi)
}

// upTo returns a duration in [0, limit).
func (d *dice) upTo(limit time.Duration) time.Duration {
	hi, _ := bits.Mul64(d.pcg.Uint64(), uint64(limit))
	return time.Duration(hi)
}

// perMille reports true k times in a thousand.
func (d *dice) perMille(k int) bool { return d.intN(1000) < k }

// chance reports true with probability p.
func (d *dice) chance(p float64) bool { return float64(d.pcg.Uint64()>>11)/(1<<53) < p }

// skewedN returns a number in [0, k), small ones far more often: the product of
// two uniform draws.
func (d *dice) skewedN(k int) int { return d.intN(d.intN(k) + 1) }

// pickWord returns one of the words.
func (d *dice) pickWord(words []string) string { return words[d.intN(len(words))] }

// zipfN returns a number in [0, n) by Zipf's law with exponent 1: the k-th most
// frequent comes up 1/k as often as the first, by octaves. Integers only, so
// that every machine draws the same.
func (d *dice) zipfN(n int) int {
	low := 1 << d.intN(bits.Len(uint(n)))
	return low + d.intN(min(low, n-low+1)) - 1
}

// scatterRank maps the ranks [0, n) to [0, n), one to one, so that what is drawn
// often does not lie together.
func scatterRank(rank, n int) int { return int(uint64(rank) * 2147483647 % uint64(n)) }

// Zipf returns a number in [0, n), a few very often and most hardly ever (Zipf's
// law, exponent 1); the frequent ones are scattered over the whole range. n is
// at least 1.
func Zipf(r *rand.Rand, n int) int {
	low := 1 << r.IntN(bits.Len(uint(n)))
	return scatterRank(low+r.IntN(min(low, n-low+1))-1, n)
}
