package main

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/kithsec/kith/internal/inputs"
	"github.com/kithsec/kith/internal/outputs"
	"github.com/kithsec/kith/internal/problem"
)

// eventOutput writes enriched events to a file or standard output. It does not buffer,
// even if it compresses, because a reader may be waiting for the events. It implements
// state.Output.
type eventOutput struct {
	title      string
	dest       io.Writer        // file, or standard output
	file       *outputs.File    // nil for standard output
	compressor flushWriteCloser // nil writes plain
	inMember   bool             // something was written to the compressor since it was reset
	delimiter  byte             // of the cells of records; 0 for other formats
	isZeek     bool             // what was written is a Zeek log
	begun      bool             // something was written
	keep       bool             // the content of a file that no session has written is kept
	err        error            // of the first Write that failed

	mu      sync.Mutex // the stream calls takeHeader on another goroutine
	header  []byte     // what a new file begins with, if the events are records or a Zeek log
	pending bool       // the header is part of what will be written next
}

// flushWriteCloser is a gzip or zstd writer.
type flushWriteCloser interface {
	io.WriteCloser
	Flush() error
	Reset(w io.Writer)
}

// openEventOutput opens the file at path for events; "" and "-" mean stdout. A regular file is
// emptied, unless appending or resumed is set. With resumed, Resume removes what no session has
// committed. delimiter separates the cells of records.
func openEventOutput(stdout io.Writer, path string, appending, resumed bool, delimiter byte) (*eventOutput, error) {
	o := &eventOutput{title: path, dest: stdout, delimiter: delimiter, keep: appending}
	if isStandardOutput(path) {
		o.title = "standard output"
		return o, nil
	}
	open := outputs.Create
	if appending || resumed {
		open = outputs.Append
	}
	var err error
	if o.file, err = open(path); err != nil {
		return nil, err
	}
	o.dest = o.file
	switch lower := strings.ToLower(path); {
	case strings.HasSuffix(lower, ".gz"):
		o.compressor = gzip.NewWriter(o.file)
	case strings.HasSuffix(lower, ".zst"):
		o.compressor, err = zstd.NewWriter(o.file, zstd.WithEncoderConcurrency(1))
	default:
		if appending && !resumed {
			err = o.file.EndLine()
		}
	}
	return o, err
}

// isStandardOutput reports whether the path of an output means standard output.
func isStandardOutput(path string) bool { return path == "" || path == "-" }

// Write writes a block of whole events.
func (o *eventOutput) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pending = false
	if !o.begun && len(p) > 0 {
		o.begun, o.isZeek = true, bytes.HasPrefix(bytes.TrimPrefix(p, []byte("\ufeff")), []byte("#separator"))
	}
	if o.isZeek {
		o.keepDirectives(p)
	}
	return o.write(p)
}

// write writes p to the file, compressed if need be.
func (o *eventOutput) write(p []byte) (int, error) {
	to := o.dest
	if o.compressor != nil {
		to, o.inMember = o.compressor, true
	}
	n, err := to.Write(p)
	if err == nil && o.compressor != nil {
		err = o.compressor.Flush()
	}
	if err != nil {
		o.err = problem.Cause(o.title, err)
	}
	return n, o.err
}

// takeHeader reports, for enrich.StreamOptions.Header, whether the header of records must be
// written. A file that has records must have the same header.
func (o *eventOutput) takeHeader(header []byte) (write bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer func() { o.pending = write }()
	if o.header != nil { // of an earlier input
		return false, o.compareHeaders(o.header, header)
	}
	o.header = bytes.Clone(header)
	if o.file == nil {
		return true, nil
	}
	if size, err := o.file.Size(); err != nil || size == 0 {
		return true, err
	}
	existing, err := inputs.HeaderOf(o.title, o.delimiter)
	if err != nil || existing == nil {
		return true, err
	}
	return false, o.compareHeaders(existing, header)
}

// compareHeaders returns an error if the header of a file differs from that of the events.
func (o *eventOutput) compareHeaders(existing, header []byte) error {
	existing, header = bytes.TrimRight(existing, "\r\n"), bytes.TrimRight(header, "\r\n")
	if bytes.Equal(existing, header) {
		return nil
	}
	return problem.WithHint(problem.Usagef("%s:1: the file has the header %s, and the events have %s", o.title, problem.Quote(string(existing)), problem.Quote(string(header))),
		"name another file with --output, or leave out --append")
}

// keepDirectives keeps the directives of a Zeek log, with which a new file must begin.
func (o *eventOutput) keepDirectives(p []byte) {
	for len(p) > 0 {
		if p[0] != '#' {
			i := bytes.Index(p, []byte("\n#"))
			if i < 0 {
				return
			}
			p = p[i+1:]
		}
		line, rest, _ := bytes.Cut(p, []byte{'\n'})
		switch {
		case bytes.HasPrefix(line, []byte("#separator")):
			o.header = append(append(o.header[:0], line...), '\n')
		case !bytes.HasPrefix(line, []byte("#close")):
			o.header = append(append(o.header, line...), '\n')
		}
		p = rest
	}
}

// reopen goes on writing to the file that is at the path now: another program may have renamed
// the old one. A new file begins with the header that records or a Zeek log need.
func (o *eventOutput) reopen() error {
	if !o.isResumable() {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.endMember(); err != nil {
		return err
	}
	if err := o.file.Reopen(); err != nil {
		return err
	}
	size, err := o.file.Size()
	if err == nil && size == 0 && len(o.header) > 0 && !o.pending {
		_, err = o.write(o.header)
	}
	return err
}

// endMember ends the compressed stream, so that what was written can be read. Another one may
// follow it in the file.
func (o *eventOutput) endMember() error {
	if !o.inMember {
		return nil
	}
	o.inMember = false
	if err := o.compressor.Close(); err != nil {
		o.err = problem.Cause(o.title, err)
		return o.err
	}
	o.compressor.Reset(o.file)
	return nil
}

// Path implements state.Output.
func (o *eventOutput) Path() string { return absolutePath(o.title) }

// Resume implements state.Output.
func (o *eventOutput) Resume(length int64, known, clean bool) (int64, error) {
	if !known && o.keep {
		if o.compressor == nil {
			if err := o.file.EndLine(); err != nil {
				return 0, err
			}
		}
		return o.file.Size()
	}
	return o.file.Resume(length, clean)
}

// Sync implements state.Output.
func (o *eventOutput) Sync() (int64, error) {
	if err := o.endMember(); err != nil {
		return 0, err
	}
	return o.file.Sync()
}

// isResumable reports whether the output is a file of which a part can be removed.
func (o *eventOutput) isResumable() bool { return o.file != nil && o.file.IsRegular() }

// close ends the compressed stream and closes the file. It returns no error if a Write
// has already failed.
func (o *eventOutput) close() error {
	if o.file == nil {
		return nil
	}
	failed := o.err
	size, err := o.file.Size()
	if o.inMember = o.inMember || o.compressor != nil && size == 0; o.inMember {
		err = errors.Join(err, o.endMember()) // also of an output without events
	}
	if err = errors.Join(err, o.file.Close()); failed != nil {
		return nil
	}
	return err
}

// outputFiles returns the files that the flags name for output.
func (f *enrichFlags) outputFiles() []outputFile {
	files := []outputFile{{"--output", f.output}, {"--dead-letter", f.deadLetter}, {"--risk", f.risk}, {"--ack", f.ack}}
	return slices.DeleteFunc(files, func(o outputFile) bool { return o.path == "-" && (o.flag == "--output" || o.flag == "--risk") })
}
