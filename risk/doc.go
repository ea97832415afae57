// Package risk adds up the risk scores of users and machines, and emits a notable when
// a configured condition over them becomes true.
//
// # Terms
//
// A risk modifier is a scored fact about a risk object: a user, a machine, or
// anything else that has a name. Objects are normalised by a resolver, so that
// ACME\jdoe, jdoe and jdoe@corp.example collect risk together. Risk factors are
// conditions that add to the score of a modifier or multiply it. Risk incident
// rules are conditions over the modifiers of an object in a window of time. When
// the condition of a rule becomes true, the engine emits a risk notable, which
// lists the modifiers that contributed and how much. The names and their meaning are
// those of risk-based alerting in Splunk Enterprise Security, but Splunk is not needed.
//
// # Events
//
// [Engine.Add] takes JSON lines, [Engine.AddRecords] CSV records, [Engine.AddMaps]
// decoded events, and [Engine.AddReadings] the readings of a [detect.Reader]. Package
// detect turns events into modifiers: an event with the field risk_object is a
// modifier; rules may turn any other event into several modifiers. An event whose
// object, time or score cannot be read is reported in [Result] and not counted.
//
// # Numbers
//
// Scores are exact, in steps of 0.000001 (package risk/score). The base score is
// rounded half to even when it is read; (base + adds) × multiplies is computed
// exactly and rounded once. The weights of decay and rank have about 118 binary
// digits, and each product is rounded once. The contributions of a notable sum
// exactly to its score.
//
// # Time
//
// At instant x, a window of length W contains the modifiers whose event time t satisfies
// t ≤ x < t+W. The clock is the greatest event time that was accepted; all objects share
// it. Modifiers may arrive late, but those older than clock − lateness are ignored.
// Duplicates are counted once.
//
// # Incident rules
//
// For each rule and object, the modifiers define spans of event time in which the
// condition is true. After each modifier, the engine emits one notable for every
// span up to the clock that has none yet. The time of the notable is the first instant
// in the span, outside the suppression period, at which a modifier enters the window or
// a negative one leaves it. With RefireSeverity the engine emits another notable for the
// same span when the severity rises. A late modifier changes spans in the past: new
// spans can appear, and a span can split into one that has a notable and one that still
// needs one. Notables are never withdrawn. No notable is emitted for an instant before
// clock − lateness, with the clock as it was before the modifier.
//
// A window is evaluated in this order: filter, decay, dedup, cap, aggregate. The score
// of a modifier without a source counts, but the modifier is not counted in sources, is
// not a repeat of another one, and is not capped. With PSeries, negative contributions
// count in full and have no rank. The priority of a notable is the highest priority of
// the entities of its modifiers.
//
// # Implementation
//
// Objects are records of 40 bytes. Modifiers are records of 48 bytes; those of an object
// are stored together, ordered by time. Texts are interned and reference counted. None
// of them contains pointers, so the garbage collector does not scan millions of objects.
//
// A rule is evaluated by a sweep over breakpoints, the instants at which a modifier
// enters or leaves the window. When a modifier arrives in order, the sweep continues
// where it stopped and updates running sums, counters and maxima in amortised constant
// time. For objects with few modifiers it counts the window again, which is faster than
// keeping sums for each object. When a modifier arrives late, the sweep goes back and
// re-evaluates the instants that can still change. Rules with decay or ranks evaluate
// the whole window each time.
//
// With several workers, objects are distributed over shards. Lateness, duplicates and
// the clock are decided before modifiers are distributed, and notables are ordered by
// the modifiers that caused them afterwards, so that the output does not depend on the
// number of workers.
package risk
