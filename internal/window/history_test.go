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
		{"an instant before a span and its end are outside", []Span{{10, 20}}, nil, []Moment{{At: 9}, {At: 20}, {At: 21}}, 0, Policy{}, nil},
		{"its start and the last instant before its end are inside", []Span{{10, 20}, {30, 40}}, nil, []Moment{{At: 10}, {At: 39}}, 0, Policy{}, []eventtime.Instant{10, 39}},
		{"a firing before the span does not count for it", []Span{{10, never}}, []Firing{{At: 9}}, []Moment{{At: 12}}, 0, Policy{}, []eventtime.Instant{12}},
		{"a later firing does not suppress an earlier span", []Span{{10, 20}, {30, never}}, []Firing{{At: 30}}, []Moment{{At: 15}}, 0, Policy{Suppress: time.Hour}, []eventtime.Instant{15}},
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

func TestBeforeFindsTheSpanOfTheLastInstantBefore(t *testing.T) {
	for _, c := range []struct {
		about string
		x     eventtime.Instant
		want  Span
		found bool
	}{
		{"before all spans", 10, Span{}, false},
		{"at the start of a span, the instant before is outside", 20, Span{}, false},
		{"just after the start of a span", 21, Span{20, 30}, true},
		{"at the end of a span, the instant before is inside", 30, Span{20, 30}, true},
		{"after the end of a span", 31, Span{}, false},
		{"where a span begins at the end of another", 40, Span{35, 40}, true},
		{"in an open span", 1000, Span{40, never}, true},
	} {
		h := History{Spans: []Span{{20, 30}, {35, 40}, {40, never}}}
		got, found := h.Before(c.x)
		assert.Equal(t, c.found, found, "Before(%d): %s", c.x, c.about)
		assert.Equal(t, c.want, got, "Before(%d): %s", c.x, c.about)
	}
}

func TestOpenAndCloseBoundSpans(t *testing.T) {
	var h History
	assert.True(t, h.IsEmpty())
	assert.False(t, h.IsOpen())
	h.Open(10)
	assert.True(t, h.IsOpen())
	h.Close(20)
	assert.False(t, h.IsOpen())
	assert.False(t, h.IsEmpty())
	h.Open(30)
	assert.Equal(t, []Span{{10, 20}, {30, never}}, h.Spans)
}

func TestPruneKeepsFiringsOfSpansThatGoOn(t *testing.T) {
	h := History{Spans: []Span{{10, 20}, {30, never}}, Fired: []Firing{{At: 10}, {At: 30}}}
	h.Prune(100, 0)
	assert.Equal(t, History{Spans: []Span{{30, never}}, Fired: []Firing{{At: 30}}}, h)
	h.Close(40)
	h.Prune(100, 80)
	assert.Equal(t, History{Spans: []Span{}, Fired: []Firing{{At: 30}}}, h, "a firing is needed while it suppresses others")
	h.Prune(111, 80)
	assert.True(t, h.IsEmpty())
}
