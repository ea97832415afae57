//go:build amd64 && !purego

package jsonscan

import "testing"

// vectorKernels are those that this processor can run.
func vectorKernels() map[string]kernel {
	all := map[string]kernel{}
	if hasAVX2 {
		all["avx2"] = kernel{siftVectors, passesHalves, false}
	}
	if hasAVX512 {
		all["avx512"] = kernel{siftWide, passesWhole, true}
	}
	return all
}

// siftWide sifts an event by AVX-512.
func siftWide(event []byte, _ int, out []block, last uint64, st *sifting, v *sieve) {
	siftAVX512(&event[0], &out[0], len(out), last, st, v)
}

// eachKernel runs a test with every kernel that this processor can run.
func eachKernel(t *testing.T, test func(t *testing.T)) {
	avx2, avx512, all := hasAVX2, hasAVX512, allPass
	defer func() { hasAVX2, hasAVX512, allPass = avx2, avx512, all }()
	if hasAVX512 {
		t.Run("avx512", test)
	}
	if hasAVX512 = false; hasAVX2 {
		t.Run("avx2", test)
	}
	hasAVX2, allPass = false, true
	t.Run("words", test)
}
