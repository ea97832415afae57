// Package rankcode keeps a list of numbers most of which are one more than all
// before them, as the owners of addresses in address order are when owners are
// numbered by their first addresses: 3 4 5 3 6 4 7, where the second 3 and 4 are
// exceptions. A number that continues the count takes a bit; the others are kept
// as they are. A list of two million takes half a megabyte beside its
// exceptions, and reading it seldom leaves the processor's nearer caches.
package rankcode

import "math/bits"

// List is an immutable list. The zero List is empty. It is safe for concurrent
// use.
type List struct {
	n     int
	base  uint32   // the number that the first step stands for
	words []uint64 // for each 64 numbers a bit for every step, then how many steps come before them
	exceptions  []uint32 // the others
}

// New returns the list of the numbers. They are not kept.
func New(numbers []uint32) List {
	l := List{n: len(numbers), words: make([]uint64, (len(numbers)+63)/64*2)}
	if len(numbers) > 0 {
		l.base = numbers[0]
	}
	steps := uint32(0)
	for i, number := range numbers {
		if i%64 == 0 {
			l.words[i/64*2+1] = uint64(steps)
		}
		if uint64(number) == uint64(l.base)+uint64(steps) {
			l.words[i/64*2] |= 1 << (i % 64)
			steps++
		} else {
			l.exceptions = append(l.exceptions, number)
		}
	}
	return l
}

// Len returns how many numbers there are.
func (l *List) Len() int { return l.n }

// Size returns the bytes of memory held.
func (l *List) Size() int { return 8*len(l.words) + 4*cap(l.exceptions) }

// At returns the number at i, which is below Len.
func (l *List) At(i uint32) uint32 {
	at := i >> 6 << 1
	word := l.words[at]
	steps := uint32(l.words[at+1]) + uint32(bits.OnesCount64(word&(1<<(i&63)-1)))
	if word>>(i&63)&1 != 0 {
		return l.base + steps
	}
	return l.exceptions[i-steps]
}
