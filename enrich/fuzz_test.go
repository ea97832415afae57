package enrich_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/csvio"
)

// FuzzAppendJSON checks that the output has all bytes of the event and otherwise only
// the additions of the slow twin, and that a bad event is unchanged. If envelopes are opened,
// valid JSON stays valid.
func FuzzAppendJSON(f *testing.F) {
	for _, name := range []string{"cim", "windows", "zeek", "ecs", "bad"} {
		for i, line := range strings.Split(readFile(f, "../testdata/acme/events/"+name+".ndjson"), "\n") {
			f.Add([]byte(line), uint64(i))
		}
	}
	f.Add([]byte(`{"Computer":"ws-17.corp.example","TargetUserName":["jdoe","boss"],"TargetDomainName":["WS-17","ACME"],"User":"NT AUTHORITY\\jdoe"}`), uint64(7))
	f.Add([]byte(`{"user":{"name":"ann_corp.example#EXT#@t","domain":"."},"host":{"name":["a","b"],"ip":["10.1.2.3"]}}`), uint64(8))
	f.Add([]byte(`{"src":"10.1.2.3","src_priority":1,"kith":{"src":{}},"a":{"b":{}}}`), uint64(5))
	f.Add([]byte(`{"log":"{\"src\":\"10.1.2.3\"}\n","stream":"stdout"}`), uint64(1))
	f.Add([]byte(`{"time":1,"event":{"src":"10.1.2.3","user":"jdoe"}}`), uint64(2))
	f.Add([]byte(`{"log":"{\"src\" \"10.1.2.3\",}","stream":"stdout","src_priority":1}`), uint64(3))
	l := newLists(f, assetsCSV, identitiesCSV, listOptions{})
	f.Fuzz(func(t *testing.T, event []byte, seed uint64) {
		o := anyOptions(rand.New(rand.NewPCG(seed, 0)))
		o.Validate = false
		e := enricher(t, l, o)
		before := bytes.Clone(event)
		got, _, err := e.AppendJSON([]byte("x"), event)
		require.Equal(t, before, event, "AppendJSON changed the event itself")
		require.Equal(t, byte('x'), got[0])
		got = got[1:]
		if err != nil || len(bytes.TrimSpace(event)) == 0 {
			require.Equal(t, string(event), string(got))
			return
		}
		if !o.Overwrite && o.Into == "" {
			brace := bytes.LastIndexByte(event, '}')
			require.True(t, bytes.HasPrefix(got, event[:brace]) && bytes.HasSuffix(got, event[brace:]), "%s became %s", event, got)
		}
		plain := bytes.TrimPrefix(event, []byte("\ufeff"))
		if json.Valid(plain) {
			require.True(t, json.Valid(bytes.TrimPrefix(got, []byte("\ufeff"))), "%s became %s", event, got)
			if utf8.Valid(event) {
				require.Equal(t, twinOf(l, o, false).Enrich(string(event)), string(got), "%+v", o)
			}
			o.Unwrap.Off = false
			got, _, _ = enricher(t, l, o).AppendJSON(nil, event)
			require.True(t, json.Valid(bytes.TrimPrefix(got, []byte("\ufeff"))), "%s became %s", event, got)
		}
	})
}

// FuzzStream checks that a stream equals AppendJSON of every line, whatever the bytes
// and the sizes of the reads.
func FuzzStream(f *testing.F) {
	for _, name := range []string{"cim", "bad", "ecs"} {
		text := readFile(f, "../testdata/acme/events/"+name+".ndjson")
		f.Add([]byte(text[:min(4000, len(text))]), uint64(1), 1000)
	}
	f.Add([]byte("{}\n\n\r\n{\"src\":\"10.1.2.3\"}"), uint64(2), 5)
	f.Add([]byte("{}\n"+strings.Repeat(" ", 25)+"\n"+strings.Repeat("x", 25)), uint64(116), 23) // one byte too long, with a line end and without
	l := newLists(f, assetsCSV, identitiesCSV, listOptions{})
	f.Fuzz(func(t *testing.T, in []byte, seed uint64, maxLine int) {
		r := rand.New(rand.NewPCG(seed, 0))
		e := enricher(t, l, anyOptions(r))
		maxLine = 1 + maxLine&(1<<12-1)
		var want []byte
		bad := int64(0)
		for line := range bytes.Lines(in) {
			if len(bytes.TrimSuffix(line, []byte("\n"))) > maxLine {
				bad++
				continue
			}
			var err error
			if want, _, err = e.AppendJSON(want, line); err != nil {
				bad++
			}
		}
		var out bytes.Buffer
		o := enrich.StreamOptions{In: enrich.FormatNDJSON, MaxLine: maxLine, Workers: 1 + r.IntN(3)}
		stats, err := e.Stream(t.Context(), &out, anyChunks{bytes.NewReader(in), r}, o)
		require.NoError(t, err)
		require.Equal(t, string(want), out.String())
		require.Equal(t, bad, stats.Bad)
	})
}

