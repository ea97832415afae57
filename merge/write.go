package merge

import (
	"encoding/json"
	"io"
	"os"

	"github.com/kithsec/kith/internal/atomicfile"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/entities"
)

// WriteOptions select what Write writes besides the merged lookups and the report.
// By default it writes only those.
type WriteOptions struct {
	Splunk bool // writes the lookups in Splunk's own format
	// KeyRows writes an entity as one row per key, for programs that match whole cells. The
	// longest networks come first.
	KeyRows    bool
	Provenance bool // also writes provenance.csv
}

// Write writes the merged lookups of the results and their report into the directory
// dir, which it creates if necessary. The results must be of different kinds. With
// WriteOptions.Provenance it also writes the origin of every value. All files are written
// and flushed before the first one replaces that of an earlier merge, so an error while
// writing, such as a full disk, leaves the existing files unchanged.
func Write(dir string, o WriteOptions, results ...*Result) error {
	if err := checkResults(results); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	set := atomicfile.New(dir, 0o666)
	if err := writeAll(set, o, results); err != nil {
		set.Abort()
		return err
	}
	return set.Commit()
}

func writeAll(set *atomicfile.Set, o WriteOptions, results []*Result) error {
	for _, r := range results {
		l := newLookup(entities.Of(r.Entities))
		for _, file := range lookupFilesOf(r.Entities.Kind()) {
			f, err := set.Create(file.name)
			if err != nil {
				return err
			}
			if err := l.writeRows(csvio.NewWriter(f), file.subset, o); err != nil {
				return err
			}
		}
	}
	if o.Provenance {
		f, err := set.Create(ProvenanceFile)
		if err != nil {
			return err
		}
		if err := WriteProvenance(f, results...); err != nil {
			return err
		}
	}
	f, err := set.Create(ReportFile)
	if err != nil {
		return err
	}
	return WriteReport(f, results...)
}

// WriteReport writes the reports of the results as one JSON object with a member for
// each kind.
func WriteReport(w io.Writer, results ...*Result) error {
	if err := checkResults(results); err != nil {
		return err
	}
	reports := make(map[string]*Report, len(results))
	for _, r := range results {
		reports[r.Entities.Kind().String()] = &r.Report
	}
	text, err := json.MarshalIndent(reports, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
