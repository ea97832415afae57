//go:build amd64 && !purego

package jsonedit

// vectorKernel is what this build may use instead of siftWords, and whether this
// processor can run it.
var vectorKernel, hasVectorKernel = siftVectors, hasVectors
