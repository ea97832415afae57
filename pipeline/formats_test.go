package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/pipeline"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/state"
)

// recordsOf returns random events as records with a header, some of which are malformed.
func recordsOf(seed uint64, delimiter string) []byte {
	r := rand.New(rand.NewPCG(seed, 5))
	var b strings.Builder
	b.WriteString("\ufeff" + strings.Join([]string{"_time", "sourcetype", "src", "dest", "user", "severity", "risk_object", "risk_score", "note"}, delimiter) + "\r\n")
	for i := range 400 {
		cells := []string{
			fmt.Sprintf("2026-03-01T%02d:%02d:00Z", r.IntN(24), r.IntN(60)), []string{"web", "dns", ""}[r.IntN(3)], fmt.Sprintf("10.1.2.%d", r.IntN(40)),
			[]string{"web-1", "", "10.1.3.4"}[r.IntN(3)], []string{"jdoe", `ACME\jdoe`, ""}[r.IntN(3)], []string{"high", ""}[r.IntN(2)], "", "", `"a, ""b""` + "\t" + `c"`,
		}
		switch r.IntN(20) {
		case 0:
			cells[6], cells[7] = "asmith", fmt.Sprint(r.IntN(40))
		case 1:
			cells[0] = "never"
		case 2:
			cells = cells[:4]
		case 3:
			cells[8] = `"open` + strings.Repeat("x", r.IntN(3)) + `"y`
		case 4:
			cells = nil
		}
		b.WriteString(strings.Join(cells, delimiter) + []string{"\n", "\r\n"}[r.IntN(2)])
		if i == 200 && r.IntN(2) == 0 {
			b.WriteString("\n\n")
		}
	}
	return []byte(b.String())
}

// zeekOf returns random events as a Zeek log, whose fields change within it.
func zeekOf(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 6))
	var b strings.Builder
	for _, fields := range []string{"ts\tid.orig_h\tid.resp_h\tuser\tsourcetype", "_time\tsrc\tdest\tuser\tsourcetype\ttags"} {
		b.WriteString("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#fields\t" + fields + "\n#types\t" +
			strings.Replace("time\taddr\taddr\tstring\tstring\tset[string]", "\tset[string]", strings.Repeat("\tset[string]", strings.Count(fields, "tags")), 1) + "\n")
		for range 150 {
			line := fmt.Sprintf("%d.25\t10.1.2.%d\t10.1.3.%d\t%s\t%s", 1772352000+r.IntN(80000), r.IntN(40), r.IntN(9), []string{"jdoe", "-", "a\\x09b"}[r.IntN(3)], []string{"web", "-"}[r.IntN(2)])
			if strings.Contains(fields, "tags") {
				line += "\ta,b"
			}
			if r.IntN(30) == 0 {
				line = "short"
			}
			b.WriteString(line + "\n")
		}
		b.WriteString("#close\t2026-03-01-09-00-00\n")
	}
	return []byte(b.String())
}

// sequenceOf returns the lines of input as JSON values on several lines, in arrays and
// outside. With broken, some are malformed.
func sequenceOf(t *testing.T, seed uint64, broken bool) []byte {
	r := rand.New(rand.NewPCG(seed, 8))
	var b bytes.Buffer
	inArray := false
	for line := range bytes.Lines(input(t, seed)) {
		if !json.Valid(line) || line[0] != '{' {
			continue
		}
		if inArray {
			b.WriteString(",\n")
		} else if r.IntN(4) == 0 {
			inArray = true
			b.WriteString("[\n")
		}
		if broken && r.IntN(20) == 0 {
			b.WriteString("{\n  \"broken\": tru\n")
			continue
		}
		require.NoError(t, json.Indent(&b, bytes.TrimSpace(line), "", "  "))
		b.WriteByte('\n')
		if inArray && r.IntN(4) == 0 {
			inArray = false
			b.WriteString("]\n")
		}
	}
	return b.Bytes()
}

