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

// eventOutput is where enriched events go. What is written to it is not held
// back, compressed or not: somebody may be waiting for it.
type eventOutput struct {
	title string
	to    io.Writer
	pack  packer // nil writes plain
	file  *os.File
	err   error // of the first Write that failed
}

// packer is a compressor.
type packer interface {
	io.WriteCloser
	Flush() error
}

// openEventOutput creates the file at path; "" and "-" are stdout.
func openEventOutput(stdout io.Writer, path string) (*eventOutput, error) {
	o := &eventOutput{title: path, to: stdout}
	if path == "" || path == "-" {
		o.title = "standard output"
		return o, nil
	}
	var err error
	if o.file, err = os.Create(path); err != nil {
		return nil, problem.Cause(path, err)
	}
	o.to = o.file
	switch lower := strings.ToLower(path); {
	case strings.HasSuffix(lower, ".gz"):
		o.pack = gzip.NewWriter(o.file)
	case strings.HasSuffix(lower, ".zst"):
		o.pack, err = zstd.NewWriter(o.file, zstd.WithEncoderConcurrency(1))
	}
	return o, err
}

// Write writes a block of whole events.
func (o *eventOutput) Write(p []byte) (int, error) {
	to := o.to
	if o.pack != nil {
		to = o.pack
	}
	n, err := to.Write(p)
	if err == nil && o.pack != nil {
		err = o.pack.Flush()
	}
	if err != nil {
		o.err = problem.Cause(o.title, err)
	}
	return n, o.err
}

// close writes the end of the compressed form. After a failed Write it returns no
// further error.
func (o *eventOutput) close() error {
	var err error
	if o.pack != nil {
		err = o.pack.Close()
	}
	if o.file != nil {
		err = errors.Join(err, o.file.Close())
	}
	if err == nil || o.err != nil {
		return nil
	}
	return problem.Cause(o.title, err)
}

// outputs returns the files that are to be written.
func (f *enrichFlags) outputs() []outputFile {
	outputs := []outputFile{{"--output", f.output}, {"--dead-letter", f.deadLetter}}
	if f.output == "-" {
		return outputs[1:]
	}
	return outputs
}
