// Package snapshot holds what events are enriched from: the tables of all kinds,
// built together.
//
// A Snapshot never changes. A change of the lists makes another one, which takes its
// place in one step (see enrich.Enricher.Swap).
//
// A Snapshot can be written to a file. The file holds the tables as they are in
// memory, so that [Open] maps it and is ready in a fraction of a second, whatever its
// size; what is not used is not read. It holds no pointers and is read on any machine.
// A file is replaced by renaming another over it, never written in place.
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

// Snapshot is the tables of all kinds. Each may be nil. It must not be changed once it
// is in use; then it is safe for concurrent use. The zero Snapshot has no tables.
type Snapshot struct {
	Assets     *assets.Table
	Identities *identities.Table
	Fill       assets.Fill // how the fields of addresses are filled

	once  sync.Once
	names nameViews

	file   *sections.Reader // nil if it was not opened
	mapped []byte           // memory to unmap, or nil
}

// Options control how tables look up keys. The zero Options are the defaults.
type Options struct {
	Assets     assets.Options
	Identities identities.Options
	Fill       assets.Fill
}

// Build returns the snapshot of merged entities, building both tables concurrently.
// Without the entities of a kind there is no table of it.
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
	return s, nil
}

// The indexes of the tables.
const (
	assetTable = iota
	identityTable
	numTables
)

// tables returns the tables, nil for each that is not there.
func (s *Snapshot) tables() [numTables]*table.Table {
	return [numTables]*table.Table{assetTable: table.Of(s.Assets), identityTable: table.Of(s.Identities)}
}