// envelopesOf puts most of the lines of input into envelopes, and some of these into arrays.
func envelopesOf(t *testing.T, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 3))
	var b bytes.Buffer
	for line := range bytes.Lines(input(t, seed)) {
		line = bytes.TrimSpace(line)
		var object map[string]any
		if json.Unmarshal(line, &object) != nil {
			fmt.Fprintf(&b, "%s\n", line)
			continue
		}
		text, err := json.Marshal(string(line))
		require.NoError(t, err)
		switch r.IntN(8) {
		case 0:
			fmt.Fprintf(&b, "%s\n", line)
		case 1:
			fmt.Fprintf(&b, "<134>Mar 1 host app: %s\n", line)
		case 2:
			fmt.Fprintf(&b, "{\"time\":1772352000,\"event\":%s}\n", line)
		case 3:
			fmt.Fprintf(&b, "{\"log\":%s,\"stream\":\"stdout\",\"time\":\"2026-03-01T08:00:00Z\"}\n", text)
		case 4:
			fmt.Fprintf(&b, "{\"n\":1,\"message\":%s}\n", text)
		case 5:
			fmt.Fprintf(&b, "{\"n\":1,\"data\":%s,\"src_priority\":\"low\"}\n", line)
		case 6:
			fmt.Fprintf(&b, "{\"Records\":[%s,{\"event\":%s}]}\n", line, line)
		case 7:
			fmt.Fprintf(&b, "[%s,%s]\n", line, line)
		}
	}
	return b.Bytes()
}

// TestOnePassEqualsTheCommandsInSequenceForAllFormats compares, for every format of input and
// output, the events with those of enriching alone, and the notables with those that risk
// emits for the events as NDJSON.
func TestOnePassEqualsTheCommandsInSequenceForAllFormats(t *testing.T) {
	s := acme(t)
	for _, c := range []struct {
		name    string
		in, out enrich.Format
		input   func(seed uint64) []byte
	}{
		{"sequence", enrich.FormatDefault, enrich.FormatDefault, func(seed uint64) []byte { return sequenceOf(t, seed, true) }},
		{"sequence to CSV", enrich.FormatJSON, enrich.FormatCSV, func(seed uint64) []byte { return sequenceOf(t, seed, true) }},
		{"lines to TSV", enrich.FormatNDJSON, enrich.FormatTSV, func(seed uint64) []byte { return input(t, seed) }},
		{"envelopes", enrich.FormatNDJSON, enrich.FormatDefault, func(seed uint64) []byte { return envelopesOf(t, seed) }},
		{"envelopes to CSV", enrich.FormatNDJSON, enrich.FormatCSV, func(seed uint64) []byte { return envelopesOf(t, seed) }},
		{"CSV", enrich.FormatCSV, enrich.FormatDefault, func(seed uint64) []byte { return recordsOf(seed, ",") }},
		{"CSV to lines", enrich.FormatCSV, enrich.FormatNDJSON, func(seed uint64) []byte { return recordsOf(seed, ",") }},
		{"TSV", enrich.FormatTSV, enrich.FormatTSV, func(seed uint64) []byte { return recordsOf(seed, "\t") }},
		{"Zeek", enrich.FormatDefault, enrich.FormatDefault, zeekOf},
		{"Zeek to lines", enrich.FormatDefault, enrich.FormatNDJSON, zeekOf},
		{"Zeek to CSV", enrich.FormatZeek, enrich.FormatCSV, zeekOf},
	} {
		t.Run(c.name, func(t *testing.T) {
			notables := 0
			for seed := range uint64(10) {
				r := rand.New(rand.NewPCG(seed, 9))
				o, in := drawOptions(r), c.input(seed)
				onError := []enrich.OnError{enrich.Pass, enrich.Drop, enrich.Fail}[r.IntN(3)]
				e, err := enrich.New(s, o)
				require.NoError(t, err)
				var lines, events bytes.Buffer
				var bad *enrich.BadEvent
				_, err = e.Stream(t.Context(), &lines, bytes.NewReader(in), enrich.StreamOptions{In: c.in, Out: enrich.FormatNDJSON, OnError: onError})
				require.True(t, err == nil || onError == enrich.Fail && errors.As(err, &bad), "%v", err)
				stats, _ := e.Stream(t.Context(), &events, bytes.NewReader(in), enrich.StreamOptions{In: c.in, Out: c.out, OnError: onError})
				engine, err := risk.New(riskConfig(t), s, engineOptions())
				require.NoError(t, err)
				want := ""
				for line := range bytes.Lines(lines.Bytes()) {
					for _, n := range engine.Add([][]byte{bytes.TrimSuffix(line, []byte("\n"))}).Notables {
						want += string(n.AppendJSON(nil)) + "\n"
					}
				}
				got := ""
				p, err := pipeline.New(s, pipeline.Options{
					Enrich: o, Risk: riskConfig(t), Engine: engineOptions(), In: c.in, Out: c.out, OnError: onError, Workers: 1 + r.IntN(3),
					Notable: func(n *risk.Notable) error { got += string(n.AppendJSON(nil)) + "\n"; return nil },
				})
				require.NoError(t, err)
				var written bytes.Buffer
				sum, err := p.Run(t.Context(), &written, bytes.NewReader(in))
				require.Equal(t, bad != nil, err != nil, "seed %d: %v", seed, err)
				require.Equal(t, events.String(), written.String(), "seed %d", seed)
				require.Equal(t, want, got, "seed %d, %+v", seed, o)
				require.Equal(t, stats, sum.Stats, "seed %d", seed)
				require.Equal(t, engine.Summary().Counted, sum.Risk.Counted)
				notables += strings.Count(want, "\n")
			}
			assert.Greater(t, notables, 10)
		})
	}
}

