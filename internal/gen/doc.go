// Package gen makes input for tests and benchmarks: lists of machines and
// people, events about them, risk modifiers, and small awkward things that the
// slow twins are compared on.
//
// A [World] is a number of hosts and people. Nothing of it is stored: host 17
// of a world is computed from the seed and 17 whenever somebody asks, so that a
// list of a million rows and the events about it agree with each other and
// neither is held in memory.
//
// The same seed gives the same bytes, on every machine and in every run.
//
// What a World produces is as awkward as real lists are, and valid: the same
// host in several lists under different spellings (case, short name against
// full name, four ways to write a MAC), addresses that two hosts share, one
// virtual address that hundreds share, placeholder MACs. What the functions on
// *rand.Rand produce (Prefixes, Probes, Object) is dense and hostile: nested
// and equal prefixes, addresses on their edges, JSON with everything that the
// grammar allows.
package gen
