package merge

import (
	"bytes"

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/entities"
)

// Lookups returns the merged lookups of a result by file name, without writing files.
func Lookups(r *Result) map[string]string { return LookupsIn(r, WriteOptions{}) }

// LookupsIn returns the merged lookups in the form that o selects.
func LookupsIn(r *Result, o WriteOptions) map[string]string {
	files := map[string]string{}
	l := newLookup(entities.Of(r.Entities))
	for _, file := range lookupFilesOf(r.Entities.Kind()) {
		var b bytes.Buffer
		if err := l.writeRows(csvio.NewWriter(&b), file.subset, o); err != nil {
			panic(err)
		}
		files[file.name] = b.String()
	}
	return files
}
