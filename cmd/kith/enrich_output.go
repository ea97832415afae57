package main

import (
	"errors"
	"io"
	"os"
	"strings"

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
		return nil, cause(path, err)
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
		o.err = cause(o.title, err)
	}
	return n, o.err
}

// close writes what ends the compressed form. After a Write that failed it has
// nothing new to say.
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
	return cause(o.title, err)
}

// distinctOutputs reports a file that is both read and written, or written
// twice.
func (f *enrichFlags) distinctOutputs(inputs []string) error {
	used := append([]string{f.config, f.snapshot}, inputs...)
	used = append(append(used, f.assets...), f.identities...)
	for _, output := range []struct{ flag, path string }{{"--output", f.output}, {"--dead-letter", f.deadLetter}} {
		if output.path == "" || output.path == "-" && output.flag == "--output" {
			continue
		}
		for _, other := range used {
			if other != "" && other != standardInput && sameFile(output.path, other) {
				return usagef("%s %s: that file is used already as %s", output.flag, output.path, other)
			}
		}
		used = append(used, output.path)
	}
	return nil
}

// sameFile reports whether two paths are one regular file, or would be.
func sameFile(a, b string) bool {
	ia, erra := os.Stat(a)
	ib, errb := os.Stat(b)
	if erra != nil || errb != nil {
		return a == b
	}
	return ia.Mode().IsRegular() && os.SameFile(ia, ib)
}
