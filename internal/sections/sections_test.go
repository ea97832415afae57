package sections

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func sample(t testing.TB) []byte {
	t.Helper()
	var w Writer
	Put(&w, "bytes", []byte("hello"))
	Put(&w, "words", []uint32{1, 2, 1 << 31})
	Put(&w, "longs", []uint64{1 << 63})
	Put(&w, "none", []uint16(nil))
	var buf bytes.Buffer
	n, err := w.WriteTo(&buf)
	require.NoError(t, err)
	require.EqualValues(t, buf.Len(), n)
	return buf.Bytes()
}

func TestGetReturnsWhatWasPut(t *testing.T) {
	r, err := Open(sample(t))
	require.NoError(t, err)
	b, err := Get[uint8](r, "bytes")
	require.NoError(t, err)
	assert.Equal(t, "hello", string(b))
	words, err := Get[uint32](r, "words")
	require.NoError(t, err)
	assert.Equal(t, []uint32{1, 2, 1 << 31}, words)
	longs, err := Get[uint64](r, "longs")
	require.NoError(t, err)
	assert.Equal(t, []uint64{1 << 63}, longs)
	none, err := Get[uint16](r, "none")
	require.NoError(t, err)
	assert.Empty(t, none)
	_, err = Get[uint16](r, "absent")
	assert.ErrorIs(t, err, ErrFormat)
	_, err = Get[uint64](r, "bytes")
	assert.ErrorIs(t, err, ErrFormat, "Get[uint64] of five bytes")
}

// contents returns all sections, or the first error.
func contents(data []byte) (map[string]string, error) {
	r, err := Open(data)
	if err != nil {
		return nil, err
	}
	all := make(map[string]string)
	for name := range r.sections {
		b, err := Get[uint8](r, name)
		if err != nil {
			return nil, err
		}
		all[name] = string(b)
	}
	return all, nil
}

// TestDamageIsDetected flips bits and truncates the file. Only a change of padding may
// go undetected, and must not change a section.
func TestDamageIsDetected(t *testing.T) {
	good := sample(t)
	want, err := contents(good)
	require.NoError(t, err)
	detected := 0
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		got, err := contents(bad)
		if err == nil {
			require.Equal(t, want, got, "flip at byte %d went undetected", i)
			continue
		}
		detected++
	}
	assert.Greater(t, detected, 100)
	for n := range good {
		_, err := contents(good[:n])
		require.Error(t, err, "cut to %d bytes", n)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Open(data)
		if err != nil {
			return
		}
		for name := range r.sections {
			_, _ = Get[uint64](r, name)
		}
	})
}
