// Package gold holds the slow twins: what tables and the enricher do, done in
// the most obvious way, by linear scans over the entities and by decoding
// events with encoding/json. They share no matching code with what they judge.
// Only tests and benchmarks import it.
package gold
