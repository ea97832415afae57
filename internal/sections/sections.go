// Package sections stores named sections of fixed-size integers in one file, which can
// be mapped into memory and used in place.
//
// The file is little-endian. It consists of a header, the sections, each of which starts
// on a 64-byte boundary, and a directory. Header, directory and every section have a
// CRC-32C checksum. Sections contain no pointers, so a file that was written on one
// machine can be read on another.
package sections

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"unsafe"
)

// Align is the boundary on which every section starts: a cache line.
const Align = 64

const (
	magic      = "KITHFLAT"
	version    = 3
	headerSize = 64
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Errors that Open and Get return, wrapped with details.
var (
	ErrFormat   = errors.New("not a kith snapshot")
	ErrVersion  = errors.New("unsupported snapshot version")
	ErrChecksum = errors.New("snapshot is damaged")
)

// Int is the type of the elements of a section.
type Int interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Writer collects sections and writes them. The zero Writer is ready to use.
type Writer struct {
	names []string
	data  [][]byte
}

// Put adds a section. The slice is not copied, so it must not change until WriteTo has
// returned. Each name may be used only once.
func Put[T Int](w *Writer, name string, s []T) {
	w.names = append(w.names, name)
	w.data = append(w.data, asBytes(s))
}

// Get returns a section of r by its name. The result shares the memory of r and must not
// be changed. Get verifies the checksum of the section; Open does not, so that sections
// that are not used are not read.
func Get[T Int](r *Reader, name string) ([]T, error) {
	s, ok := r.sections[name]
	if !ok {
		return nil, fmt.Errorf("%w: no section %q", ErrFormat, name)
	}
	b := s.data
	if crc32.Checksum(b, castagnoli) != s.sum {
		return nil, fmt.Errorf("%w: section %q", ErrChecksum, name)
	}
	var zero T
	size := int(unsafe.Sizeof(zero))
	if len(b)%size != 0 {
		return nil, fmt.Errorf("%w: section %q has %d bytes, not a multiple of %d", ErrFormat, name, len(b), size)
	}
	return fromBytes[T](b), nil
}

// WriteTo writes the header, the sections and the directory.
func (w *Writer) WriteTo(out io.Writer) (int64, error) {
	var dir []byte
	offset := int64(headerSize)
	for i, b := range w.data {
		dir = binary.LittleEndian.AppendUint32(dir, uint32(len(w.names[i])))
		dir = append(dir, w.names[i]...)
		dir = binary.LittleEndian.AppendUint64(dir, uint64(offset))
		dir = binary.LittleEndian.AppendUint64(dir, uint64(len(b)))
		dir = binary.LittleEndian.AppendUint32(dir, crc32.Checksum(b, castagnoli))
		offset += paddedSize(len(b))
	}
	head := make([]byte, headerSize)
	copy(head, magic)
	binary.LittleEndian.PutUint32(head[8:], version)
	binary.LittleEndian.PutUint32(head[12:], uint32(len(w.data)))
	binary.LittleEndian.PutUint64(head[16:], uint64(offset))
	binary.LittleEndian.PutUint64(head[24:], uint64(len(dir)))
	binary.LittleEndian.PutUint32(head[32:], crc32.Checksum(dir, castagnoli))
	binary.LittleEndian.PutUint32(head[60:], crc32.Checksum(head[:60], castagnoli))

	written := int64(0)
	write := func(b []byte) error {
		n, err := out.Write(b)
		written += int64(n)
		return err
	}
	if err := write(head); err != nil {
		return written, err
	}
	for _, b := range w.data {
		if err := write(b); err != nil {
			return written, err
		}
		if err := write(make([]byte, paddedSize(len(b))-int64(len(b)))); err != nil {
			return written, err
		}
	}
	return written, write(dir)
}

// Reader reads the sections of a file. It is safe for concurrent use.
type Reader struct {
	sections map[string]section
}

type section struct {
	data []byte
	sum  uint32 // CRC-32C
}

// Open returns a Reader of data, which is a whole file. The Reader shares the memory of
// data, which should start on an 8-byte boundary, as mapped and allocated memory does;
// otherwise Open copies it. Open verifies the checksums of the header and the directory;
// Get verifies those of the sections.
func Open(data []byte) (*Reader, error) {
	if len(data) < headerSize || string(data[:8]) != magic {
		return nil, ErrFormat
	}
	if v := binary.LittleEndian.Uint32(data[8:]); v != version {
		return nil, fmt.Errorf("%w %d: this build reads version %d; write the snapshot again", ErrVersion, v, version)
	}
	if crc32.Checksum(data[:60], castagnoli) != binary.LittleEndian.Uint32(data[60:]) {
		return nil, fmt.Errorf("%w: header", ErrChecksum)
	}
	if uintptr(unsafe.Pointer(unsafe.SliceData(data)))%8 != 0 {
		data = append(make([]byte, 0, len(data)), data...)
	}
	count := binary.LittleEndian.Uint32(data[12:])
	start := binary.LittleEndian.Uint64(data[16:])
	size := binary.LittleEndian.Uint64(data[24:])
	if start > uint64(len(data)) || size != uint64(len(data))-start {
		return nil, fmt.Errorf("%w: cut short", ErrChecksum)
	}
	dir := data[start:]
	if crc32.Checksum(dir, castagnoli) != binary.LittleEndian.Uint32(data[32:]) {
		return nil, fmt.Errorf("%w: directory", ErrChecksum)
	}
	r := &Reader{sections: make(map[string]section, count)}
	for range count {
		var err error
		if dir, err = r.addSection(data[:start], dir); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// addSection adds the section of the first entry of dir and returns the other entries.
func (r *Reader) addSection(data, dir []byte) (rest []byte, err error) {
	if len(dir) < 4 {
		return nil, ErrFormat
	}
	n := int(binary.LittleEndian.Uint32(dir))
	if n < 0 || len(dir) < 4+n+20 {
		return nil, ErrFormat
	}
	name := string(dir[4 : 4+n])
	dir = dir[4+n:]
	from := binary.LittleEndian.Uint64(dir)
	size := binary.LittleEndian.Uint64(dir[8:])
	if from > uint64(len(data)) || size > uint64(len(data))-from || from%Align != 0 {
		return nil, fmt.Errorf("%w: section %q", ErrFormat, name)
	}
	r.sections[name] = section{data[from : from+size : from+size], binary.LittleEndian.Uint32(dir[16:])}
	return dir[20:], nil
}

// Has reports whether there is a section with this name.
func (r *Reader) Has(name string) bool {
	_, ok := r.sections[name]
	return ok
}

// paddedSize returns n rounded up to a multiple of Align.
func paddedSize(n int) int64 { return (int64(n) + Align - 1) &^ (Align - 1) }

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

// byteSwapped returns a copy of b with the bytes of every element of this size reversed.
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
