//go:build !amd64 || purego

package jsonscan

// filtersNoKeys reports whether the kernel lets all keys pass the filter.
const filtersNoKeys = true

// classify fills out from the whole blocks from event[from] on. Bytes of the last block
// without a bit in last are ignored.
func classify(event []byte, from int, out []block, last uint64, c *carry, f *keyFilter) {
	classifyWords(event, from, out, last, c, f)
}

// mayReadPast returns false, because this build cannot read beyond the end of an event.
func mayReadPast([]byte, int) bool { return false }

func classifyPast([]byte, []block, uint64, *carry, *keyFilter) {}

// findDots fills out with the masks of the dots of the blocks of event.
func findDots(event []byte, out []uint64) { findDotsInWords(event, out) }
