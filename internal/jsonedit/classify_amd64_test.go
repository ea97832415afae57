//go:build amd64 && !purego

package jsonedit

import "golang.org/x/sys/cpu"

// vectorKernel is what this build may use instead of classifyWords, and
// whether this processor can run it.
var vectorKernel, hasVectorKernel = classifyVectors, cpu.X86.HasAVX2
