//go:build linux || darwin

package measure

import (
	"time"

	"golang.org/x/sys/unix"
)

// processTime returns the processor time that this process has used.
func processTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		return time.Since(startTime)
	}
	return time.Duration(t.Nano())
}

var startTime = time.Now()
