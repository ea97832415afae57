package inputs

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"
	"sync"
	"syscall"

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/problem"
)

// Files reads several inputs as one. It adds a line feed between two of them if the
// first lacks its last one. If they are CSV, only the first header is passed on. An input
// is opened when the one before has ended.
type Files struct {
	paths     []string
	stdin     io.Reader
	delimiter byte // of cells; 0 unless the inputs are records under a header

	next          int       // index of paths
	file          *Input    // current input; nil between inputs
	body          io.Reader // reads file after its header
	unterminated  bool      // the last bytes read do not end with a line feed
	needsLineFeed bool      // insert a line feed before the next bytes
	header        []byte    // of the first CSV input that has one

	mu     sync.Mutex
	marks  []fileMark
	lines  int64 // number read so far
	stored int64 // bytes of the inputs before file, as they are stored
}

// fileMark states that line after+1 of all inputs is line skipped+1 of one input.
type fileMark struct {
	after   int64
	skipped int64
	path    string
}

// OpenFiles returns Files for paths after checking all of them: that the files can be
// read and, if they are CSV, have the same header. delimiter separates the cells of CSV; it
// is 0 for other inputs.
func OpenFiles(paths []string, stdin io.Reader, delimiter byte) (*Files, error) {
	var problems []error
	for i, path := range paths {
		if path == Standard && slices.Contains(paths[:i], path) {
			return nil, problem.Usagef("standard input is given twice")
		}
		problems = append(problems, checkReadable(path))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	f := &Files{paths: paths, stdin: stdin, delimiter: delimiter}
	return f, f.checkHeaders()
}

// Paths returns the paths of the inputs.
func (f *Files) Paths() []string { return f.paths }

// Open opens one of the inputs by itself.
func (f *Files) Open(path string) (*Input, error) { return Open(path, f.stdin) }

// Size returns the total size of the inputs in bytes as they are stored. It is 0 if that
// is unknown.
func (f *Files) Size() int64 { return Size(f.paths, f.stdin) }

// Stored returns the number of bytes read so far, as they are stored. It may be called
// from any goroutine.
func (f *Files) Stored() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return f.stored
	}
	return f.stored + f.file.Stored()
}

// checkReadable returns an error if a file cannot be read. It opens only regular files:
// opening and closing a named pipe would disconnect its writer.
func checkReadable(path string) error {
	if path == Standard {
		return nil
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return problem.Cause(path, err)
	case info.IsDir():
		return problem.WithHint(problem.Cause(path, syscall.EISDIR), "name the files in it: %s/*", path)
	case !info.Mode().IsRegular():
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return problem.Cause(path, err)
	}
	return f.Close()
}

// checkHeaders returns an error if the header of a CSV file cannot be read or differs
// from the first header.
func (f *Files) checkHeaders() error {
	if f.delimiter == 0 {
		return nil
	}
	var first []byte
	var of string
	for _, path := range f.paths {
		header, err := HeaderOf(path, f.delimiter)
		switch {
		case err != nil:
			return err
		case header == nil:
		case first == nil:
			first, of = header, path
		case !bytes.Equal(header, first):
			return headerMismatch(path, of)
		}
	}
	return nil
}

// HeaderOf returns the header of a CSV file, or nil if it has none. It reads only regular
// files; errors in others are reported when they are read.
func HeaderOf(path string, delimiter byte) ([]byte, error) {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil, nil
	}
	in, err := Open(path, nil)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	header, raw, err := readHeader(bufio.NewReader(in))
	if err != nil {
		return nil, in.nameHeaderError(err)
	}
	r := csvio.NewReader(bytes.NewReader(raw), csvio.Options{Delimiter: delimiter})
	for r.Next() {
	}
	var bad *csvio.SyntaxError
	if errors.As(r.Err(), &bad) {
		return nil, fmt.Errorf("%s:%w", path, bad)
	}
	return header, nil
}

// nameHeaderError adds the name of the input to csvio.ErrLineTooLong, the only error of
// readHeader that lacks it.
func (in *Input) nameHeaderError(err error) error {
	if err == csvio.ErrLineTooLong {
		return in.NameError(err)
	}
	return err
}

func headerMismatch(path, first string) error {
	return problem.WithHint(fmt.Errorf("%s:1: header differs from that of %s", path, first), "enrich the files in separate runs")
}

