//go:build !amd64 || purego

package jsonedit

// classify classifies event, a multiple of 64 bytes, into out.
func classify(event []byte, out []block) { classifyWords(event, out) }
