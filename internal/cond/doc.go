// Package cond is the condition language of Kith: the `when:` lists of presets,
// zone rules, risk rules and risk factors, and the `filter:` of incident rules.
//
//	when: [{field: EventID, op: "=", value: [4728, 4732]}, {field: user, op: "!=", value_field: src_user}]
//
// # What holds
//
// A condition is a list of clauses, all of which must hold; an empty list
// always does. A clause compares the values of a field with literals, or with
// the values of another field (value_field).
//
//   - An absent field fails every operator, also != and also as value_field. A
//     field without values (an empty array) is absent. The caller,
//     which yields the values, decides whether null or a placeholder is absent.
//   - = > >= < <= regex and like hold if any value of the field holds for any
//     of the literals.
//   - != holds if no value of the field equals any of the literals.
//   - exists holds if the field has a value, and takes no literal.
//
// # How values compare
//
// A literal that is a decimal number (JSON's form, or with a leading + or
// without digits on one side of the point), quoted or not, compares
// numerically: 4624, "4624" and 4624.0 are equal, and no digit is ever lost to
// rounding. A value that is not a number is neither equal to a number nor less
// nor greater: it fails = > >= < <= and holds for !=. Other literals compare as
// text ignoring case, ordered by the bytes of the lower-case texts. With
// value_field each value of the other field is such a literal.
//
// regex and like match the text, also of numbers. regex uses RE2 syntax, matches
// anywhere in the value, and is case-sensitive unless it begins with (?i). like
// must match the whole value, ignoring case: % matches any number of characters,
// _ matches one. like can take its pattern from value_field, regex cannot.
//
// Evaluating a condition allocates nothing.
package cond
