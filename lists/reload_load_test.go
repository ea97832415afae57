package lists

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/gen"
)

// TestReloadUnderLoadLosesNoEvents reloads 50 times while events pass. Each
// version of the lists has its number in a field of every entity. No event may be lost,
// repeated, reordered, or have fields of two versions.
func TestReloadUnderLoadLosesNoEvents(t *testing.T) {
	const reloads = 50
	least := eventsUnderLoad
	if testing.Short() { // the race detector is twenty times slower
		least /= 10
	}
	world := gen.World{Seed: 7, Hosts: 2000, People: 500}
	r := startReloading(t, map[string]string{
		"kith.yaml":  versionConfig(0),
		"hosts.csv":  listText(t, gen.AssetList{World: world}),
		"people.csv": listText(t, gen.IdentityList{World: world}),
	})
	first := r.inUse.Snapshot
	var err error
	r.enricher, err = enrich.New(first, enrich.Options{Fields: []string{"version"}})
	require.NoError(t, err)
	r.o.Swap = r.enricher.Swap

	alone := &eventFeed{events: gen.NewEvents(gen.EventOptions{World: world}), least: least}
	alone.done.Store(true)
	quiet := streamChecked(t, r.enricher, alone)

	feed := &eventFeed{events: alone.events, least: least}
	go func() {
		defer feed.done.Store(true)
		for v := 1; v <= reloads; v++ {
			r.replaceFile("kith.yaml", versionConfig(v))
			r.requestReload()
		}
	}()
	busy := streamChecked(t, r.enricher, feed)
	assert.EqualValues(t, reloads, r.Reloads())
	assert.Greater(t, len(busy.versions), reloads/4, "versions that events have been enriched from")
	t.Logf("%d events with %d reloads: %.0f/s; %d without: %.0f/s", busy.events, reloads, busy.rate(), quiet.events, quiet.rate())
}

func versionConfig(v int) string {
	return fmt.Sprintf(`assets: {sources: [{path: hosts.csv, set: {version: v%d}}]}
identities: {sources: [{path: people.csv, set: {version: v%d}}]}
`, v, v)
}

func listText(t *testing.T, list io.WriterTo) string {
	var b bytes.Buffer
	_, err := list.WriteTo(&b)
	require.NoError(t, err)
	return b.String()
}

// eventFeed is a reader of numbered events. It ends after at least the given number of
// events, once done is set.
type eventFeed struct {
	events *gen.Events
	least  int
	n      int
	done   atomic.Bool
	buf    []byte
}

func (f *eventFeed) Read(p []byte) (int, error) {
	for len(f.buf) == 0 {
		if f.n >= f.least && f.done.Load() {
			return 0, io.EOF
		}
		for range 64 {
			f.buf = append(f.events.Append(f.buf, f.n), '\n')
			f.n++
		}
	}
	n := copy(p, f.buf)
	f.buf = f.buf[:copy(f.buf, f.buf[n:])]
	return n, nil
}

// eventCheck is the writer of a stream, which checks the events.
type eventCheck struct {
	source   *gen.Events
	events   int
	versions map[string]int
	took     time.Duration
	want     []byte
}

func (c *eventCheck) rate() float64 { return float64(c.events) / c.took.Seconds() }

var versionField = regexp.MustCompile(`_version":"(v\d+)"`)

func (c *eventCheck) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		c.want = c.source.Append(c.want[:0], c.events)
		kept := bytes.TrimSuffix(bytes.TrimRight(c.want, " "), []byte("}"))
		if !bytes.HasPrefix(line, kept) {
			return 0, fmt.Errorf("event %d came out as %s, want %s and fields", c.events, line, c.want)
		}
		found := versionField.FindAllSubmatch(line[len(kept):], -1)
		for _, version := range found {
			if !bytes.Equal(version[1], found[0][1]) {
				return 0, fmt.Errorf("event %d has fields of two versions: %s", c.events, line)
			}
		}
		if len(found) > 0 {
			c.versions[string(found[0][1])]++
		}
		c.events++
	}
	return len(p), nil
}

// streamChecked streams the events of a feed into an eventCheck.
func streamChecked(t *testing.T, e *enrich.Enricher, feed *eventFeed) *eventCheck {
	c := &eventCheck{source: feed.events, versions: map[string]int{}}
	began := time.Now()
	stats, err := e.Stream(t.Context(), c, feed, enrich.StreamOptions{})
	c.took = time.Since(began)
	require.NoError(t, err)
	require.Equal(t, feed.n, c.events, "events out")
	require.EqualValues(t, feed.n, stats.Events)
	require.Zero(t, stats.Bad)
	return c
}
