package main

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
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/problem"
)

// eventFiles are the inputs of a run, read as one stream: decompressed, with
// line feeds between them, and of CSV with the header of the first alone. One
// is opened when the one before has ended.
type eventFiles struct {
	form  string
	paths []string // "-" is standard input
	stdin io.Reader
	bytes atomic.Int64 // that were read, as they are stored

	next   int // of paths
	file   io.Closer
	text   io.ReadCloser // decompressed; nil between files
	in     io.Reader     // text, after its header was taken
	cut    bool          // what was read last lacks its line feed
	gap    bool          // a line feed goes before what comes next
	header []byte        // of CSV, once it is known

	mu    sync.Mutex
	marks []fileMark
	lines int64 // that were given
}

// fileMark says that line after+1 of the stream is line skipped+1 of a file.
type fileMark struct {
	after   int64
	skipped int64
	path    string
}

const standardInput = "-"

// openEvents looks at all inputs before anything is read of one: a name that is
// spelled wrong is found at once.
func (f *enrichFlags) openEvents(c *cobra.Command, paths []string) (*eventFiles, error) {
	if len(paths) == 0 {
		paths = []string{standardInput}
	}
	form, err := f.formIn(paths)
	if err != nil {
		return nil, err
	}
	in := &eventFiles{form: form, paths: paths, stdin: c.InOrStdin()}
	var problems []error
	for i, path := range paths {
		if path == standardInput && slices.Contains(paths[:i], path) {
			return nil, problem.Usagef("standard input is given twice")
		}
		problems = append(problems, readable(path))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return in, in.checkHeaders()
}

// readable reports a file that cannot be read. What is no regular file is left
// alone: opening a named pipe takes its writer away.
func readable(path string) error {
	if path == standardInput {
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
func (in *eventFiles) checkHeaders() error {
	if in.form != "csv" {
		return nil
	}
	var first []byte
	var of string
	for _, path := range in.paths {
		header, err := headerOf(path)
		switch {
		case err != nil:
			return err
		case header == nil:
		case first == nil:
			first, of = header, path
		case !bytes.Equal(header, first):
			return otherHeader(path, of)
		}
	}
	return nil
}

// headerOf returns the header of a CSV file, nil if it has none. What is no
// regular file is left alone.
func headerOf(path string) ([]byte, error) {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil, nil // found out when it is read
	}
	f, err := csvio.Open(path)
	if err != nil {
		return nil, problem.Cause(path, err)
	}
	defer f.Close()
	header, raw, err := takeHeader(bufio.NewReader(f))
	if err != nil {
		return nil, problem.Cause(path, err)
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

func otherHeader(path, first string) error {
	return problem.WithHint(fmt.Errorf("%s:1: the header is not that of %s", path, first), "enrich them one after another")
}

// size returns how many bytes will be read, 0 if nobody knows.
func (in *eventFiles) size() int64 {
	var size int64
	for _, path := range in.paths {
		info, err := os.Stat(path)
		if path == standardInput {
			f, ok := in.stdin.(*os.File)
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

// Read reads on in the file at hand, or in the next. An error names the file.
func (in *eventFiles) Read(p []byte) (int, error) {
	for {
		if in.in == nil {
			if in.next == len(in.paths) {
				return 0, io.EOF
			}
			if err := in.open(); err != nil {
				return 0, err
			}
		}
		at := 0
		if in.gap && len(p) > 1 {
			at = 1
		}
		n, err := in.in.Read(p[at:])
		if n > 0 {
			if at > 0 {
				p[0] = '\n'
				n++
			}
			in.given(p[:n])
			return n, nil // an error comes again
		}
		if err == io.EOF {
			err = in.shut()
		}
		if err != nil {
			return 0, in.failed(err)
		}
	}
}

func (in *eventFiles) title(path string) string {
	if path == standardInput {
		return "standard input"
	}
	return path
}

func (in *eventFiles) failed(err error) error {
	return problem.Cause(in.title(in.paths[max(in.next-1, 0)]), err)
}

// open opens the next file.
func (in *eventFiles) open() error {
	path := in.paths[in.next]
	in.next++
	src := in.stdin
	if path != standardInput {
		f, err := os.Open(path)
		if err != nil {
			return in.failed(err)
		}
		in.file, src = f, f
	}
	in.text = csvio.NewReadCloser(&countedReader{src, &in.bytes})
	in.in = in.text
	var skipped int64
	if in.form == "csv" && len(in.paths) > 1 {
		var err error
		if skipped, err = in.takeHeader(); err != nil {
			return in.failed(err)
		}
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	after := in.lines
	if in.gap = in.cut; in.gap {
		after++
	}
	in.marks = append(in.marks, fileMark{after, skipped, in.title(path)})
	return nil
}

// takeHeader reads the header of a CSV file, which is given only if it is the
// first. It returns how many lines are not given.
func (in *eventFiles) takeHeader() (int64, error) {
	r := bufio.NewReaderSize(in.text, 64<<10)
	header, raw, err := takeHeader(r)
	if err != nil {
		return 0, err
	}
	in.in = r
	switch {
	case in.header == nil:
		in.header = header
		in.in = io.MultiReader(bytes.NewReader(raw), r)
		return 0, nil
	case header == nil:
	case !bytes.Equal(header, in.header):
		return 0, otherHeader(in.title(in.paths[in.next-1]), in.title(in.paths[0]))
	}
	return int64(bytes.Count(raw, []byte("\n"))), nil
}

// takeHeader reads the first record that is not blank: without byte order mark
// and line end, and as it is, with the blank lines before it. header is nil if
// there is none.
func takeHeader(r *bufio.Reader) (header, raw []byte, err error) {
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

// shut ends the file at hand.
func (in *eventFiles) shut() error {
	err := in.text.Close()
	if in.file != nil {
		err = errors.Join(err, in.file.Close())
	}
	in.in, in.text, in.file = nil, nil, nil
	return err
}

// given counts what goes to the stream. It is what tells files apart, and needs
// no counting while there is one.
func (in *eventFiles) given(text []byte) {
	if len(in.paths) == 1 {
		return
	}
	in.cut, in.gap = text[len(text)-1] != '\n', false
	in.mu.Lock()
	in.lines += int64(bytes.Count(text, []byte("\n")))
	in.mu.Unlock()
}

// place returns the file that a line of the stream is from, and its line there.
func (in *eventFiles) place(line int64) (string, int64) {
	in.mu.Lock()
	defer in.mu.Unlock()
	i := sort.Search(len(in.marks), func(i int) bool { return in.marks[i].after >= line })
	m := in.marks[max(i-1, 0)]
	return m.path, line - m.after + m.skipped
}

// headerError names the file of an error that is about the header of CSV.
func (in *eventFiles) headerError(err error) error {
	var bad *csvio.SyntaxError
	if errors.As(err, &bad) {
		return fmt.Errorf("%s:%w", in.title(in.paths[0]), bad)
	}
	return err
}

// countedReader counts what is read.
type countedReader struct {
	io.Reader
	n *atomic.Int64
}

func (r *countedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.n.Add(int64(n))
	return n, err
}
