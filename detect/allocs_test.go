//go:build !race

package detect_test

import (
	"fmt"
	"hash/maphash"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/risk/score"
)

// The race detector allocates memory of its own.
func TestReadingModifiersDoesNotAllocate(t *testing.T) {
	d, err := detect.New(detect.Config{Factors: []detect.Factor{{Name: "vpn", Multiply: score.DecimalOf(2), When: []entity.Clause{{Field: "vpn", Op: "=", Value: entity.Literals{"true"}}}}}})
	require.NoError(t, err)
	r := d.NewReader(staffResolver{}, maphash.MakeSeed())
	var lines [][]byte
	for i := range 100 {
		lines = append(lines, []byte(fmt.Sprintf(`{"_time":%d,"risk_object":"jdoe","risk_score":%d,"source":"s\u0031","vpn":true,"annotations":{"mitre_attack":["T1110"]},"threat_object":["a","b"]}`, i, i)))
	}
	readings := make([]detect.Reading, len(lines))
	allocs := testing.AllocsPerRun(20, func() {
		r.Reset(now)
		r.ReadLines(lines, readings)
	})
	assert.LessOrEqual(t, allocs/float64(len(lines)), 0.02, "allocations a modifier")
	assert.Equal(t, "198", readings[99].Facts[0].Score.String())
}
