package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseResultReturnsValueOfMetric(t *testing.T) {
	const line = "BenchmarkEnrich/format=cim-2   \t  10\t  503 ns/op\t  1990000 ev/cpu-s\t  0 allocs/op"
	for metric, want := range map[string]float64{"ns/op": 503, "ev/cpu-s": 1990000, "allocs/op": 0} {
		name, value, ok := parseResult(line, metric)
		assert.True(t, ok, metric)
		assert.Equal(t, "BenchmarkEnrich/format=cim-2", name)
		assert.InDelta(t, want, value, 0, metric)
	}
	for _, other := range []string{"", "PASS", "goos: linux", "BenchmarkEnrich"} {
		_, _, ok := parseResult(other, "ns/op")
		assert.False(t, ok, "%q", other)
	}
}

func TestRatioAboveOneIsSlower(t *testing.T) {
	assert.InDelta(t, 2, timeRatio("ns/op", 50, 100), 1e-9)
	assert.InDelta(t, 2, timeRatio("ev/cpu-s", 100, 50), 1e-9)
	assert.InDelta(t, 2, timeRatio("rows/s", 100, 50), 1e-9)
}

func TestIntervalContainsTheMedian(t *testing.T) {
	values := []float64{1.00, 1.01, 0.99, 1.02, 0.98, 1.00, 1.01, 0.99, 1.00, 1.30}
	low, high := bootstrapInterval(values)
	assert.LessOrEqual(t, low, median(values))
	assert.GreaterOrEqual(t, high, median(values))
	assert.Less(t, high, 1.03, "one outlier does not move the median")
}
