//go:build !long

package main

import (
	"testing"
	"time"
)

// crashes is how often TestCrash kills, and how long it may take.
func crashes(*testing.T) (int, time.Duration) { return 10, time.Minute }
