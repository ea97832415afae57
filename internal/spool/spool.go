// Package spool keeps bytes that are written once and then read in any order. The first
// megabytes are kept in memory; if there are more, all are kept in a temporary file. A list
// that must be seen whole before its rows can be read thus takes little memory, however long
// it is.
package spool

import (
	"fmt"
	"io"
	"os"
)

const (
	blockSize = 64 << 10
	// inMemory is the size up to which a Spool has no file.
	inMemory = 8 << 20
	// numCached is the number of blocks of the file that are kept in memory.
	numCached = 32
)

// Spool holds bytes in the order in which they were written. The zero Spool is empty and
// ready for use. It must not be used concurrently. Close must be called at the end.
type Spool struct {
	size   int64
	blocks [][]byte // all blocks without a file, and only the last one with a file
	file   *os.File
	cache  [numCached]cachedBlock // of the file, by the number of the block modulo numCached
}

// cachedBlock is a block of the file that is kept in memory.
type cachedBlock struct {
	number int64 // of the block, from 1; 0 if there is none
	bytes  []byte
}

// Write appends p. It fails only if the temporary file cannot be created or written.
func (s *Spool) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		last := len(s.blocks) - 1
		if last < 0 || len(s.blocks[last]) == blockSize {
			if err := s.addBlock(); err != nil {
				return len(p) - len(rest), err
			}
			continue
		}
		n := min(len(rest), blockSize-len(s.blocks[last]))
		s.blocks[last] = append(s.blocks[last], rest[:n]...)
		s.size += int64(n)
		rest = rest[n:]
	}
	return len(p), nil
}

// addBlock adds an empty block. With a file, it first writes the last one.
func (s *Spool) addBlock() error {
	switch {
	case s.file == nil && s.size < inMemory:
		s.blocks = append(s.blocks, make([]byte, 0, blockSize))
		return nil
	case s.file == nil:
		file, err := createTemp()
		if err != nil {
			return err
		}
		s.file = file
	}
	for _, b := range s.blocks {
		if _, err := s.file.Write(b); err != nil {
			return wrapError(err)
		}
	}
	s.blocks = [][]byte{s.blocks[0][:0]}
	return nil
}

// createTemp creates a temporary file without a name, where the system permits that.
func createTemp() (*os.File, error) {
	file, err := os.CreateTemp("", "kith-list-")
	if err != nil {
		return nil, wrapError(err)
	}
	_ = os.Remove(file.Name()) // Close removes it on systems that do not remove open files
	return file, nil
}

// wrapError explains an error of the temporary file.
func wrapError(err error) error {
	return fmt.Errorf("a large list needs a temporary file: %w: set TMPDIR to a directory with room for the list", err)
}

// Size returns the number of bytes that have been written.
func (s *Spool) Size() int64 { return s.size }

// ReadAt implements io.ReaderAt for the bytes that have been written so far. It must not
// be used concurrently.
func (s *Spool) ReadAt(p []byte, from int64) (n int, err error) {
	for n < len(p) {
		if from >= s.size {
			return n, io.EOF
		}
		b, err := s.block(from / blockSize)
		if err != nil {
			return n, err
		}
		copied := copy(p[n:], b[from%blockSize:])
		n, from = n+copied, from+int64(copied)
	}
	return n, nil
}

// block returns a block, which is valid until the next call.
func (s *Spool) block(number int64) ([]byte, error) {
	if s.file == nil {
		return s.blocks[number], nil
	}
	if number == (s.size-1)/blockSize {
		return s.blocks[0], nil
	}
	c := &s.cache[number%numCached]
	if c.number == number+1 {
		return c.bytes, nil
	}
	if c.bytes == nil {
		c.bytes = make([]byte, blockSize)
	}
	c.number = 0
	if _, err := s.file.ReadAt(c.bytes, number*blockSize); err != nil {
		return nil, wrapError(err)
	}
	c.number = number + 1
	return c.bytes, nil
}

// Reader returns a reader of all bytes.
func (s *Spool) Reader() io.Reader { return io.NewSectionReader(s, 0, s.size) }

// Close removes the bytes. The Spool is then empty, and can be used again.
func (s *Spool) Close() error {
	var err error
	if s.file != nil {
		err = s.file.Close()
		_ = os.Remove(s.file.Name()) // where createTemp could not
	}
	*s = Spool{}
	return err
}
