package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/problem"
)

// lineInput is a file or standard input, decompressed.
type lineInput struct {
	path string // "" is standard input
	size int64  // in bytes; 0 if nobody knows
	line int64  // how many lines were taken from it
	in   *bufio.Reader
	file io.Closer // nil for standard input
}

// headSize is how many bytes of the beginning identify a file.
const headSize = 4096

// openInputs opens the files, all before anything is read of one: a name that
// is spelled wrong is found at once. Without names, and for "-", it is standard
// input.
func openInputs(stdin io.Reader, paths []string) ([]*lineInput, error) {
	if len(paths) == 0 {
		paths = []string{"-"}
	}
	var all []*lineInput
	for i, path := range paths {
		if slices.Contains(paths[:i], path) {
			return nil, problem.Usagef("%s is given twice", path)
		}
		in := &lineInput{path: path}
		if path == "-" {
			in.path = ""
			in.in = bufio.NewReaderSize(csvio.NewReadCloser(stdin), headSize)
		} else {
			f, err := csvio.Open(path)
			if err != nil {
				return nil, problem.Cause(path, err)
			}
			in.in, in.file, in.size = bufio.NewReaderSize(f, headSize), f, plainSize(path)
		}
		all = append(all, in)
	}
	return all, nil
}

// plainSize returns how many bytes a file will give, 0 if it is compressed.
func plainSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil || isCompressed(path) {
		return 0
	}
	return info.Size()
}

func (in *lineInput) title() string {
	if in.path == "" {
		return "standard input"
	}
	return in.path
}

// head returns how a file begins, without taking it. Of standard input it is
// nothing: nobody should wait for it. What goes wrong, reading on will tell.
func (in *lineInput) head() []byte {
	if in.path == "" {
		return nil
	}
	head, _ := in.in.Peek(headSize)
	return slices.Clone(head)
}

// close closes a file that nobody reads any more.
func (in *lineInput) close() error {
	if in.file == nil {
		return nil
	}
	return in.file.Close()
}

func (in *lineInput) failed(err error) error { return problem.Cause(in.title(), err) }

// skip takes bytes that were read by an earlier run, and counts their lines.
func (in *lineInput) skip(offset int64) (int64, error) {
	buf := make([]byte, min(offset, 1<<20))
	left := offset
	for left > 0 {
		n, err := in.in.Read(buf[:min(left, int64(len(buf)))])
		in.line += int64(bytes.Count(buf[:n], []byte("\n")))
		left -= int64(n)
		if err == io.EOF && left > 0 {
			return offset - left, fmt.Errorf("%s: has %d bytes, but %d were read before: put it back, or give what follows another name", in.path, offset-left, offset)
		}
		if err != nil && err != io.EOF {
			return offset - left, in.failed(err)
		}
	}
	return offset, nil
}

// blockSize is how many bytes are read at a time.
const blockSize = 256 << 10

// lineBlock is a run of whole lines.
type lineBlock struct {
	data  []byte
	lines [][]byte // without line feeds; nil is one that was too long
	long  []int    // the indexes of those
	size  int64    // in bytes, with what was too long
	limit int      // of a line
}

func (b *lineBlock) tooLong() error {
	return fmt.Errorf("line is longer than the limit of %d bytes", b.limit)
}

func (b *lineBlock) drop() {
	b.long = append(b.long, len(b.lines))
	b.lines = append(b.lines, nil)
}

// split cuts the lines of data.
func (b *lineBlock) split() {
	b.size += int64(len(b.data))
	for rest := b.data; len(rest) > 0; {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		rest = after
		if len(line) > b.limit {
			b.drop()
		} else {
			b.lines = append(b.lines, line[:len(line):len(line)])
		}
	}
}

// lineStream reads blocks of lines ahead. Blocks that were used go back to
// free.
type lineStream struct {
	blocks chan *lineBlock // closed at the end
	free   chan *lineBlock
	quit   chan struct{}
	err    error // valid when blocks is closed
}

// ahead is how many blocks are read ahead.
const ahead = 3

// startLines begins to read in, in a goroutine that ends with the input, or
// when stop was called and the Read that is under way returns.
func startLines(in *lineInput, maxLine int) *lineStream {
	s := &lineStream{blocks: make(chan *lineBlock, ahead), free: make(chan *lineBlock, ahead), quit: make(chan struct{})}
	for range ahead {
		s.free <- &lineBlock{limit: maxLine}
	}
	go func() {
		defer close(s.blocks)
		cut := lineCutter{src: in.in, limit: maxLine}
		for {
			var b *lineBlock
			select {
			case b = <-s.free:
			case <-s.quit:
				return
			}
			err := cut.next(b)
			if b.size > 0 {
				s.blocks <- b
			}
			if err != nil {
				if err != io.EOF {
					s.err = in.failed(err)
				}
				return
			}
		}
	}()
	return s
}

func (s *lineStream) stop() { close(s.quit) }

// rest returns the blocks that have been read.
func (s *lineStream) rest() []*lineBlock {
	var all []*lineBlock
	for {
		select {
		case b, more := <-s.blocks:
			if !more {
				return all
			}
			all = append(all, b)
		default:
			return all
		}
	}
}

// lineCutter cuts a stream into blocks. It reads as much as is there, so that
// lines of a slow stream are passed on as they come, and holds no line longer
// than limit.
type lineCutter struct {
	src     io.Reader
	limit   int
	tail    []byte // of a line whose end is not read yet
	dropped int64  // bytes of a line that is too long; 0 if there is none
}

// next fills b with at least one line. With an error, which is io.EOF at the
// end, the last line may lack its end.
func (c *lineCutter) next(b *lineBlock) error {
	b.data, b.lines, b.long, b.size = append(b.data[:0], c.tail...), b.lines[:0], b.long[:0], 0
	c.tail = c.tail[:0]
	for {
		from := len(b.data)
		b.data = slices.Grow(b.data, blockSize)
		n, err := c.src.Read(b.data[from : from+blockSize])
		b.data = b.data[:from+n]
		from = c.dropTo(b, from, err == io.EOF)
		if err != nil && err != io.EOF {
			b.data = b.data[:bytes.LastIndexByte(b.data, '\n')+1] // nobody knows how the last line ends
		}
		if err != nil {
			b.split()
			return err
		}
		if i := bytes.LastIndexByte(b.data[from:], '\n'); i >= 0 {
			c.tail = append(c.tail, b.data[from+i+1:]...)
			b.data = b.data[:from+i+1]
			b.split()
			return nil
		}
		if len(b.data) > c.limit {
			c.dropped += int64(len(b.data))
			b.data = b.data[:0]
		}
	}
}

// dropTo drops what was read of a line that is too long, up to its end, which
// the end of the input is, too. It returns from where data has to be searched.
func (c *lineCutter) dropTo(b *lineBlock, from int, last bool) int {
	if c.dropped == 0 {
		return from
	}
	end := bytes.IndexByte(b.data, '\n') + 1
	if end == 0 && !last {
		c.dropped += int64(len(b.data))
		b.data = b.data[:0]
		return 0
	}
	if end == 0 {
		end = len(b.data)
	}
	b.size += c.dropped + int64(end)
	b.drop()
	c.dropped = 0
	b.data = b.data[:copy(b.data, b.data[end:])]
	return 0
}
