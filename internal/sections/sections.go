// Package sections stores named sections of fixed-size integers in one file that
// can be mapped into memory and used as it lies.
//
// The file is little-endian: a header, the sections one after another, each
// starting on a 64-byte boundary, and a directory at the end. The header and
// the directory carry CRC-32C checksums, the directory one for every section.
// Nothing in a section is a pointer, so a file written on one machine is read
// on another.
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
	version    = 2
	headerSize = 64
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Errors that Open returns, wrapped with what was found.
var (
	ErrFormat   = errors.New("not a kith snapshot")
	ErrVersion  = errors.New("snapshot of another version")
	ErrChecksum = errors.New("snapshot is damaged")
)

// Int is an element of a section.
type Int interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Writer collects sections and writes them out. The zero Writer is ready.
type Writer struct {
	names []string
	data  [][]byte
}

// Put adds a section. The slice is not copied and must not change until
// WriteTo has returned. A name may be put once.
func Put[T Int](w *Writer, name string, s []T) {
	w.names = append(w.names, name)
	w.data = append(w.data, asBytes(s))
}

// Get returns the named section of r, which shares the memory of r and must not be
// changed. It verifies the checksum of the section, so that sections that are not
// used are not read.
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

// Reader is an opened file. It is safe for concurrent use.
type Reader struct {
	sections map[string]section
}

type section struct {
	data []byte
	sum  uint32 // CRC-32C
}

// Open checks data, a whole file, and returns its sections, which share its
// memory. data should start on an 8-byte boundary, as mapped and allocated
// memory does; otherwise it is copied. The checksums of the header and the
// directory are verified here, those of the sections by Get.
func Open(data []byte) (*Reader, error) {
	if len(data) < headerSize || string(data[:8]) != magic {
		return nil, ErrFormat
	}
	if v := binary.LittleEndian.Uint32(data[8:]); v != version {
		return nil, fmt.Errorf("%w: %d, this is version %d", ErrVersion, v, version)
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

// Has reports whether there is a section of that name.
func (r *Reader) Has(name string) bool {
	_, ok := r.sections[name]
	return ok
}

func paddedSize(n int) int64 { return (int64(n) + Align - 1) &^ (Align - 1) }
