//go:build !amd64 || purego

package jsonedit

// vectorKernels is empty in this build.
func vectorKernels() map[string]kernel { return nil }
