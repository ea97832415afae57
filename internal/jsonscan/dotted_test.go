package jsonscan

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// dottedKeys decodes an event and returns the keys with dots, each behind as many ">" as
// there are objects and arrays around it.
func dottedKeys(t *rapid.T, event []byte) (keys []string) {
	d := json.NewDecoder(bytes.NewReader(event))
	d.UseNumber()
	var open []json.Delim
	isKey := false
	for {
		token, err := d.Token()
		if err == io.EOF {
			return keys
		}
		require.NoError(t, err)
		switch v := token.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				open = append(open, v)
				isKey = v == '{'
				continue
			}
			open = open[:len(open)-1]
		case string:
			if isKey {
				if strings.Contains(v, ".") {
					keys = append(keys, strings.Repeat(">", len(open))+v)
				}
				isKey = false
				continue
			}
		}
		isKey = len(open) > 0 && open[len(open)-1] == '{'
	}
}

// VisitDottedKeys visits the keys with dots that encoding/json decodes, whichever paths the
// event was scanned for.
func TestLawDottedKeysAreThoseOfEncodingJSON(t *testing.T) { eachKernel(t, checkDottedKeys) }

func checkDottedKeys(t *testing.T) {
	all := []*Paths{mustCompile(t, "a"), mustCompile(t, lawPaths...)}
	var s Scanner
	rapid.Check(t, func(t *rapid.T) {
		event := awkwardEvent(t)
		if rapid.Bool().Draw(t, "padded") { // so that keys begin in one block and end in another
			n := rapid.IntRange(0, 130).Draw(t, "n")
			event = []byte(`{"` + strings.Repeat("x", n) + `.y":1.5,"z":` + string(event) + "}")
		}
		want := dottedKeys(t, event)
		slices.Sort(want)
		for _, p := range all {
			require.NoError(t, p.Scan(event, &s))
			var got []string
			s.VisitDottedKeys(event, func(key []byte, colon int) {
				require.Equal(t, byte(':'), event[colon])
				got = append(got, strings.Repeat(">", s.DepthAt(event, colon))+string(key))
			})
			slices.Sort(got)
			require.Equal(t, want, got, "%s", event)
		}
	})
}

func TestVisitingDottedKeysDoesNotAllocate(t *testing.T) {
	p := mustCompile(t, "a")
	var s Scanner
	event := []byte(`{"a":1,"id.orig_h":"10.1.2.3","b":{"c.d" : 1.5}}`)
	n := 0
	visit := func(key []byte, _ int) { n += len(key) }
	require.NoError(t, p.Scan(event, &s))
	s.VisitDottedKeys(event, visit)
	require.Equal(t, len("id.orig_h")+len("c.d"), n)
	require.Zero(t, testing.AllocsPerRun(100, func() { s.VisitDottedKeys(event, visit) }))
}
