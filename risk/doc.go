// Package risk adds up the risk of users and machines, and reports when it is too
// high.
//
// # Terms
//
// A risk modifier is a scored fact about a risk object: a user, a machine, or
// anything else that has a name. Objects are normalised by a resolver, so that
// ACME\jdoe, jdoe and jdoe@corp.example collect risk together. Risk factors are
// conditions that add to the score of a modifier or multiply it. Risk incident
// rules are conditions over the modifiers of an object in a window of time. When
// the condition of a rule becomes true, the engine emits a risk notable, which
// lists every modifier that contributed, and how much. Names and meaning are those
// of risk-based alerting in Splunk Enterprise Security; nothing here needs Splunk.
//
// # Events
//
// [Engine.Add] takes JSON lines, [Engine.AddRecords] CSV records, [Engine.AddMaps]
// decoded events, and [Engine.AddReadings] what Readers have read elsewhere. Package
// detect makes modifiers of them: an event with risk_object is a modifier; rules
// may make several modifiers of any other event. An event whose object, time or
// score cannot be read is bad: it is reported, and the others count.
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
// A window of length W holds at instant x the modifiers with t ≤ x < t+W, in event
// time. The clock is the greatest event time that was accepted, one for all
// objects. Modifiers may arrive late. Those older than clock − lateness are ignored.
// Duplicates are counted once.
//
// # Incident rules
//
// For each rule and object, the modifiers define spans of event time in which the
// condition is true. After each modifier, the engine emits one notable for every
// span up to the clock that has none yet. Its time is the first instant in the span,
// outside the suppression period, at which a modifier enters the window or a
// negative one leaves it. With RefireSeverity a further notable is emitted when the
// severity rises. A late modifier changes spans in the past: new spans can appear,
// and a span can split into one that has a notable and one that needs it. Notables
// are never withdrawn. Instants before clock − lateness, with the clock as it was
// before the modifier, emit nothing more.
//
// A window is evaluated in this order: filter, decay, dedup, cap, aggregate. A
// modifier without a source counts, but not as a source: it is no duplicate of
// another one, and no cap applies to it. With PSeries, negative contributions count
// in full, after the ranked positive ones. The priority of a notable is the highest
// among the entities of its modifiers.
//
// # Implementation
//
// Objects are records of 40 bytes, modifiers rows of 48, ordered by time and stored
// together for each object. Texts are interned and counted. None of it has pointers,
// so that millions of objects cost the garbage collector nothing.
//
// A rule is evaluated by a sweep over breakpoints, the instants at which a modifier
// enters or leaves the window. For a modifier in order the sweep continues where it
// stopped, with running sums, counters and maxima in amortised constant time. For
// objects with few modifiers the window is counted again, which is faster than
// keeping sums for each. For a late modifier the sweep goes back and repeats what
// can still change. Rules with decay or ranks look at the whole window.
//
// With several workers, objects are distributed over shards. Time, duplicates and
// the clock are decided before, and notables are ordered by their causes after, so
// that the output does not depend on the number of workers.
package risk
