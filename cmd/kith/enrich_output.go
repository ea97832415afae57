package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/kithsec/kith/internal/problem"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// eventOutput writes enriched events to a file or standard output. It does not buffer,
// even if it compresses, because a reader may be waiting for the events.
type eventOutput struct {
	title      string
	dest       io.Writer
	compressor flushWriteCloser // nil writes plain
	file       *os.File
	err        error // of the first Write that failed
}

// flushWriteCloser is a gzip or zstd writer.
type flushWriteCloser interface {
	io.WriteCloser
	Flush() error
}

// openEventOutput creates or truncates the file at path; "" and "-" mean stdout.
func openEventOutput(stdout io.Writer, path string) (*eventOutput, error) {
	o := &eventOutput{title: path, dest: stdout}
	if path == "" || path == "-" {
		o.title = "standard output"
		return o, nil
	}
	var err error
	if o.file, err = os.Create(path); err != nil {
		return nil, problem.Cause(path, err)
	}
	o.dest = o.file
	switch lower := strings.ToLower(path); {
	case strings.HasSuffix(lower, ".gz"):
		o.compressor = gzip.NewWriter(o.file)
	case strings.HasSuffix(lower, ".zst"):
		o.compressor, err = zstd.NewWriter(o.file, zstd.WithEncoderConcurrency(1))
	}
	return o, err
}

// Write writes a block of whole events.
func (o *eventOutput) Write(p []byte) (int, error) {
	to := o.dest
	if o.compressor != nil {
		to = o.compressor
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

// close ends the compressed stream and closes the file. It returns no error if a Write
// has already failed.
func (o *eventOutput) close() error {
	var err error
	if o.compressor != nil {
		err = o.compressor.Close()
	}
	if o.file != nil {
		err = errors.Join(err, o.file.Close())
	}
	if err == nil || o.err != nil {
		return nil
	}
	return problem.Cause(o.title, err)
}

// outputFiles returns the files that the flags name for output.
func (f *enrichFlags) outputFiles() []outputFile {
	outputs := []outputFile{{"--output", f.output}, {"--dead-letter", f.deadLetter}}
	if f.output == "-" {
		return outputs[1:]
	}
	return outputs
}
