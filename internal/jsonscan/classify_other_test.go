//go:build !amd64 || purego

package jsonscan

import "testing"

// vectorKernels returns none in this build.
func vectorKernels() map[string]kernel { return nil }

// eachKernel runs a test with the only kernel of this build.
func eachKernel(t *testing.T, test func(t *testing.T)) { t.Run("words", test) }
