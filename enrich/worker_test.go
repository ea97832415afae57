package enrich_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
)

// viewOf returns a schema of plain paths.
func viewOf(t testing.TB, paths ...string) *event.Schema {
	t.Helper()
	b := event.NewBuilder(event.Options{Verbatim: true})
	for _, path := range paths {
		b.Path(path)
	}
	s, err := b.Build()
	require.NoError(t, err)
	return s
}

// TestEventsReadLikeTheirBytes checks, for random options, that an enriched event read
// without a scan has the values that a scan of its bytes finds, and that its bytes are
// those of AppendJSON.
func TestEventsReadLikeTheirBytes(t *testing.T) {
	l, zones := acmeWhole(t)
	view := viewOf(t, "src", "src_priority", "src_category", "dest_owner", "user_bunit", "user_identity", "severity", "urgency", "source.ip",
		"id.orig_h", "message", "kith.src.priority", "kith.user.category", "answers[].rdata", "tags[]", "src_asset_id", "dest_owner_email")
	readable := 0
	for seed := range 28 {
		r := rand.New(rand.NewPCG(uint64(seed), 19))
		o := anyOptions(r)
		o.Zone = zones
		plain := enricher(t, l, o)
		o.View = view
		w := enricher(t, l, o).NewWorker()
		scanned := view.NewJSON()
		for _, name := range []string{"cim", "windows", "zeek", "ecs"} {
			lines := linesOf(readFile(t, "../testdata/acme/events/"+name+".ndjson"))
			lines = append(lines, []byte(`{"src":"10.1.2.3","answers":[{"rdata":"a"},{"rdata":["b","c"]}],"tags":["x",1]}`), []byte(`{"src":"10.1.2.3","message":}`), []byte(`{"src":"10.1.2.3","kith":"x"}`), []byte(`{"src":"10.1.2.3","user":"jdoe","kith":{"src":5,"user":{"category":1}}}`), []byte(" \n"))
			next := 0
			require.NoError(t, w.Enrich(lines, func(first int, events []enrich.Event) error {
				require.Equal(t, next, first)
				next += len(events)
				for i := range events {
					e, line := &events[i], lines[first+i]
					want, matched, refused := plain.AppendJSON(nil, line)
					got := e.AppendJSON(nil)
					require.Equal(t, string(want), string(got), "%+v", o)
					require.Equal(t, matched, e.Matched())
					require.Equal(t, refused, e.Err())
					if !e.Readable() {
						continue
					}
					readable++
					require.Same(t, view, e.View())
					require.NoError(t, scanned.Scan(got))
					for p := range event.Path(view.Len()) {
						text := view.Text(p)
						require.Equal(t, elementsOf(scanned, p), elementsOf(e, p), "seed %d, %+v, %s of %s", seed, o, text, got)
						if !strings.Contains(text, "[]") {
							v := scanned.Value(p)
							require.Equal(t, v, e.Value(p), "seed %d, %s of %s", seed, text, got)
							require.True(t, !v.Found() || e.Present().Has(p))
						}
					}
				}
				return nil
			}))
			require.Equal(t, len(lines), next)
		}
	}
	assert.Greater(t, readable, 1000)
}

func linesOf(text string) (lines [][]byte) {
	for line := range strings.Lines(text) {
		lines = append(lines, []byte(line))
	}
	return lines
}

func elementsOf(e event.Event, p event.Path) (texts []string) {
	if !e.Present().Has(p) {
		return nil
	}
	for _, v := range e.AppendElements(nil, p) {
		texts = append(texts, v.Kind.String()+" "+string(v.AppendText(nil)))
	}
	return texts
}

// TestEventIsNotReadableIfItsViewOverlapsOutput has views of parts of written values
// and of objects around them.
func TestEventIsNotReadableIfItsViewOverlapsOutput(t *testing.T) {
	l := newLists(t, assetsCSV, identitiesCSV, listOptions{})
	for _, c := range []struct {
		path string
		o    enrich.Options
		want bool
	}{
		{"src_priority", enrich.Options{}, true},
		{"src_match.key", enrich.Options{}, false},
		{"src_category[]", enrich.Options{}, false},
		{"kith", enrich.Options{Into: "kith"}, false},
		{"kith.src", enrich.Options{Into: "kith"}, false},
		{"kith.src.priority", enrich.Options{Into: "kith"}, true},
		{"enrichments[].name", enrich.Options{OCSF: true, Format: "ocsf"}, false},
		{"enrichments.src.priority", enrich.Options{OCSF: true, Format: "auto"}, false},
	} {
		c.o.View = viewOf(t, c.path)
		w := enricher(t, l, c.o).NewWorker()
		require.NoError(t, w.Enrich([][]byte{[]byte(`{"src":"ws-17"}`)}, func(_ int, events []enrich.Event) error {
			assert.Equal(t, c.want, events[0].Readable(), c.path)
			return nil
		}))
	}
}

// TestUnreadableLinesHaveNoValues checks that an Event that is reused for an unreadable
// line does not keep values of the previous line.
func TestUnreadableLinesHaveNoValues(t *testing.T) {
	b := event.NewBuilder(event.Options{Verbatim: true})
	src := b.Path("src")
	view, err := b.Build()
	require.NoError(t, err)
	w := enricher(t, newLists(t, assetsCSV, identitiesCSV, listOptions{}), enrich.Options{View: view}).NewWorker()
	for _, line := range []string{`{"src":"ws-17"}`, "bad", " "} {
		require.NoError(t, w.Enrich([][]byte{[]byte(line)}, func(_ int, events []enrich.Event) error {
			e := &events[0]
			assert.Equal(t, e.Readable(), e.Value(src).Found(), "%q", line)
			assert.Equal(t, e.Readable(), e.Present().Has(src), "%q", line)
			return nil
		}))
	}
}

func TestWorkerDoesNotAllocatePerEvent(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates")
	}
	l := newLists(t, assetsCSV, identitiesCSV, listOptions{})
	w := enricher(t, l, enrich.Options{View: viewOf(t, "src", "src_priority", "x")}).NewWorker()
	lines := linesOf(strings.Repeat(`{"src":"ws-17","x":1}`+"\n", 1000))
	var out []byte
	run := func() {
		out = out[:0]
		_ = w.Enrich(lines, func(_ int, events []enrich.Event) error {
			for i := range events {
				out = events[i].AppendJSON(out)
			}
			return nil
		})
	}
	run()
	assert.Less(t, testing.AllocsPerRun(10, run), 20.0)
}
