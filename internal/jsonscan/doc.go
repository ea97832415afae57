// Package jsonscan finds the values of given paths in a JSON event without decoding it, and
// supports adding members to the event.
//
// # What an event is
//
// An event is one JSON object, optionally with white space around it and a UTF-8 byte order
// mark before it. [Paths.Scan] rejects another kind of value, an unterminated string,
// brackets that are not closed or do not match, and text after the object. It does not
// check the rest of the grammar (commas, numbers, escapes, UTF-8); [Valid] checks all of
// it. For an event that is not valid JSON but that Scan accepts, the results can be wrong,
// but are still ranges of its bytes.
//
// # What a path means
//
// A path consists of names joined by dots. It matches nested objects, flat keys that
// contain the dots, and any mixture: a.b.c is found in {"a":{"b":{"c":1}}},
// {"a.b":{"c":1}}, {"a":{"b.c":1}} and {"a.b.c":1}. Keys are compared after their escapes
// have been resolved, and the comparison is case-sensitive. Paths do not enter arrays: an
// array is a value, and [Value.Elements] iterates over it.
//
// One name of a path, neither the first nor the last, can be a wildcard: "a.*.c" is found in
// {"a":{"b":{"c":1}}} and in {"a.b.c":1}. The wildcard matches any one name, but not several
// that a key joins by dots. The members that it matches are read as if they were one object
// with the members of all of them, in the order of the event.
//
// If several members of an object have the same key, the last one replaces the others
// completely: if a later object lacks a path, the value that was found in an earlier one is
// dropped. Members that are spelled differently ("a.b", and b inside a) do not replace each
// other. If several of them lead to the same path, the one that begins last in the event is
// used.
//
// # How it is done
//
// A kernel first computes bit masks of the quotes, backslashes, colons and brackets in each
// block of 64 bytes. It uses AVX2 if the processor supports it, and otherwise processes
// eight bytes at a time. From these masks it computes, branch-free, which quotes delimit
// strings and which colons and brackets are outside strings. The latter are the marks. The
// AVX2 kernel also drops the colons of keys whose last three bytes differ from those of all
// keys on the paths. The scanner then visits only the remaining marks. At a colon in an
// object that a path leads through, it looks up the key in a small hash table. It skips
// objects and arrays that no path enters by counting brackets. The scanner does not
// recurse, and does not allocate once its buffers have grown to the size of the events.
package jsonscan
