package sections

import (
	"encoding/binary"
	"unsafe"
)

var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// asBytes returns the little-endian bytes of s, without copying on a
// little-endian machine.
func asBytes[T Int](s []T) []byte {
	var zero T
	size := int(unsafe.Sizeof(zero))
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*size)
	if bigEndian && size > 1 {
		return byteSwapped(b, size)
	}
	return b
}

// fromBytes is the inverse of asBytes. b must be aligned for T.
func fromBytes[T Int](b []byte) []T {
	var zero T
	size := int(unsafe.Sizeof(zero))
	if bigEndian && size > 1 {
		b = byteSwapped(b, size)
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/size)
}

func byteSwapped(b []byte, size int) []byte {
	words := make([]uint64, (len(b)+7)/8)
	out := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(b))
	for i := 0; i < len(b); i += size {
		for j := range size {
			out[i+j] = b[i+size-1-j]
		}
	}
	return out
}
