package term

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestNilProgressShowsNothing(t *testing.T) {
	p := NewProgress(new(bytes.Buffer), false)
	assert.Nil(t, p, "not a terminal")
	p.Begin("reading", "rows", 10)
	p.Add(1, 1)
	p.End()
}

func TestProgressLineIsEscapedAndCleared(t *testing.T) {
	for _, size := range []int64{1000, 0} {
		var b bytes.Buffer
		p := &Progress{w: &b}
		p.Add(1, 1) // before any phase
		p.Begin("reading \x1b]0;hosts.csv", "rows", size)
		p.began = p.began.Add(-time.Second)
		p.Add(5000, 400)
		p.shown = time.Time{}
		p.Add(7300, 900) // more than the size
		p.Begin("merging", "rows", 0)
		p.End()
		p.End()
		line := b.String()
		assert.Contains(t, line, `reading \x1b]0;hosts.csv  12.3k rows, `, "size %d", size)
		assert.Contains(t, line, "k/s", "size %d", size)
		assert.NotContains(t, line, "\x1b]", "size %d", size)
		assert.Regexp(t, `\r\s*\r?$`, line, "size %d: the line is cleared at the end", size)
	}
}

func TestProgressCountsConcurrently(t *testing.T) {
	p := &Progress{w: new(bytes.Buffer)}
	p.Begin("enriching", "events", 0)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 1000 {
				p.Add(1, 10)
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, 4000, p.rows)
}

func TestFormatCount(t *testing.T) {
	for n, want := range map[float64]string{
		0: "0", 999: "999", 999.6: "1k", 1000: "1k", 12345: "12.3k", 999_499: "999k", 999_500: "1M", 4_560_000: "4.56M", 2e9: "2G",
	} {
		assert.Equal(t, want, formatCount(n), "formatCount(%v)", n)
	}
}

func TestMutedMessagesAreDropped(t *testing.T) {
	var b bytes.Buffer
	m := NewMessages(&b, nil)
	m.Printf("a %s", "\x1b[31m")
	m.Mute()
	m.Printf("b")
	assert.Equal(t, "kith: a \\x1b[31m\n", b.String())
}
