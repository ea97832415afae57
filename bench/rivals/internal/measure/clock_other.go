//go:build !linux && !darwin

package measure

import "time"

// processTime returns wall-clock time, because this system does not report processor time.
// Other processes on the machine affect it.
func processTime() time.Duration { return time.Since(startTime) }

var startTime = time.Now()
