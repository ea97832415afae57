package yamlfile

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseDuration is time.ParseDuration that knows days, which have 24 hours
// here, as "7d" or "1d12h". Negative durations are errors.
func ParseDuration(s string) (time.Duration, error) {
	days, rest, found := strings.Cut(s, "d")
	if !found {
		days, rest = "", s
	}
	var length time.Duration
	if found {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("bad duration %q", s)
		}
		length = time.Duration(n) * 24 * time.Hour
	}
	if rest != "" {
		part, err := time.ParseDuration(rest)
		if err != nil || part < 0 || strings.ContainsAny(rest[:1], "+-") {
			return 0, fmt.Errorf("bad duration %q", s)
		}
		length += part
	}
	if s == "" || length < 0 {
		return 0, fmt.Errorf("bad duration %q", s)
	}
	return length, nil
}
