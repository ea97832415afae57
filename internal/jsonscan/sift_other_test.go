//go:build !amd64 || purego

package jsonscan

import "testing"

// vectorKernels is empty in this build.
func vectorKernels() map[string]kernel { return nil }

// eachKernel runs a test with the only kernel there is.
func eachKernel(t *testing.T, test func(t *testing.T)) { t.Run("words", test) }