// TestInlineNotablesFollowTheirEvents checks that each notable is in the line after the event
// that caused it, and that the other lines are the events.
func TestInlineNotablesFollowTheirEvents(t *testing.T) {
	s := acme(t)
	for seed := range uint64(5) {
		in := input(t, seed)
		want := runInSequence(t, s, enrich.Options{}, in)
		engine, err := risk.New(riskConfig(t), s, engineOptions())
		require.NoError(t, err)
		var interleaved strings.Builder
		for line := range strings.Lines(want.events) {
			interleaved.WriteString(strings.TrimSuffix(line, "\n") + "\n")
			for _, n := range engine.Add([][]byte{[]byte(strings.TrimSuffix(line, "\n"))}).Notables {
				interleaved.WriteString(string(n.AppendJSON(nil)) + "\n")
			}
		}
		p, err := pipeline.New(s, pipeline.Options{Risk: riskConfig(t), Engine: engineOptions(), Inline: true})
		require.NoError(t, err)
		var out bytes.Buffer
		_, err = p.Run(t.Context(), &out, bytes.NewReader(in))
		require.NoError(t, err)
		require.Equal(t, interleaved.String(), strings.TrimSuffix(out.String(), "\n")+"\n", "seed %d", seed)
	}
	_, err := pipeline.New(s, pipeline.Options{Inline: true, Out: enrich.FormatCSV})
	assert.EqualError(t, err, "notables are JSON, so that they can only be written between events in NDJSON")
	_, err = pipeline.New(s, pipeline.Options{Inline: true, KeepWrapper: true})
	assert.EqualError(t, err, "notables cannot be written between the events of one object")
	_, err = pipeline.New(s, pipeline.Options{Inline: true, Log: new(state.Memory)})
	assert.EqualError(t, err, "notables that are committed to a log cannot be written between the events")
}

// TestRunFileContinuesAtTheCommit ends runs of a file after each of its commits. What all runs
// write together must be what one run writes.
func TestRunFileContinuesAtTheCommit(t *testing.T) {
	s := acme(t)
	for name, c := range map[string]struct {
		in    enrich.Format
		input []byte
	}{
		"lines":    {enrich.FormatDefault, input(t, 4)},
		"sequence": {enrich.FormatDefault, sequenceOf(t, 4, false)},
		"CSV":      {enrich.FormatCSV, recordsOf(4, ",")},
		"Zeek":     {enrich.FormatDefault, zeekOf(4)},
	} {
		t.Run(name, func(t *testing.T) {
			o := pipeline.Options{Risk: riskConfig(t), Engine: engineOptions(), In: c.in, Workers: 1}
			var want, wantNotables bytes.Buffer
			all := o
			all.Log, all.Session = new(state.Memory), state.Options{Stream: &wantNotables}
			p, err := pipeline.New(s, all)
			require.NoError(t, err)
			_, err = p.RunFile(t.Context(), &want, bytes.NewReader(c.input), "in", c.input[:100])
			require.NoError(t, err)
			require.NoError(t, p.Close())
			var got, notables bytes.Buffer
			o.Log, o.Session = new(state.Memory), state.Options{Stream: &notables}
			runs := 0
			for ; ; runs++ {
				require.Less(t, runs, 1000)
				p, err := pipeline.New(s, o)
				require.NoError(t, err)
				ctx, stop := context.WithCancel(t.Context())
				src := &stoppingReader{Reader: bytes.NewReader(c.input), left: 3000 * (runs + 1), stop: stop}
				_, err = p.RunFile(ctx, &got, src, "in", c.input[:100])
				require.NoError(t, err)
				require.NoError(t, p.Close())
				if stop(); !src.stopped {
					break
				}
			}
			assert.Greater(t, runs, 2)
			assert.Equal(t, want.String(), got.String())
			assert.Equal(t, wantNotables.String(), notables.String())
			p, err = pipeline.New(s, o)
			require.NoError(t, err)
			_, err = p.RunFile(t.Context(), io.Discard, bytes.NewReader(c.input[:200]), "in", c.input[:100])
			assert.ErrorContains(t, err, "were read before: restore the file, or give the new input another name")
			require.NoError(t, p.Close())
		})
	}
}

// stoppingReader calls stop when a number of bytes have been read, and then blocks.
type stoppingReader struct {
	io.Reader
	left    int
	stop    func()
	stopped bool
}

