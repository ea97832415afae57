//go:build amd64 && !purego

package jsonscan

import "testing"

// vectorKernels returns the vector kernels that this processor can run.
func vectorKernels() map[string]kernel {
	if !hasAVX2 {
		return nil
	}
	return map[string]kernel{"avx2": {classifyVectors, true}}
}

// eachKernel runs a test with every kernel that this processor can run.
func eachKernel(t *testing.T, test func(t *testing.T)) {
	avx2, none := hasAVX2, filtersNoKeys
	defer func() { hasAVX2, filtersNoKeys = avx2, none }()
	if hasAVX2 {
		t.Run("avx2", test)
	}
	hasAVX2, filtersNoKeys = false, true
	t.Run("words", test)
}
