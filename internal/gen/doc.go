// Package gen generates input for tests and benchmarks: lists of machines and people,
// events about them, risk modifiers, and hostile input on which fast implementations are
// compared with slow, obvious ones.
//
// A [World] is a number of hosts and people. It stores none of them: host 17 is computed
// from the seed and the number 17 when it is needed. Therefore a list of a million rows
// agrees with the events about its hosts, and neither is kept in memory.
//
// The same seed gives the same bytes, on every machine and in every run.
//
// The lists and events of a World are valid, but as inconsistent as real ones: several
// lists contain the same host in different spellings (upper and lower case, short and
// full names, four notations of a MAC address), two hosts share an address, hundreds
// share a virtual address, and some MACs are placeholders. The functions that take a
// *rand.Rand ([Prefixes], [Probes], [Object]) generate dense and hostile input: nested
// and equal prefixes, addresses at their edges, and JSON that uses the whole grammar.
package gen
