// Package kith tells a stream of security events who and what each event
// touched: it resolves the addresses, names and accounts in an event to the
// asset or identity they belong to, and writes what is known of it into the
// event.
//
// This package is the front page and has nothing to import. Data goes one way:
//
//   - [github.com/kithsec/kith/entity] holds the words that assets and
//     identities share: kinds, zones, priorities, fields, losses.
//   - [github.com/kithsec/kith/assets] and
//     [github.com/kithsec/kith/identities] hold their fields and the tables
//     that answer keys.
//   - [github.com/kithsec/kith/merge] makes one list of entities of many
//     ranked sources.
//   - [github.com/kithsec/kith/enrich] writes entities into events.
//   - [github.com/kithsec/kith/risk] adds up the risk that entities gather;
//     [github.com/kithsec/kith/state/bolt] keeps it.
//
// The example shows the whole way once. Tables are immutable and safe for
// concurrent use; a change of the lists makes others, and [enrich.Enricher.Swap]
// puts them in place. Nothing here has globals or logs, and no goroutine outlives
// the call that started it.
//
// The command is in cmd/kith.
//
// [enrich.Enricher.Swap]: https://pkg.go.dev/github.com/kithsec/kith/enrich#Enricher.Swap
package kith
