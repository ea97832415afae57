// Package detect turns events into facts. It keeps no state between events.
//
// A [Fact] is a risk modifier: a scored fact about a risk object, which is a user, a
// machine, or anything else that an event names. An event that has the field risk_object
// is already a modifier, one for each of its objects. Every other event is matched
// against rules ([Rule]). Each rule that applies can make several modifiers of it.
//
// The time of a modifier is that of the event: at the paths of Config.Times, at
// orig_time or _time, or where events of its format have it (see [event.Preset]).
//
// # Objects
//
// A [Resolver] normalises objects, so that ACME\jdoe, jdoe and jdoe@corp.example
// collect risk together. An object that does not resolve to an entity is normalised to
// its text in lower case. A [Namer] looks up the objects of several events in one call.
//
// # Scores
//
// The base score is that of the event, or else that of the rule. Risk factors
// ([Factor]) add to the score of the modifiers for which their conditions hold, or
// multiply it: (base + adds) × multiplies is computed exactly and rounded once.
// Conditions over modifiers read the fields of the modifier (risk_object,
// risk_object_type, risk_score, risk_message, source, threat_object,
// threat_object_type, tactics, techniques) and otherwise those of the event. The field
// risk_object_<field> is that of the event, or else <field> of the entity to which the
// object resolves.
//
// # ATT&CK
//
// Techniques and tactics are those of the rule, or else those in the annotations of the
// event. If only techniques are given, the tactics are those that they serve.
//
// # Content
//
// [ParseRules] parses the formats in which detection content is published. [ESFactors]
// returns the risk factors that Splunk Enterprise Security ships.
package detect
