// Package cond implements the condition language of Kith: the `when:` lists of
// presets, zone rules, risk rules and risk factors, and the `filter:` of incident
// rules.
//
//	when: [{field: EventID, op: "=", value: [4728, 4732]}, {field: user, op: "!=", value_field: src_user}]
//
// # Clauses
//
// A condition is a list of clauses, all of which must hold; an empty list always
// holds. A clause compares the values of a field with literals, or with the values of
// another field (value_field).
//
//   - If the field or the value_field is absent, a clause does not hold, whatever its
//     operator; this includes !=. A field without values, such as an empty array, is
//     absent. The [Source] decides whether a null or a placeholder is absent.
//   - = > >= < <= regex and like hold if any value of the field matches any of the
//     literals.
//   - != holds if no value of the field equals any of the literals.
//   - exists holds if the field has a value. It takes no literal.
//
// # Comparisons
//
// If a literal is a decimal number, quoted or not, values are compared with it
// numerically and exactly: 4624, "4624" and 4624.0 are equal. Numbers are written as in
// JSON, but may also have a leading + or leading zeros, or no digits on one side of the
// point. A value that is not a number is neither equal to a number nor less nor greater:
// of the comparisons, only != holds. Other literals are compared as texts, ignoring case,
// and ordered by the bytes of the texts in lower case. With value_field each value of the
// other field is a literal.
//
// regex and like match the text, even of numbers. regex uses RE2 syntax, matches
// anywhere in the value, and is case-sensitive unless it begins with (?i). like matches
// the whole value, ignoring case: % matches any number of characters, _ matches one.
// like can take its pattern from value_field, regex cannot.
//
// Evaluating a condition does not allocate.
package cond
