package assets_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"testing"

	"github.com/gocarina/gocsv"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/gen"
)

// BenchmarkReadCSV reads a generated asset list of 18 columns. An operation is one row. The
// results are the reason why package merge reads lists with package csvio.
func BenchmarkReadCSV(b *testing.B) {
	const rows = 20_000
	var list bytes.Buffer
	if _, err := (gen.AssetList{World: gen.World{Seed: 1, Hosts: rows, People: rows / 5}}).WriteTo(&list); err != nil {
		b.Fatal(err)
	}
	run := func(name string, read func(r io.Reader) int) {
		b.Run("columns=18/reader="+name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; n < b.N; n += rows {
				if got := read(bytes.NewReader(list.Bytes())); got != rows {
					b.Fatalf("%d rows", got)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
	run("csvio", func(r io.Reader) (n int) {
		in := csvio.NewReader(r, csvio.Options{})
		for n = -1; in.Next(); n++ {
			for i := range in.Len() {
				sink += len(in.Cell(i))
			}
		}
		return n
	})
	run("encoding", func(r io.Reader) (n int) {
		in := csv.NewReader(r)
		in.ReuseRecord = true
		for n = -1; ; n++ {
			if _, err := in.Read(); err != nil {
				return n
			}
		}
	})
	run("gocsv", func(r io.Reader) (n int) {
		in, err := gocsv.NewUnmarshaller(csv.NewReader(r), assets.Asset{})
		if err != nil {
			return 0
		}
		for ; ; n++ {
			if _, err := in.Read(); err != nil {
				return n
			}
		}
	})
	run("typed", func(r io.Reader) (n int) {
		for _, err := range assets.ReadCSV(r, "list") {
			if err == nil {
				n++
			}
		}
		return n
	})
}

var sink int
