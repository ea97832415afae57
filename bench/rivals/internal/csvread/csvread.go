// Package csvread compares CSV readers on a generated asset list of 18 columns.
//
// There are two jobs. In the job "read", every cell of every row is read as text. In the
// job "typed", every row is decoded into a struct with a field for each column.
package csvread

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"github.com/gocarina/gocsv"
	"github.com/jszwec/csvutil"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/bench/rivals/internal/measure"
	"github.com/kithsec/kith/bench/rivals/internal/report"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/gen"
)

// Options select what to measure.
type Options struct {
	Measure  measure.Options
	Rows     int
	Progress io.Writer
}

// totals counts the rows below the header and the bytes of their cells. All readers must
// return the same totals.
type totals struct{ rows, bytes int }

// reader is one contestant.
type reader struct {
	name  string
	job   string // "read" or "typed"
	own   bool
	floor bool
	read  func(list []byte) (totals, error)
}

var readers = []reader{
	{"floor: count newlines and commas", "read", false, true, readFloor},
	{"kith internal/csvio", "read", true, false, readKith},
	{"encoding/csv, ReuseRecord", "read", false, false, func(l []byte) (totals, error) { return readStd(l, true) }},
	{"encoding/csv", "read", false, false, func(l []byte) (totals, error) { return readStd(l, false) }},
	{"kith assets.ReadCSV (canonical values)", "typed", true, false, typedKith},
	{"csvutil", "typed", false, false, typedCsvutil},
	{"gocsv", "typed", false, false, typedGocsv},
}

// chunkRows is the number of rows that one unit of work reads.
const chunkRows = 20_000

// Run measures all readers. The garbage collector is on, because typed readers allocate.
func Run(o Options) ([]*report.Table, error) {
	o.Measure.Collect = true
	chunks, err := newLists(max(o.Rows, chunkRows))
	if err != nil {
		return nil, err
	}
	size := 0
	for _, c := range chunks {
		size += len(c)
	}
	want, err := readStd(chunks[0], true)
	if err != nil {
		return nil, err
	}
	var tasks []*measure.Task
	byJob := map[string]*report.Table{}
	var tables []*report.Table
	for _, r := range readers {
		out := byJob[r.job]
		if out == nil {
			out = &report.Table{
				Title: jobTitles[r.job], Unit: "rows/s", Inputs: []string{r.job}, Chart: r.job,
				Remarks: []string{fmt.Sprintf("n = %d rounds of at least %v each, %d different rows of %.0f bytes; rows per second of processor time, including the garbage collector; median (least–greatest); allocations per row.",
					o.Measure.Rounds, o.Measure.Budget, len(chunks)*chunkRows, float64(size)/float64(len(chunks)*chunkRows))},
			}
			byJob[r.job] = out
			tables = append(tables, out)
		}
		task := &measure.Task{Work: readWork(r, chunks)}
		tasks = append(tasks, task)
		row := report.Row{Name: r.name, Own: r.own, Floor: r.floor, Verdict: checkReader(r, chunks[0], want), Cells: map[string]*measure.Task{r.job: task}}
		fmt.Fprintf(o.Progress, "%s: %s\n", r.name, row.Verdict)
		out.Rows = append(out.Rows, row)
	}
	measure.Run(tasks, o.Measure)
	return tables, nil
}

// jobTitles contains the titles of the tables.
var jobTitles = map[string]string{
	"read":  "asset lists of 18 columns, every cell seen as text",
	"typed": "asset lists of 18 columns, every row a struct",
}

func newLists(rows int) ([][]byte, error) {
	n := (rows + chunkRows - 1) / chunkRows
	world := gen.World{Seed: 1, Hosts: n * chunkRows, People: n * chunkRows / 5}
	var chunks [][]byte
	for i := range n {
		var text bytes.Buffer
		if _, err := (gen.AssetList{World: world, Source: i, Sources: n}).WriteTo(&text); err != nil {
			return nil, err
		}
		chunks = append(chunks, text.Bytes())
	}
	return chunks, nil
}

