package rankcode

import (
	"fmt"
	"math/bits"

	"github.com/kithsec/kith/internal/sections"
)

// Put adds the sections of the list to w. Their names begin with name.
func (l *List) Put(w *sections.Writer, name string) {
	sections.Put(w, name+"/shape", []uint64{uint64(l.n), uint64(l.base)})
	sections.Put(w, name+"/words", l.words)
	sections.Put(w, name+"/rest", l.exceptions)
}

// Open returns the list whose sections Put wrote. It returns an error that wraps
// sections.ErrFormat if At could panic or return a number that is not below limit.
func Open(r *sections.Reader, name string, limit int) (List, error) {
	shape, err := sections.Get[uint64](r, name+"/shape")
	if err != nil {
		return List{}, err
	}
	var l List
	if l.words, err = sections.Get[uint64](r, name+"/words"); err != nil {
		return List{}, err
	}
	if l.exceptions, err = sections.Get[uint32](r, name+"/rest"); err != nil {
		return List{}, err
	}
	if len(shape) != 2 || shape[0] > 1<<32 || shape[1] > 1<<32-1 {
		return List{}, fmt.Errorf("%w: shape of %q", sections.ErrFormat, name)
	}
	l.n, l.base = int(shape[0]), uint32(shape[1])
	if err := l.validate(limit); err != nil {
		return List{}, fmt.Errorf("%w: %q: %w", sections.ErrFormat, name, err)
	}
	return l, nil
}

// validate checks the invariants on which At relies, and that all numbers are below
// limit.
func (l *List) validate(limit int) error {
	if len(l.words) != (l.n+63)/64*2 {
		return fmt.Errorf("%d words for %d numbers", len(l.words), l.n)
	}
	sequential := uint64(0)
	for i := 0; i < len(l.words); i += 2 {
		if l.words[i+1] != sequential {
			return fmt.Errorf("%d sequential numbers before number %d, not %d", l.words[i+1], i/2*64, sequential)
		}
		sequential += uint64(bits.OnesCount64(l.words[i]))
	}
	if last := l.n % 64; last != 0 && l.words[len(l.words)-2]>>last != 0 {
		return fmt.Errorf("sequential numbers after the last of %d", l.n)
	}
	if uint64(len(l.exceptions)) != uint64(l.n)-sequential || uint64(l.base)+sequential > uint64(limit) && sequential > 0 {
		return fmt.Errorf("%d sequential numbers from %d and %d exceptions are not %d numbers below %d", sequential, l.base, len(l.exceptions), l.n, limit)
	}
	for _, number := range l.exceptions {
		if int(number) >= limit {
			return fmt.Errorf("number %d is not below %d", number, limit)
		}
	}
	return nil
}
