//go:build !amd64 || purego

package jsonscan

// filtersNoKeys reports whether the kernel lets all keys pass the filter.
const filtersNoKeys = true

// classify fills out from the whole blocks from event[from] on. Of the last block only
// the bytes with a bit in last count.
func classify(event []byte, from int, out []block, last uint64, c *carry, f *keyFilter) {
	classifyWords(event, from, out, last, c, f)
}

// mayReadPast reports whether classifyPast may be called, which this build does not have.
func mayReadPast([]byte, int) bool { return false }

func classifyPast([]byte, []block, uint64, *carry, *keyFilter) {}
