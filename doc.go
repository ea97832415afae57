// Package kith enriches security events with assets and identities: it resolves the
// addresses, names and accounts in an event to the machines and people that they
// belong to, and adds their fields to the event.
//
// This package only has an overview and an example; programs import the packages below
// it. Data flows through them in this order:
//
//   - [github.com/kithsec/kith/entity] defines the terms that assets and identities
//     share: kinds, zones, priorities, fields.
//   - [github.com/kithsec/kith/assets] and [github.com/kithsec/kith/identities] define
//     their fields and the tables that look them up.
//   - [github.com/kithsec/kith/merge] merges ranked lists into one record per entity.
//   - [github.com/kithsec/kith/snapshot] holds the tables of all kinds, in memory or in
//     a file.
//   - [github.com/kithsec/kith/event] reads events, and
//     [github.com/kithsec/kith/enrich] adds the fields of entities to them.
//   - [github.com/kithsec/kith/detect] turns events into risk modifiers, and
//     [github.com/kithsec/kith/risk] adds up their risk per user and machine;
//     [github.com/kithsec/kith/state/bolt] keeps the state on disk.
//   - [github.com/kithsec/kith/pipeline] enriches events and adds up their risk in one
//     pass.
//
// Tables are immutable and safe for concurrent use. When the lists change, build new
// tables and replace the old ones with [enrich.Enricher.Swap]. No package has global
// state or writes logs, and goroutines end before the call that started them returns.
//
// The command is in cmd/kith.
//
// [enrich.Enricher.Swap]: https://pkg.go.dev/github.com/kithsec/kith/enrich#Enricher.Swap
package kith
