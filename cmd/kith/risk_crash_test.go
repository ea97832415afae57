//go:build !long

package main

import (
	"testing"
	"time"
)

// crashes returns how many kills TestCrash aims at, and how long it may take.
func crashes(*testing.T) (int, time.Duration) { return 10, time.Minute }
