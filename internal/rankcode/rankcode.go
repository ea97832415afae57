// Package rankcode compresses a list of numbers, most of which are sequential: one more
// than the previous sequential number. The owners of addresses in address order are such a
// list, if owners are numbered by their first addresses: in 3 4 5 3 6 4 7, the second 3 and
// 4 are exceptions. A sequential number takes one bit, and the rank of that bit gives its
// value; exceptions are stored as they are. A list of two million numbers takes half a
// megabyte plus its exceptions, so that reading it rarely leaves the processor's nearer
// caches.
package rankcode

import "math/bits"

// List is an immutable list. The zero List is empty. It is safe for concurrent use.
type List struct {
	n          int
	base       uint32   // the first sequential number
	words      []uint64 // for each 64 numbers: a bit for each sequential one, then the count of those before
	exceptions []uint32
}

// New returns the list of the numbers, which it copies.
func New(numbers []uint32) List {
	l := List{n: len(numbers), words: make([]uint64, (len(numbers)+63)/64*2)}
	if len(numbers) > 0 {
		l.base = numbers[0]
	}
	sequential := uint32(0)
	for i, number := range numbers {
		if i%64 == 0 {
			l.words[i/64*2+1] = uint64(sequential)
		}
		if uint64(number) == uint64(l.base)+uint64(sequential) {
			l.words[i/64*2] |= 1 << (i % 64)
			sequential++
		} else {
			l.exceptions = append(l.exceptions, number)
		}
	}
	return l
}

// Len returns the number of elements.
func (l *List) Len() int { return l.n }

// Size returns the number of bytes that the list occupies.
func (l *List) Size() int { return 8*len(l.words) + 4*cap(l.exceptions) }

// At returns element i, which must be less than Len.
func (l *List) At(i uint32) uint32 {
	at := i >> 6 << 1
	word := l.words[at]
	rank := uint32(l.words[at+1]) + uint32(bits.OnesCount64(word&(1<<(i&63)-1)))
	if word>>(i&63)&1 != 0 {
		return l.base + rank
	}
	return l.exceptions[i-rank]
}
