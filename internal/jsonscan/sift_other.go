//go:build !amd64 || purego

package jsonscan

// allPass reports whether the kernel lets all keys pass the sieve.
const allPass = true

// sift fills out from the whole blocks from event[from] on, the last of which
// counts only where last has a bit.
func sift(event []byte, from int, out []block, last uint64, st *sifting, v *sieve) {
	siftWords(event, from, out, last, st, v)
}

// mayReadOn reports whether siftOn may be called: here it may not.
func mayReadOn([]byte, int) bool { return false }

func siftOn([]byte, []block, uint64, *sifting, *sieve) {}