func (r *stoppingReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		r.stopped = true
		r.stop()
		select {} // the read is abandoned
	}
	n, err := r.Reader.Read(p[:min(len(p), r.left, 700)])
	r.left -= n
	return n, err
}

// TestSetRulesAppliesToLaterEvents replaces the rules between events. Modifiers of the first
// rules keep their scores and go on counting towards notables, and bad rules are refused.
func TestSetRulesAppliesToLaterEvents(t *testing.T) {
	rule := func(name, field, score string) detect.Rule {
		return detect.Rule{Name: name, When: []entity.Clause{equals(field, "x")}, RiskObjects: []detect.RiskObject{{Field: "user"}}, Score: decimal(t, score)}
	}
	cfg := risk.Config{
		Rules:         []detect.Rule{rule("first", "a", "40")},
		IncidentRules: []risk.IncidentRule{{Name: "any", Window: time.Hour, When: "score > 60"}},
	}
	var notables []*risk.Notable
	p, err := pipeline.New(acme(t), pipeline.Options{
		Risk: cfg, Engine: engineOptions(), Workers: 1, Notable: func(n *risk.Notable) error { notables = append(notables, n); return nil },
	})
	require.NoError(t, err)
	run := func(lines ...string) pipeline.Summary {
		sum, err := p.Run(t.Context(), io.Discard, strings.NewReader(strings.Join(lines, "\n")))
		require.NoError(t, err)
		return sum
	}
	assert.EqualValues(t, 1, run(`{"_time":"2026-03-01T08:00:00Z","a":"x","user":"u1"}`, `{"_time":"2026-03-01T08:00:00Z","b":"x","user":"u1"}`).Risk.Counted)
	_, err = p.CompileRules([]detect.Rule{{Name: "bad"}}, nil)
	var bad *detect.ConfigError
	require.ErrorAs(t, err, &bad)
	rules, err := p.CompileRules([]detect.Rule{rule("second", "b", "30")}, nil)
	require.NoError(t, err)
	require.NoError(t, p.SetRules(rules))
	require.Error(t, p.SetRules(nil))
	sum := run(`{"_time":"2026-03-01T08:01:00Z","a":"x","user":"u1"}`, `{"_time":"2026-03-01T08:02:00Z","b":"x","user":"u1"}`)
	assert.EqualValues(t, 1, sum.Risk.Counted)
	assert.EqualValues(t, 1, sum.Risk.Unmatched)
	require.Len(t, notables, 1)
	assert.Equal(t, "70", notables[0].Score.String())
	assert.Equal(t, []string{"first", "second"}, []string{notables[0].Contributions[0].Source, notables[0].Contributions[1].Source})
}

// TestRulesMayBeSwappedWhileEventsAreRead replaces rules and snapshots while a run reads
// events. Every event must be read with the rules of one of the versions; with -race, the
// test finds unsynchronised use.
func TestRulesMayBeSwappedWhileEventsAreRead(t *testing.T) {
	s := acme(t)
	versions := [][]detect.Rule{}
	for _, score := range []string{"1", "2"} {
		versions = append(versions, []detect.Rule{{
			Name: "any", When: []entity.Clause{equals("field_"+score, "x")}, RiskObjects: []detect.RiskObject{{Field: "user"}}, Score: decimal(t, score),
		}})
	}
	cfg := risk.Config{Rules: versions[0]}
	p, err := pipeline.New(s, pipeline.Options{Risk: cfg, Engine: engineOptions(), Workers: 2})
	require.NoError(t, err)
	done, swapped, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			default:
			}
			if n == 2 {
				close(swapped)
			}
			rules, err := p.CompileRules(versions[n%2], nil)
			if assert.NoError(t, err) {
				assert.NoError(t, p.SetRules(rules))
			}
			assert.NoError(t, p.Swap(s))
		}
	}()
	var in bytes.Buffer
	for i := range 60_000 {
		fmt.Fprintf(&in, `{"_time":"2026-03-01T08:00:00.%06dZ","field_1":"x","field_2":"x","user":"jdoe"}`+"\n", i)
	}
	first := io.LimitReader(&in, int64(in.Len()/2))
	sum, err := p.Run(t.Context(), io.Discard, io.MultiReader(first, waitingReader(swapped), &in))
	close(done)
	<-ended
	require.NoError(t, err)
	assert.EqualValues(t, 60_000, sum.Risk.Counted)
}

// waitingReader is an empty input that ends when the channel is closed.
type waitingReader <-chan struct{}

func (r waitingReader) Read([]byte) (int, error) {
	<-r
	return 0, io.EOF
}
