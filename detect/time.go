package detect

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/problem"
)

var errFuture = errors.New("time is too far in the future")

// readTime returns the time of an event. An event without a time, or with one after
// latest, is an error.
func readTime(events *event.Reader, latest time.Time) (time.Time, error) {
	at, ok := events.Time()
	switch {
	case !ok:
		return at, noTimeError(events)
	case at.After(latest):
		return at, errFuture
	}
	return at, nil
}

// noTimeError returns the error for an event without a readable time: where it was looked
// for, and what is there instead.
func noTimeError(events *event.Reader) error {
	fields, path, v := events.TimeFields()
	list := strings.Join(fields, ", ")
	if path == "" {
		return fmt.Errorf("no readable time: no value at %s (risk.time can list other paths)", list)
	}
	text := "an " + v.Kind.String() // array or object
	if v.Kind.IsScalar() {
		text = problem.Quote(string(v.AppendText(nil)))
	}
	return fmt.Errorf("no readable time: %s is %s (tried %s)", path, text, list)
}

// addTimes adds the paths of the time of an event.
func (c *compiler) addTimes(paths []string) {
	for i, path := range paths {
		at := Path{}.Key("time").At(i)
		err := errMissing
		if path != "" {
			err = event.CheckTime(path)
		}
		c.reportError(at, err)
		if err == nil {
			c.builder.Time(path)
		}
	}
	c.builder.Time("orig_time", "_time")
	if err := c.builder.PresetTimes(); err != nil {
		c.errs = append(c.errs, err)
	}
}
