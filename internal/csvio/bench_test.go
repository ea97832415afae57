package csvio

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

// sampleRows returns rows with the 18 asset columns, about 170 bytes each. In each row
// none, one or all cells are quoted.
func sampleRows(rows int, quoted string) []byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	var b []byte
	for i := range rows {
		owner := fmt.Sprintf("user%d", rnd.IntN(5000))
		if quoted == "one" {
			owner = fmt.Sprintf("user%d, \"the\"", rnd.IntN(5000))
		}
		b = AppendRow(b,
			fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255),
			fmt.Sprintf("00:25:bc:%02x:%02x:%02x", rnd.IntN(256), rnd.IntN(256), rnd.IntN(256)),
			fmt.Sprintf("HOST-%d", i), fmt.Sprintf("host-%d.%s.example.com", i, pick(rnd, "corp", "lab", "eu-west-1")),
			owner, pick(rnd, "low", "medium", "high", "critical", ""),
			pick(rnd, "52.5200", "", "-33.86"), pick(rnd, "13.4050", "", "151.2"),
			pick(rnd, "Berlin", "Sydney", "New York"), pick(rnd, "DE", "AU", "US"),
			pick(rnd, "emea", "apac", "americas"), pick(rnd, "server|linux", "workstation", "network|pci|cardholder"),
			pick(rnd, "", "trust|cardholder"), "true", pick(rnd, "true", "false"), "true", "false", "")
	}
	if quoted == "all" {
		b = bytes.ReplaceAll(b, []byte(","), []byte(`","`))
		b = bytes.ReplaceAll(b, []byte("\n"), []byte("\"\n\""))
		b = append([]byte(`"`), b[:len(b)-1]...)
	}
	return b
}

func BenchmarkRead(b *testing.B) {
	for _, quoted := range []string{"none", "one", "all"} {
		const rows = 20000
		input := sampleRows(rows, quoted)
		name := fmt.Sprintf("columns=18/quoted=%s", quoted)
		run := func(reader string, read func(src *bytes.Reader) int) {
			b.Run(name+"/reader="+reader, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(input) / rows))
				src := bytes.NewReader(nil)
				for n := 0; n < b.N; n += rows {
					src.Reset(input)
					if got := read(src); got != rows {
						b.Fatalf("%d rows", got)
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
			})
		}
		r := NewReader(nil, Options{})
		run("csvio", func(src *bytes.Reader) (n int) {
			for r.Reset(src); r.Next(); n++ {
				for i := range r.Len() {
					sink = r.Cell(i)
				}
			}
			return n
		})
		run("encoding", func(src *bytes.Reader) (n int) {
			std := csv.NewReader(src)
			std.ReuseRecord = true
			for ; ; n++ {
				if _, err := std.Read(); err != nil {
					return n
				}
			}
		})
	}
}

var sink []byte

func BenchmarkWrite(b *testing.B) {
	r := NewReader(bytes.NewReader(sampleRows(1000, "one")), Options{})
	var rows [][]string
	for r.Next() {
		rows = append(rows, row(r))
	}
	b.Run("columns=18/writer=csvio", func(b *testing.B) {
		w := NewWriter(io.Discard)
		for n := range b.N {
			_ = w.Row(rows[n%len(rows)]...)
		}
	})
	b.Run("columns=18/writer=encoding", func(b *testing.B) {
		w := csv.NewWriter(io.Discard)
		for n := range b.N {
			_ = w.Write(rows[n%len(rows)])
		}
	})
}
