// Package snapshot provides the tables from which events are enriched: those of assets
// and of identities, built together.
//
// A Snapshot never changes. When the lists change, a new Snapshot is built and replaces
// the old one atomically (see enrich.Enricher.Swap).
//
// A Snapshot can be written to a file. The file has the same layout as the tables in
// memory, so that [Open] only maps it: it takes a fraction of a second whatever the size
// of the file, and parts that are not used are not read. The file contains no pointers
// and can be read on any machine. It must not be changed in place while it is open, only
// replaced by renaming another file over it, as [Snapshot.WriteFile] does.
package snapshot

import (
	"errors"
	"sync"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/sections"
	"github.com/kithsec/kith/internal/table"
)

// Snapshot is a table of assets and one of identities. Each may be nil. A Snapshot must
// not be changed once it is in use; it is then safe for concurrent use. The zero Snapshot
// has no tables.
type Snapshot struct {
	Assets     *assets.Table
	Identities *identities.Table
	Fill       assets.Fill // how empty fields of addresses are filled from covering prefixes

	once  sync.Once // initialises names
	names nameViews

	file   *sections.Reader // nil unless it was opened from a file
	mapped []byte           // memory to unmap, or nil
}

// Options control how tables look up keys and fill fields. The zero Options are the
// defaults.
type Options struct {
	Assets     assets.Options
	Identities identities.Options
	Fill       assets.Fill
}

// Build returns a Snapshot of merged entities. It builds both tables concurrently. If the
// entities of a kind are nil, the Snapshot has no table of that kind.
func Build(assetEntities, identityEntities *entity.Entities, o Options) (*Snapshot, error) {
	s := &Snapshot{Fill: o.Fill}
	var failed [2]error
	var both sync.WaitGroup
	if assetEntities != nil {
		both.Go(func() { s.Assets, failed[0] = assets.NewTable(assetEntities, o.Assets) })
	}
	if identityEntities != nil {
		both.Go(func() { s.Identities, failed[1] = identities.NewTable(identityEntities, o.Identities) })
	}
	both.Wait()
	if err := errors.Join(failed[0], failed[1]); err != nil {
		return nil, err
	}
	s.linkTables()
	return s, nil
}

// linkTables makes the assets known to lookups by the table of identities alone.
func (s *Snapshot) linkTables() {
	if people := table.Of(s.Identities); people != nil {
		people.LinkAssets(table.Of(s.Assets))
	}
}

// Indexes of the tables.
const (
	assetTable = iota
	identityTable
	numTables
)

// tables returns the tables. A table that the Snapshot lacks is nil.
func (s *Snapshot) tables() [numTables]*table.Table {
	return [numTables]*table.Table{assetTable: table.Of(s.Assets), identityTable: table.Of(s.Identities)}
}
