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

// Files is several inputs read as one: a line feed is added between two of them
// where it is missing, and of CSV only the first header is read. An input is
// opened when the one before has ended.
type Files struct {
	paths []string
	stdin io.Reader
	csv   bool

	next   int       // of paths
	file   *Input    // nil between inputs
	body     io.Reader // file, after its header was taken
	unterminated    bool      // what was read last lacks its line feed
	needsLineFeed    bool      // a line feed goes before what comes next
	header []byte    // of CSV, once it is known

	mu     sync.Mutex
	marks  []fileMark
	lines  int64 // that were read
	stored int64 // bytes of the inputs before file
}

// fileMark states that line after+1 of all is line skipped+1 of a file.
type fileMark struct {
	after   int64
	skipped int64
	path    string
}

// OpenFiles checks all inputs before anything is read of one: that files can be
// read, and have the same header if they are CSV.
func OpenFiles(paths []string, stdin io.Reader, csv bool) (*Files, error) {
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
	f := &Files{paths: paths, stdin: stdin, csv: csv}
	return f, f.checkHeaders()
}

// Paths returns the paths of the inputs.
func (f *Files) Paths() []string { return f.paths }

// Size returns how many bytes the inputs store, 0 if that is unknown.
func (f *Files) Size() int64 { return Size(f.paths, f.stdin) }

// Stored returns the bytes read so far, as they are stored. It may be called
// from any goroutine.
func (f *Files) Stored() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return f.stored
	}
	return f.stored + f.file.Stored()
}

// checkReadable reports a file that cannot be read. Only regular files are
// opened: opening a named pipe would take its writer away.
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

// checkHeaders reports a CSV file whose header cannot be read, or is not that
// of the first.
func (f *Files) checkHeaders() error {
	if !f.csv {
		return nil
	}
	var first []byte
	var of string
	for _, path := range f.paths {
		header, err := headerOf(path)
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

// headerOf returns the header of a CSV file, nil if it has none. Only regular
// files are read; what is wrong with others is found when they are.
func headerOf(path string) ([]byte, error) {
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
	r := csvio.NewReader(bytes.NewReader(raw), csvio.Options{})
	for r.Next() {
	}
	var bad *csvio.SyntaxError
	if errors.As(r.Err(), &bad) {
		return nil, fmt.Errorf("%s:%w", path, bad)
	}
	return header, nil
}

// nameHeaderError adds the name of the input to the one error of readHeader that
// lacks it.
func (in *Input) nameHeaderError(err error) error {
	if err == csvio.ErrLineTooLong {
		return in.nameError(err)
	}
	return err
}

func headerMismatch(path, first string) error {
	return problem.WithHint(fmt.Errorf("%s:1: the header is not that of %s", path, first), "enrich them one after another")
}

// Read reads on in the input at hand, or in the next.
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
			return n, nil // an error comes again
		}
		if err == io.EOF {
			err = f.closeCurrent()
		}
		if err != nil {
			return 0, err
		}
	}
}

// openNext opens the next input.
func (f *Files) openNext() error {
	in, err := Open(f.paths[f.next], f.stdin)
	f.next++
	if err != nil {
		return err
	}
	f.body = in
	var skipped int64
	if f.csv && len(f.paths) > 1 {
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

// takeHeader reads the header of a CSV file, which is passed on only if it is the
// first. It returns how many lines are not.
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

// readHeader reads the first record that is not blank: without byte order mark
// and line end, and as it is, with the blank lines before it. header is nil if
// there is none.
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

// closeCurrent ends the input at hand.
func (f *Files) closeCurrent() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	in := f.file
	f.stored += in.Stored()
	f.body, f.file = nil, nil
	if err := in.Close(); err != nil {
		return in.nameError(err)
	}
	return nil
}

// countLines counts the lines that are passed on, to find the file of a line later. There
// is no need to count while there is only one file.
func (f *Files) countLines(text []byte) {
	if len(f.paths) == 1 {
		return
	}
	f.unterminated, f.needsLineFeed = text[len(text)-1] != '\n', false
	f.mu.Lock()
	f.lines += int64(bytes.Count(text, []byte("\n")))
	f.mu.Unlock()
}

// Place returns the name of the input that a line of all is from, and its number
// there. It may be called from any goroutine.
func (f *Files) Place(line int64) (string, int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := sort.Search(len(f.marks), func(i int) bool { return f.marks[i].after >= line })
	m := f.marks[max(i-1, 0)]
	return m.path, line - m.after + m.skipped
}

// HeaderError names the file of an error about the header of CSV.
func (f *Files) HeaderError(err error) error {
	var bad *csvio.SyntaxError
	if errors.As(err, &bad) {
		return fmt.Errorf("%s:%w", Title(f.paths[0]), bad)
	}
	return err
}
