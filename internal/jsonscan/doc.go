// Package jsonscan finds wanted values in a JSON event in one pass over its
// bytes, without decoding it, and helps to write new members into it.
//
// # What an event is
//
// An event is one JSON object with white space around it, optionally after
// a UTF-8 byte order mark. [Paths.Scan] rejects anything else: another kind of value,
// a string or a bracket left open, a bracket closed by the wrong one, text
// after the object. It does not check the rest of the grammar (commas, numbers,
// escapes, UTF-8); [Valid] checks all of it. The results of Scan are exact for
// a valid event. For an event that is not valid JSON they are ranges of its bytes.
//
// # What a path means
//
// A path is names joined by dots. It matches nested objects, flat keys that
// contain the dots, and any mixture: a.b.c is found in {"a":{"b":{"c":1}}},
// {"a.b":{"c":1}}, {"a":{"b.c":1}} and {"a.b.c":1}. Keys are compared as text
// after their escapes are resolved, letter case included. Paths do not enter
// arrays: an array is a value, and [Value.Elements] steps through it.
//
// Of the members of one object that have the same key the last counts, whole:
// if an object is repeated, what was found in the earlier one is dropped,
// even if the later one lacks it. Members spelled differently ("a.b" and b
// inside of a) do not replace each other; if several of them lead to the same
// path, the one that begins last in the event counts.
//
// # How it is done
//
// First every 64 bytes are classified into bit masks (quotes, backslashes, colons,
// brackets), with AVX2 where the processor has it and eight bytes at a time elsewhere.
// From these masks the scanner computes, branch-free, which quotes delimit strings and
// which colons and brackets lie outside strings. The AVX2 kernel also drops the colons of
// keys whose last three bytes no key on a path has. Then only the marks that are left are
// visited: at a colon of an object that a path leads through, the key before it is looked
// up in a small hash table; objects and arrays that no path enters are skipped bracket by
// bracket. The scanner does not recurse, and does not allocate once it has grown to the
// size of the events.
package jsonscan
