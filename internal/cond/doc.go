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
//     field without values (an empty array) is absent. Whether null or a
//     placeholder is absent is for the caller to say, who yields the values.
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
// rounding. A value that is no number equals no number and is on neither side
// of one: it fails = > >= < <= and holds for !=. Other literals compare as text
// ignoring case, the order being that of the bytes of the lower-case texts.
// With value_field each value of the other field is such a literal.
//
// regex and like look at the text, numbers included. regex is RE2 syntax, finds
// its match anywhere in the value, and minds case unless it says (?i). like
// must match the whole value, ignoring case: % is any number of characters, _
// is one; like may take its pattern from value_field, regex may not.
//
// Evaluating a condition allocates nothing.
package cond
