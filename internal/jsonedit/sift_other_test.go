//go:build !amd64 || purego

package jsonedit

// This build has no vector kernel.
const hasVectorKernel = false

var vectorKernel func(event []byte, from int, out []block, last uint64, st *sifting, v *sieve)
