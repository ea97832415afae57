//go:build !linux && !darwin

package bench

import "time"

// cpuTime returns 0: this system does not report it, and metrics that need it are omitted.
func cpuTime() time.Duration { return 0 }
