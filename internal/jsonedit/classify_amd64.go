//go:build amd64 && !purego

package jsonedit

import "golang.org/x/sys/cpu"

// classify classifies event, a multiple of 64 bytes, into out.
func classify(event []byte, out []block) {
	if cpu.X86.HasAVX2 {
		classifyVectors(event, out)
	} else {
		classifyWords(event, out)
	}
}

// classifyVectors is the kernel for processors with AVX2.
func classifyVectors(event []byte, out []block) {
	if len(out) > 0 {
		_ = event[len(out)*blockSize-1]
		classifyAVX2(&event[0], &out[0], len(out))
	}
}

// classifyAVX2 classifies n blocks of 64 bytes.
//
//go:noescape
func classifyAVX2(event *byte, out *block, n int)
