// Package bytestext converts between bytes and text without a copy. The result shares the
// memory of the argument.
package bytestext

import "unsafe"

// String returns b as a string that shares its memory. b must not change while the
// string is used.
func String(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Bytes returns the bytes of s, which must not be changed. It is not nil.
func Bytes(s string) []byte {
	if s == "" {
		return []byte{}
	}
	return unsafe.Slice(unsafe.StringData(s), len(s))
}
