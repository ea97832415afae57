package window

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/internal/eventtime"
)

const never = eventtime.Never

func TestCutKeepsWhatReachesTheInstant(t *testing.T) {
	for _, c := range []struct {
		about string
		spans []Span
		x     eventtime.Instant
		cut   []Span
		again []Span // of Reopen
	}{
		{"an earlier span stays closed", []Span{{1, 3}}, 5, []Span{{1, 3}}, []Span{{1, 3}}},
		{"a span that ends at x is open again", []Span{{1, 5}}, 5, []Span{{1, never}}, []Span{{1, never}}},
		{"a span around x is open", []Span{{1, 9}}, 5, []Span{{1, never}}, []Span{{1, never}}},
		{"a later span is gone", []Span{{1, 3}, {7, 9}}, 5, []Span{{1, 3}}, []Span{{1, 3}}},
		{"a span that begins at x is open after Cut and gone after Reopen", []Span{{1, 3}, {5, 9}}, 5, []Span{{1, 3}, {5, never}}, []Span{{1, 3}}},
	} {
		h := History{Spans: append([]Span(nil), c.spans...)}
		h.Cut(c.x)
		assert.Equal(t, c.cut, h.Spans, "Cut(%d) of %v: %s", c.x, c.spans, c.about)
		h = History{Spans: append([]Span(nil), c.spans...)}
		h.Reopen(c.x)
		assert.Equal(t, c.again, h.Spans, "Reopen(%d) of %v: %s", c.x, c.spans, c.about)
	}
}

func TestFireOncePerSpanUnlessSuppressedOrHigher(t *testing.T) {
	for _, c := range []struct {
		about   string
		spans   []Span
		fired   []Firing
		moments []Moment
		settled eventtime.Instant
		policy  Policy
		want    []eventtime.Instant
	}{
		{"at the first moment of a span", []Span{{10, never}}, nil, []Moment{{At: 10}, {At: 12}}, 0, Policy{}, []eventtime.Instant{10}},
		{"once in each span", []Span{{10, 20}, {30, never}}, nil, []Moment{{At: 12}, {At: 15}, {At: 31}, {At: 40}}, 0, Policy{}, []eventtime.Instant{12, 31}},
		{"not outside of spans", []Span{{10, 20}}, nil, []Moment{{At: 9}, {At: 20}}, 0, Policy{}, nil},
		{"not in a span that has fired", []Span{{10, never}}, []Firing{{At: 10}}, []Moment{{At: 12}}, 0, Policy{}, nil},
		{"not while suppressed, but as soon as it ends", []Span{{10, 20}, {30, never}}, []Firing{{At: 10}}, []Moment{{At: 30}, {At: 39}, {At: 40}}, 0, Policy{Suppress: 30 * time.Nanosecond}, []eventtime.Instant{40}},
		{"again at a higher level, suppressed or not", []Span{{10, never}}, []Firing{{At: 10, Level: 2}}, []Moment{{At: 11, Level: 2}, {At: 12, Level: 3}, {At: 13, Level: 3}}, 0, Policy{Suppress: time.Hour, Refire: true}, []eventtime.Instant{12}},
		{"not at a higher level without refire", []Span{{10, never}}, []Firing{{At: 10, Level: 2}}, []Moment{{At: 12, Level: 3}}, 0, Policy{}, nil},
		{"not before what is settled", []Span{{10, never}}, nil, []Moment{{At: 10}, {At: 12}}, 11, Policy{}, []eventtime.Instant{12}},
	} {
		h := History{Spans: c.spans, Fired: c.fired}
		var got []eventtime.Instant
		h.Fire(c.moments, c.settled, c.policy, func(m *Moment) { got = append(got, m.At) })
		assert.Equal(t, c.want, got, c.about)
		assert.Len(t, h.Fired, len(c.fired)+len(c.want), "%s: firings are recorded", c.about)
	}
}

func TestForgetKeepsFiringsOfSpansThatGoOn(t *testing.T) {
	h := History{Spans: []Span{{10, 20}, {30, never}}, Fired: []Firing{{At: 10}, {At: 30}}}
	h.Forget(100, 0)
	assert.Equal(t, History{Spans: []Span{{30, never}}, Fired: []Firing{{At: 30}}}, h)
	h.Close(40)
	h.Forget(100, 80)
	assert.Equal(t, History{Spans: []Span{}, Fired: []Firing{{At: 30}}}, h, "a firing is needed while it suppresses others")
	h.Forget(111, 80)
	assert.True(t, h.IsEmpty())
}
