// Package gold has slow, obvious implementations of tables and of the enricher, which
// tests compare the fast ones with. They scan the entities linearly and decode events
// with encoding/json. They share no matching code with the implementations they test.
// Only tests and benchmarks import the package.
package gold
