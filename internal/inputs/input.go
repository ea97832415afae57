// Package inputs opens the inputs of a command or service, which are files or standard
// input, compressed or not, and writes lines that could not be processed to a file of
// dead letters. Its errors name the file.
package inputs

import (
	"bufio"
	"errors"
	"io"
	"os"
	"slices"
	"sync/atomic"
	"syscall"

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/problem"
)

// Standard is the path of standard input.
const Standard = "-"

// Title returns the name of the input at a path for messages.
func Title(path string) string {
	if path == Standard {
		return "standard input"
	}
	return path
}

// headSize is the number of bytes at the beginning that identify a file.
const headSize = 4096

// Input is a file or standard input, decompressed. It is for one goroutine.
type Input struct {
	path   string
	text   io.ReadCloser // decompressed
	in     *bufio.Reader // reads text
	file   io.Closer     // nil for standard input
	stdin  io.Reader
	stored atomic.Int64
}

// Open opens the file at path, or stdin if path is [Standard].
func Open(path string, stdin io.Reader) (*Input, error) {
	in := &Input{path: path, stdin: stdin}
	src := stdin
	if path != Standard {
		f, err := os.Open(path)
		if err != nil {
			return nil, problem.Cause(path, err)
		}
		if info, err := f.Stat(); err == nil && info.IsDir() {
			f.Close()
			return nil, problem.Cause(path, syscall.EISDIR)
		}
		in.file, src = f, f
	}
	in.text = csvio.NewReadCloser(&countedReader{src, &in.stored})
	in.in = bufio.NewReaderSize(in.text, headSize)
	return in, nil
}

// OpenAll opens all inputs before any of them is read, so that a misspelled name is
// reported at once. It returns an error if a path occurs twice.
func OpenAll(paths []string, stdin io.Reader) ([]*Input, error) {
	var all []*Input
	for i, path := range paths {
		if slices.Contains(paths[:i], path) {
			return nil, problem.Usagef("%s is given twice", path)
		}
		in, err := Open(path, stdin)
		if err != nil {
			return nil, err
		}
		all = append(all, in)
	}
	return all, nil
}

// Path returns the path of a file, or "" for standard input.
func (in *Input) Path() string {
	if in.path == Standard {
		return ""
	}
	return in.path
}

// Title returns the name of the input for messages.
func (in *Input) Title() string { return Title(in.path) }

// Size returns the size of the input in bytes as it is stored, compressed or not. It is
// 0 if that is unknown.
func (in *Input) Size() int64 { return Size([]string{in.path}, in.stdin) }

// Stored returns the number of bytes read so far, as they are stored, compressed or not.
// It may be called from any goroutine.
func (in *Input) Stored() int64 { return in.stored.Load() }

// Read implements io.Reader.
func (in *Input) Read(p []byte) (int, error) {
	n, err := in.in.Read(p)
	if err != nil && err != io.EOF {
		err = in.NameError(err)
	}
	return n, err
}

// NameError adds the name of the input to an error.
func (in *Input) NameError(err error) error { return problem.Cause(in.Title(), err) }

// Head returns the first bytes of a file without consuming them. For standard input it
// returns nil, because waiting for data would delay the start. It ignores read errors:
// Read returns them again.
func (in *Input) Head() []byte {
	if in.path == Standard {
		return nil
	}
	head, _ := in.in.Peek(headSize)
	return slices.Clone(head)
}

// Close closes the input. Standard input itself stays open.
func (in *Input) Close() error {
	err := in.text.Close()
	if in.file != nil {
		err = errors.Join(err, in.file.Close())
	}
	return err
}

// Size returns the total size of the inputs in bytes as they are stored, compressed or
// not. It is 0 if that is unknown for any of them.
func Size(paths []string, stdin io.Reader) (size int64) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if path == Standard {
			f, ok := stdin.(*os.File)
			if !ok {
				return 0
			}
			info, err = f.Stat()
		}
		if err != nil || !info.Mode().IsRegular() {
			return 0
		}
		size += info.Size()
	}
	return size
}

// countedReader counts the bytes that are read.
type countedReader struct {
	io.Reader
	n *atomic.Int64
}

func (r *countedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.n.Add(int64(n))
	return n, err
}
