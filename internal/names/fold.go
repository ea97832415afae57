package names

import (
	"unicode/utf8"
	"unsafe"

	"github.com/kithsec/kith/internal/fold"
)

// window is the size of the buffer on the stack in which names that are not ASCII are
// folded while they are hashed.
const window = 256

// hashFolded returns the hash and the length of the folded name. It folds the name rune by
// rune, and never buffers more than window bytes of it.
func (k *hashKeys) hashFolded(zone uint32, name string) (h uint64, length int) {
	var space [window]byte
	buf := space[:0]
	s := k.begin(zone)
	total := 0 // bytes that have left the window
	for name != "" {
		if len(buf) > window-utf8.UTFMax {
			// A block is hashed if more than 16 bytes follow it. The loop keeps 16 more
			// bytes, because the last 16 bytes of the name may begin in the last block
			// hashed.
			used := 0
			for len(buf)-used > 32 {
				s = k.addBlock(s, load64(unsafe.Pointer(&buf[used]), 0), load64(unsafe.Pointer(&buf[used]), 8))
				used += 16
			}
			total += used
			buf = append(space[:0], buf[used:]...)
		}
		var n int
		buf, n = fold.AppendLowerRune(buf, name)
		name = name[n:]
	}
	p, n := unsafe.Pointer(unsafe.SliceData(buf)), len(buf)
	for q, left := p, n; left > 16; left -= 16 {
		s = k.addBlock(s, load64(q, 0), load64(q, 8))
		q = unsafe.Add(q, 16)
	}
	a, b := lastWords(p, n)
	return k.finish(s, a, b, total+n), total + n
}

// equalFold reports whether stored equals the folded name.
func equalFold(stored, name string) bool {
	var space [utf8.UTFMax]byte
	for name != "" {
		r, n := fold.AppendLowerRune(space[:0], name)
		name = name[n:]
		if len(r) > len(stored) || stored[:len(r)] != string(r) {
			return false
		}
		stored = stored[len(r):]
	}
	return len(stored) == 0
}