// Read implements io.Reader. It reads the current input and, at its end, the next one.
func (f *Files) Read(p []byte) (int, error) {
	for {
		if f.file == nil {
			if f.next == len(f.paths) {
				return 0, io.EOF
			}
			if err := f.openNext(); err != nil {
				return 0, err
			}
		}
		at := 0
		if f.needsLineFeed && len(p) > 1 {
			at = 1
		}
		n, err := f.body.Read(p[at:])
		if n > 0 {
			if at > 0 {
				p[0] = '\n'
				n++
			}
			f.countLines(p[:n])
			return n, nil // the next call returns an error again
		}
		if err == io.EOF {
			err = f.closeCurrent()
		}
		if err != nil {
			return 0, err
		}
	}
}

// openNext opens the next input and, of several CSV inputs, takes its header.
func (f *Files) openNext() error {
	in, err := Open(f.paths[f.next], f.stdin)
	f.next++
	if err != nil {
		return err
	}
	f.body = in
	var skipped int64
	if f.delimiter != 0 && len(f.paths) > 1 {
		if skipped, err = f.takeHeader(in); err != nil {
			return errors.Join(in.nameHeaderError(err), in.Close())
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.file = in
	after := f.lines
	if f.needsLineFeed = f.unterminated; f.needsLineFeed {
		after++
	}
	f.marks = append(f.marks, fileMark{after, skipped, in.Title()})
	return nil
}

// takeHeader reads the header of a CSV input and passes it on only if it is the first
// header. It returns the number of lines that are not passed on.
func (f *Files) takeHeader(in *Input) (int64, error) {
	r := bufio.NewReaderSize(in, 64<<10)
	header, raw, err := readHeader(r)
	if err != nil {
		return 0, err
	}
	f.body = r
	switch {
	case f.header == nil:
		f.header = header
		f.body = io.MultiReader(bytes.NewReader(raw), r)
		return 0, nil
	case header == nil:
	case !bytes.Equal(header, f.header):
		return 0, headerMismatch(in.Title(), Title(f.paths[0]))
	}
	return int64(bytes.Count(raw, []byte("\n"))), nil
}

// readHeader reads the first record that is not blank. header is the record without byte
// order mark and line end, or nil if there is none; raw is all bytes read, including
// blank lines before it.
func readHeader(r *bufio.Reader) (header, raw []byte, err error) {
	for len(raw) <= csvio.DefaultMaxLine {
		line, err := r.ReadSlice('\n')
		raw = append(raw, line...)
		if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
			return nil, nil, err
		}
		open := err == nil && bytes.Count(raw, []byte(`"`))%2 == 1
		if open || err == bufio.ErrBufferFull {
			continue
		}
		header = bytes.Trim(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), "\r\n")
		switch {
		case len(header) > 0:
			return slices.Clone(header), raw, nil
		case err == io.EOF:
			return nil, raw, nil
		}
	}
	return nil, nil, csvio.ErrLineTooLong
}

// closeCurrent closes the current input.
func (f *Files) closeCurrent() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	in := f.file
	f.stored += in.Stored()
	f.body, f.file = nil, nil
	if err := in.Close(); err != nil {
		return in.NameError(err)
	}
	return nil
}

// countLines counts the lines that are passed on, for Place. It does not count if there
// is only one file.
func (f *Files) countLines(text []byte) {
	if len(f.paths) == 1 {
		return
	}
	f.unterminated, f.needsLineFeed = text[len(text)-1] != '\n', false
	f.mu.Lock()
	f.lines += int64(bytes.Count(text, []byte("\n")))
	f.mu.Unlock()
}

// Place returns the name of the input that contains a line, and the number of the line
// in that input. line counts the lines of all inputs, from 1. Place may be called from
// any goroutine.
func (f *Files) Place(line int64) (string, int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := sort.Search(len(f.marks), func(i int) bool { return f.marks[i].after >= line })
	m := f.marks[max(i-1, 0)]
	return m.path, line - m.after + m.skipped
}

// HeaderError adds the name of the file to an error about a CSV header.
func (f *Files) HeaderError(err error) error {
	var bad *csvio.SyntaxError
	if errors.As(err, &bad) {
		return fmt.Errorf("%s:%w", Title(f.paths[0]), bad)
	}
	return err
}
