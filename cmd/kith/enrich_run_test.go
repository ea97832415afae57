package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/snapshot"
)

func TestQuietHidesAllButRefusals(t *testing.T) {
	var b bytes.Buffer
	r := &liveRun{flags: new(readFlags), messages: term.NewMessages(&b, nil), ctx: t.Context(), rules: 3}
	report := func() string {
		b.Reset()
		o := r.reloadOptions(nil)
		o.Refused(problem.WithHint(errors.New("bad"), "mend it"))
		o.Unwatched(errors.New("lists: no"), 10*time.Second)
		if o.Unchanged != nil {
			o.Unchanged()
			o.BlocksChanged("kith.yaml")
			o.RiskChanged("kith.yaml")
			changes := slices.Repeat([]lists.SourceChange{{Kind: entity.Asset, Name: "cmdb", Before: lists.SourceCount{Rows: 1204, Entities: 2}, After: lists.SourceCount{Rows: 1, Entities: 2}}}, 7)
			o.Reloaded(&lists.Version{Snapshot: new(snapshot.Snapshot), Changes: changes[:1]}, 1500*time.Millisecond)
			assert.Equal(t, 5, strings.Count(changesText(changes), "cmdb: "))
			assert.True(t, strings.HasSuffix(changesText(changes), "; and 2 more lists)"))
		}
		return b.String()
	}
	const always = `kith: bad
kith: hint: mend it
kith: the new lists are not used; keeping the current lists
kith: cannot watch lists: no: checking it every 10s instead
`
	assert.Equal(t, always+`kith: the lists have not changed
kith: kith.yaml: changes to the blocks enrich and zones take effect at the next start
kith: kith.yaml: changes to the block risk, except for its rules, take effect at the next start
kith: reloaded 0 assets and 0 identities in 1.5s (cmdb: 1,204 → 1 row, 2 → 2 assets)
`, report())
	r.hasRules = true
	assert.Contains(t, report(), "kith: the new lists and rules are not used; keeping the current lists and rules\n")
	assert.Contains(t, report(), "kith: reloaded 0 assets, 0 identities and 3 rules in 1.5s (cmdb")
	r.hasRules = false
	r.flags.quiet = true
	assert.Equal(t, always, report())
}

func TestCancelledLoadIsReportedAsInterrupted(t *testing.T) {
	assert.Equal(t, errInterrupted, orInterrupted(context.Canceled))
	assert.Equal(t, exitFailed, exitCode(errInterrupted))
	assert.EqualError(t, orInterrupted(errors.New("a")), "a")
	assert.NoError(t, orInterrupted(nil))
}

func TestHintFitsFirstMalformedLine(t *testing.T) {
	for line, want := range map[string]string{
		"":                         "",
		"{":                        "leave out --in ndjson, or use --in json, for objects on several lines",
		"src,dest\r":               "no line is a JSON object: use --in csv if the input is CSV",
		"a\xfc,b":                  "no line is a JSON object: use --in csv if the input is CSV",
		"\x7fELF\x02\x01,\x00":     "no line is a JSON object",
		"Jan  1 00:00:00 host app": "no line is a JSON object",
	} {
		assert.Equal(t, want, hintForLine("ndjson", []byte(line)), "hintForLine(%q)", line)
	}
	assert.Empty(t, hintForLine("", []byte("{")))
}
