// Package detect turns events into facts. It keeps no state between events.
//
// A [Fact] is a risk modifier, one scored fact about a risk object: a user, a
// machine, or anything else that an event names. An event with risk_object is a modifier
// for each of its objects. Every other event is matched against rules ([Rule]), each of
// which may make several modifiers of it.
//
// # Objects
//
// A [Resolver] normalises objects, so that ACME\jdoe, jdoe and jdoe@corp.example
// collect risk together. An object that resolves to no entity is its text in lower
// case. A [Namer] looks up the objects of several events together.
//
// # Scores
//
// The base score is that of the event, or else that of the rule. Risk factors
// ([Factor]) are conditions that add to the score of a modifier or multiply it:
// (base + adds) × multiplies is computed exactly and rounded once. Conditions over
// modifiers read the modifier's own fields (risk_object, risk_object_type, risk_score,
// risk_message, source, threat_object, threat_object_type, tactics, techniques), then
// those of the event. risk_object_<field> is the event's, or else that of the object's
// entity.
//
// # ATT&CK
//
// Techniques and tactics are those of the rule, or else those in the annotations of the
// event. If only techniques are given, the tactics are those that they serve.
//
// # Content
//
// [ParseRules] reads the forms in which detection content is published. [ESFactors]
// returns the risk factors that Splunk Enterprise Security ships.
package detect
