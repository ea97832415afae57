// Package risk adds up what is scored against users and machines, and says when
// it is too much.
//
// # Words
//
// A risk modifier is one scored fact about a risk object: a user, a machine, or
// whatever else somebody names. Objects are normalised by a [Resolver], so that
// ACME\jdoe, jdoe and jdoe@corp.example gather risk together. Risk factors are
// conditions that add to the score of a modifier or multiply it. Risk incident
// rules are conditions over the modifiers that an object gathered in a window
// of time; when one becomes true a risk notable is emitted, which shows every
// modifier that contributed, and by how much. Names and meaning are those of
// risk-based alerting in Splunk Enterprise Security; nothing here needs Splunk.
//
// # Lines
//
// [Engine.Add] takes JSON lines. A line with risk_object is a modifier; any
// other line is an event to which the rules of the configuration are put, and
// which may become several modifiers. A line whose object, time or score cannot
// be read is a bad line: it is reported, and nothing else is lost.
//
// # Numbers
//
// A [Score] moves in steps of 0.000001. The base score is rounded half to even
// when it is read; base + adds, times multiplies, is computed exactly and
// rounded once; sums are exact. Weights of decay and rank are good to 118
// binary digits and their products rounded once, so that what a notable lists
// adds up to what it claims, to the last digit.
//
// # Time
//
// A window of length W holds at instant x the modifiers with t ≤ x < t+W, in the
// time of the events. The clock is the greatest event time that was accepted,
// one for all objects. A modifier may come late; older than clock − lateness it
// does not count. What is the same twice counts once.
//
// # Incident rules
//
// For each rule and object the modifiers define spans of event time in which
// the condition is true. After every modifier each span up to the clock that
// has no notable owes one, at its first instant at which a modifier enters or a
// negative one leaves, outside of the throttle (suppress). With refire:
// severity a span speaks again when the severity rises. Late modifiers change
// spans that are past: new ones may appear, and a span may fall apart into one
// that has a notable and one that owes it. What was emitted stays; instants
// before clock − lateness, as the clock stood before the modifier, are past and
// emit nothing more.
//
// Of a window, in this order: filter, decay, dedup, cap, aggregate. A modifier
// without a source counts, but is no source: nothing is its repeat and no cap
// applies to it. With p_series the negative contributions count in full, after
// the ranked positive ones. The priority of a notable is the highest among its
// modifiers' entities.
//
// # How it is done
//
// Objects are records of 40 bytes, modifiers rows of 48, ordered by time in a
// place of the object's own; texts are interned and counted. None of it holds
// pointers, so that millions of them cost the collector nothing. A rule is
// evaluated by a sweep over breakpoints, the instants at which a modifier enters
// or leaves. For a modifier in order the sweep goes on where it stood, with sums,
// counters and running maxima (amortised constant time); objects with few
// modifiers are counted again, which is quicker than keeping a tally of each. For
// a late modifier the sweep is taken back and repeats what may still change.
// Rules with decay or ranks look at the whole window. With workers, objects are
// dealt out to shards; time, duplicates and the clock are decided before, and
// notables are put in the order of their causes after, so that the number of
// workers does not change a byte.
package risk