func readWork(r reader, chunks [][]byte) func() int {
	at := 0
	return func() int {
		got, err := r.read(chunks[at])
		if err != nil {
			panic(err) // the check before the measurement succeeded
		}
		at = (at + 1) % len(chunks)
		return got.rows
	}
}

func checkReader(r reader, list []byte, want totals) string {
	got, err := r.read(list)
	switch {
	case err != nil:
		return err.Error()
	case got.rows != want.rows, got.bytes != 0 && got.bytes != want.bytes:
		return fmt.Sprintf("WRONG: %+v for %+v", got, want)
	case got.bytes == 0:
		return "rows counted"
	}
	return "same cells"
}

func readFloor(list []byte) (totals, error) {
	rows := bytes.Count(list, []byte("\n"))
	if bytes.Count(list, []byte(",")) < rows {
		return totals{}, errors.New("not a list")
	}
	return totals{rows: rows - 1}, nil
}

func readKith(list []byte) (got totals, err error) {
	in := csvio.NewReader(bytes.NewReader(list), csvio.Options{})
	in.Next()
	for in.Next() {
		for i := range in.Len() {
			got.bytes += len(in.Cell(i))
		}
		got.rows++
	}
	return got, in.Err()
}

func readStd(list []byte, reuse bool) (got totals, err error) {
	in := csv.NewReader(bytes.NewReader(list))
	in.ReuseRecord = reuse
	if _, err = in.Read(); err != nil {
		return got, err
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		for _, cell := range row {
			got.bytes += len(cell)
		}
		got.rows++
	}
}

func typedKith(list []byte) (got totals, err error) {
	for _, err := range assets.ReadCSV(bytes.NewReader(list), "list") {
		if err == nil {
			got.rows++
		}
	}
	return got, nil
}

// row is a struct of strings, which all of these packages can fill.
type row struct {
	IP             string `csv:"ip"`
	MAC            string `csv:"mac"`
	NTHost         string `csv:"nt_host"`
	DNS            string `csv:"dns"`
	Owner          string `csv:"owner"`
	Priority       string `csv:"priority"`
	Lat            string `csv:"lat"`
	Long           string `csv:"long"`
	City           string `csv:"city"`
	Country        string `csv:"country"`
	BusinessUnit   string `csv:"bunit"`
	Category       string `csv:"category"`
	PCIDomain      string `csv:"pci_domain"`
	IsExpected     string `csv:"is_expected"`
	ShouldTimesync string `csv:"should_timesync"`
	ShouldUpdate   string `csv:"should_update"`
	RequiresAV     string `csv:"requires_av"`
	Zone           string `csv:"cim_entity_zone"`
}

func (r *row) bytes() int {
	n := 0
	for _, cell := range []string{
		r.IP, r.MAC, r.NTHost, r.DNS, r.Owner, r.Priority, r.Lat, r.Long, r.City, r.Country, r.BusinessUnit,
		r.Category, r.PCIDomain, r.IsExpected, r.ShouldTimesync, r.ShouldUpdate, r.RequiresAV, r.Zone,
	} {
		n += len(cell)
	}
	return n
}

func typedCsvutil(list []byte) (got totals, err error) {
	d, err := csvutil.NewDecoder(csv.NewReader(bytes.NewReader(list)))
	if err != nil {
		return got, err
	}
	for {
		var r row
		err := d.Decode(&r)
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		got.bytes += r.bytes()
		got.rows++
	}
}

func typedGocsv(list []byte) (got totals, err error) {
	d, err := gocsv.NewUnmarshaller(csv.NewReader(bytes.NewReader(list)), row{})
	if err != nil {
		return got, err
	}
	for {
		v, err := d.Read()
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		r := v.(row)
		got.bytes += r.bytes()
		got.rows++
	}
}
