package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/merge"
)

func TestDiffTableShowsValuesThatDiffer(t *testing.T) {
	var d diffTable
	assert.Equal(t, "no changes\n", d.text(term.Style{}))
	d.addChange(merge.Change{Change: "changed", Kind: "asset", Key: "web", Fields: map[string]merge.FieldChange{
		"owner":    {Old: []string{"ops"}, New: []string{"dev"}},
		"category": {Old: []string{"a", "pci", "b"}, New: []string{"b", "a", "db", "web"}, Multi: true},
		"ip":       {Old: []string{"10.0.0.1", "10.0.0.2"}, New: []string{"10.0.0.2", "10.0.0.1"}, Multi: true},
		"city":     {New: []string{"Köln\x1b[2J"}},
	}})
	d.addChange(merge.Change{Change: "gone", Kind: "identity", Key: "jdoe"})
	assert.Equal(t, `change   kind      key  field     before              after
changed  asset     web  category  pci                 db  web
                        city                          Köln\x1b[2J
                        ip        10.0.0.1  10.0.0.2  10.0.0.2  10.0.0.1
                        owner     ops                 dev
gone     identity  jdoe

0 new, 1 gone, 1 changed
`, d.text(term.Style{}))
}
