package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/bench/rivals/internal/measure"
)

func sample(ns ...float64) *measure.Task { return &measure.Task{Samples: ns} }

func example() *Table {
	return &Table{
		Title: "a <table>", Entry: "entry", Unit: "ns", Inputs: []string{"hit", "miss"}, Chart: "hit",
		Rows: []Row{
			{Name: "floor", Floor: true, Cells: map[string]*measure.Task{"hit": sample(1, 2, 4)}},
			{Name: "ours", Own: true, Bytes: 1.6, Build: time.Second / 4, Verdict: "9 right", Cells: map[string]*measure.Task{"hit": sample(10), "miss": sample(3)}},
			{Name: "rival", Bytes: 500, Build: time.Minute, Cells: map[string]*measure.Task{"hit": sample(4000, 5000, 9000)}},
		},
		Remarks: []string{"A remark."},
	}
}

func TestMarkdownHasRatiosAndRemarks(t *testing.T) {
	var b bytes.Buffer
	example().WriteMarkdown(&b)
	assert.Equal(t, `**a <table>**

|  | hit, ns | miss, ns | hit ÷ ours | ÷ floor | allocs | B/entry | build, s | answers |
|---|---:|---:|---:|---:|---:|---:|---:|---:|
| floor | 2.00 (1.00–4.00) | – | 0.20 × | 1.00 × | 0 | – | – |  |
| **ours** | 10.0 (10.0–10.0) | 3.00 (3.00–3.00) | 1.00 × | 5.00 × | 0 | 1.60 | 0.250 | 9 right |
| rival | 5000 (4000–9000) | – | 500 × | 2500 × | 0 | 500 | 60.000 |  |

A remark.

`, b.String())
}

func TestWrappedTextKeepsItsWords(t *testing.T) {
	assert.Equal(t, "a bb\nccc\ndddddd\ne", wrapText("a bb ccc dddddd e", 4))
	assert.Equal(t, "é é\né", wrapText("é  é é", 3))
	assert.Empty(t, wrapText("", 3))
}

// The least time is the greatest rate.
func TestRatesAreInTheirOwnOrder(t *testing.T) {
	table := &Table{
		Title: "r", Unit: "events/s", Inputs: []string{"flat"}, Chart: "flat",
		Rows: []Row{{Name: "ours", Cells: map[string]*measure.Task{"flat": sample(500, 1000, 2000)}}},
	}
	var b bytes.Buffer
	table.WriteText(&b)
	assert.Contains(t, b.String(), "1.00 M (500 k–2.00 M)")
}

func TestChartIsXMLWithBarPerContestant(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, WriteChart(&b, []*Table{example()}))
	for _, name := range []string{"floor", "ours", "rival", "a &lt;table&gt;", "prefers-color-scheme:dark"} {
		assert.Contains(t, b.String(), name)
	}
	d := xml.NewDecoder(strings.NewReader(b.String()))
	bars := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
			bars++
		}
	}
	assert.Equal(t, 3, bars)
}