// FuzzStreamCSV checks that every record keeps its bytes and is followed by the cells
// that CSV.Append adds, whatever the bytes and the sizes of the reads.
func FuzzStreamCSV(f *testing.F) {
	f.Add([]byte("\ufeffsrc,user,src_priority\r\n\"10.1.2.3\",\"a\"\"b\",x\r\n\r\njdoe\n\"un,closed\n1,2,3"), uint64(1))
	f.Add([]byte("\n\nsrc\n10.1.2.3\n\"10.9.0.1\n\"\n"), uint64(2))
	l := newLists(f, assetsCSV, identitiesCSV, listOptions{})
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 0))
		options := anyOptions(r)
		options.Overwrite = false
		e := enricher(t, l, options)
		want, fails := csvByRecord(t, e, in)
		var out bytes.Buffer
		stats, err := e.Stream(t.Context(), &out, anyChunks{bytes.NewReader(in), r}, enrich.StreamOptions{In: enrich.FormatCSV, Workers: 1 + r.IntN(3)})
		require.Equal(t, fails, err != nil, "%v", err)
		require.Equal(t, string(want), out.String())
		if err == nil && len(in) > 0 {
			lines := int64(bytes.Count(bytes.TrimPrefix(in, []byte("\ufeff")), []byte("\n")))
			require.GreaterOrEqual(t, stats.Lines, lines)
			require.LessOrEqual(t, stats.Lines, lines+1)
		}
		// Overwrite may change the bytes of a record, so only the cells are compared.
		options.Overwrite = true
		e = enricher(t, l, options)
		out.Reset()
		_, err = e.Stream(t.Context(), &out, bytes.NewReader(in), enrich.StreamOptions{In: enrich.FormatCSV, OnError: enrich.Drop})
		require.Equal(t, fails, err != nil, "%v", err)
		sameCells(t, e, in, out.Bytes())
	})
}

// csvByRecord enriches CSV record by record. fails reports whether the header cannot be
// read.
func csvByRecord(t *testing.T, e *enrich.Enricher, in []byte) (out []byte, fails bool) {
	var c *enrich.CSV
	r := csvio.NewReader(bytes.NewReader(in), csvio.Options{KeepBlank: true})
	for {
		if !r.Next() {
			if r.Err() == nil {
				return out, false
			}
			if c == nil {
				return out, true
			}
			r.Skip()
			out = append(append(out, r.Raw()...), r.End()...)
			continue
		}
		if len(out) == 0 && r.BOM() {
			out = append(out, "\ufeff"...)
		}
		out = append(out, r.Raw()...)
		switch cells := cellsOf(r); {
		case len(cells) == 0:
		case c == nil:
			var err error
			c, err = e.CSV(cells)
			require.NoError(t, err)
			out = appendCells(out, c.Header()[len(cells):])
		default:
			if all, _, err := c.Append(nil, cells); err == nil {
				out = appendCells(out, all[len(cells):])
			}
		}
		out = append(out, r.End()...)
	}
}

// sameCells compares the good records of in, enriched by CSV.Append, with those of out.
func sameCells(t *testing.T, e *enrich.Enricher, in, out []byte) {
	var c *enrich.CSV
	got := csvio.NewReader(bytes.NewReader(out), csvio.Options{})
	r := csvio.NewReader(bytes.NewReader(in), csvio.Options{})
	for {
		if !r.Next() {
			if r.Err() == nil || c == nil {
				return
			}
			r.Skip()
			continue
		}
		cells := cellsOf(r)
		if c == nil {
			var err error
			c, err = e.CSV(cells)
			require.NoError(t, err)
			require.True(t, got.Next(), "%v", got.Err())
			require.Equal(t, c.Header(), cellsOf(got))
			continue
		}
		if all, _, err := c.Append(nil, cells); err == nil {
			require.True(t, got.Next(), "%v", got.Err())
			require.Equal(t, all, cellsOf(got), "%q became %q", in, out)
		}
	}
}

func cellsOf(r *csvio.Reader) []string {
	var cells []string
	for i := range r.Len() {
		cells = append(cells, string(r.Cell(i)))
	}
	return cells
}

func appendCells(dst []byte, cells []string) []byte {
	for _, c := range cells {
		dst = csvio.AppendCell(append(dst, ','), c)
	}
	return dst
}
