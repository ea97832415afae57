package readahead_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/readahead"
)

// source closes a channel when it is closed.
type source struct {
	io.Reader
	closed chan struct{}
}

func (s source) Close() error {
	close(s.closed)
	return nil
}

func newSource(r io.Reader) source { return source{r, make(chan struct{})} }

func TestReaderReturnsTheWholeStream(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 1000, 256 << 10, 3<<20 + 17} {
		text := make([]byte, size)
		for i := range text {
			text[i] = byte(rnd.Uint32())
		}
		for name, src := range map[string]io.Reader{
			"whole":      bytes.NewReader(text),
			"halves":     iotest.HalfReader(bytes.NewReader(text)),
			"with error": iotest.DataErrReader(bytes.NewReader(text)),
		} {
			s := newSource(src)
			got, err := io.ReadAll(readahead.NewReader(s))
			require.NoError(t, err, name)
			require.True(t, bytes.Equal(text, got), "%s of %d bytes", name, size)
			<-s.closed
		}
	}
}

func TestReaderReturnsTheErrorOfTheStream(t *testing.T) {
	failed := errors.New("disk on fire")
	s := newSource(io.MultiReader(bytes.NewReader([]byte("some of it")), iotest.ErrReader(failed)))
	r := readahead.NewReader(s)
	got, err := io.ReadAll(r)
	assert.Equal(t, "some of it", string(got))
	assert.Equal(t, failed, err)
	_, err = r.Read(make([]byte, 1))
	assert.Equal(t, failed, err, "Read must return the error again")
	<-s.closed
}

// TestStopDoesNotWaitForTheSource stops while a Read of the source blocks.
func TestStopDoesNotWaitForTheSource(t *testing.T) {
	out, in := io.Pipe()
	s := newSource(out)
	r := readahead.NewReader(s)
	r.Stop()
	_ = in.Close()
	<-s.closed
}

// TestStopEndsAFullQueue stops while all blocks are full and none has been read.
func TestStopEndsAFullQueue(t *testing.T) {
	s := newSource(iotest.HalfReader(neverEnding{}))
	r := readahead.NewReader(s)
	_, err := io.ReadFull(r, make([]byte, 1<<20))
	require.NoError(t, err)
	r.Stop()
	<-s.closed
}

type neverEnding struct{}

func (neverEnding) Read(p []byte) (int, error) { return len(p), nil }
