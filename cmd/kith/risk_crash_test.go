//go:build !long

package main

import (
	"testing"
	"time"
)

// crashBudget returns how often TestCrash tries to kill the process, and how
// long it may take.
func crashBudget(*testing.T) (int, time.Duration) { return 10, time.Minute }
