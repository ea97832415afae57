package store

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/kithsec/kith/risk"
)

// Options is what a Store needs beside the directory.
type Options struct {
	risk.Options
	// Interval is the longest time between commits while lines come; default
	// one second.
	Interval time.Duration
	// File is the path that notables are written to, exactly once. Without one
	// they go to Stream; if that is a regular file, it is synced before they
	// count as said.
	File   string
	Stream io.Writer
	// Ack, if set, gets a line {"lines":N,"bytes":B} after each commit: how much
	// of this run's input is acknowledged.
	Ack io.Writer
}

// Store is an engine whose state survives. It is used by one goroutine at a
// time. After an error it must not be used any more but for Close: the
// directory is as the last commit left it.
type Store struct {
	dir    string
	db     *bbolt.DB
	engine *risk.Engine
	opt    Options
	state  state
	blocks []block // rising

	file     *os.File
	length   int64
	writer   *bufio.Writer
	pending  [][]byte // notables for the stream, not yet committed
	emitted  []emitted
	said     []uint64 // keys of notables that the stream got, still in the database
	unsaid   [][]byte
	path     string // of the input; "" for standard input
	ack      ack
	acked    ack
	dirty    bool
	failed   bool
	commitAt time.Time
}

// emitted is a notable that no commit covers yet.
type emitted struct {
	id   string
	line []byte
}

type ack struct {
	Lines int64 `json:"lines"`
	Bytes int64 `json:"bytes"`
}

// headSize is how many of a file's first bytes identify it, at most.
const headSize = 4096

// commitSize is how much is kept before a commit, however fast it came.
const commitSize = 32 << 20

// Open opens the state in dir, or begins one there, for an engine with this
// configuration. What an output stream may not have got is written to it.
// Errors about the directory are an [*Error].
func Open(dir string, cfg risk.Config, resolver risk.Resolver, opt Options) (*Store, error) {
	engine, err := risk.New(cfg, resolver, opt.Options)
	if err != nil {
		return nil, err
	}
	engine.Record()
	s := &Store{dir: dir, engine: engine, opt: opt}
	if s.opt.Interval == 0 {
		s.opt.Interval = time.Second
	}
	if s.opt.Now == nil {
		s.opt.Now = time.Now
	}
	if err := guarded(s.load); err != nil {
		if s.db != nil {
			s.db.Close()
		}
		return nil, &Error{dir, err}
	}
	// The configuration is kept for show and top; rules are not asked again.
	cfg.Rules, cfg.Factors = nil, nil
	if s.state.Config, err = json.Marshal(cfg); err != nil {
		return nil, s.abandon(err)
	}
	if err := s.openOutput(); err != nil {
		return nil, s.abandon(err)
	}
	s.commitAt = s.opt.Now().Add(s.opt.Interval)
	return s, nil
}

func (s *Store) abandon(err error) error {
	s.Abandon()
	s.Close()
	return err
}

func (s *Store) load() (err error) {
	if s.db, err = openDatabase(s.dir, false); err != nil {
		return err
	}
	found := false
	err = s.db.View(func(tx *bbolt.Tx) error {
		if s.state, found, err = readState(tx); err != nil || !found {
			return err
		}
		if s.blocks, err = restore(tx, s.state, s.engine); err != nil {
			return err
		}
		n, err := each(tx, unsaidBucket, func(key, value []byte) error {
			s.said = append(s.said, binary.BigEndian.Uint64(key))
			s.unsaid = append(s.unsaid, slices.Clone(value))
			return nil
		})
		return counted(unsaidBucket, n, s.state.Unsaid, err)
	})
	if err != nil {
		return err
	}
	if s.state.Inputs == nil {
		s.state.Inputs = map[string]input{}
	}
	if s.state.Outputs == nil {
		s.state.Outputs = map[string]int64{}
	}
	if found {
		return nil
	}
	return s.create()
}

// create writes an empty state.
func (s *Store) create() error {
	s.state.Engine = s.engine.Checkpoint().State
	s.state.Config = json.RawMessage("{}")
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets() {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		meta := tx.Bucket([]byte(metaBucket))
		if err := putJSON(meta, versionKey, currentVersion); err != nil {
			return err
		}
		return putJSON(meta, stateKey, s.state)
	})
	syncFolder(s.dir)
	syncFolder(filepath.Dir(s.dir))
	return err
}

// openOutput opens the file and cuts what no commit knows of, or gives the
// stream what it may not have got.
func (s *Store) openOutput() error {
	if s.opt.File == "" {
		s.writer = bufio.NewWriterSize(s.opt.Stream, 1<<16)
		return s.say(s.unsaid)
	}
	path, err := filepath.Abs(s.opt.File)
	if err != nil {
		return err
	}
	s.opt.File, s.length = path, s.state.Outputs[path]
	if s.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return err
	}
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < s.length {
		return fmt.Errorf("%s: has %d bytes, but %d were committed to it: put it back or name another file", path, info.Size(), s.length)
	}
	if err := s.file.Truncate(s.length); err != nil {
		return err
	}
	if _, err := s.file.Seek(s.length, io.SeekStart); err != nil {
		return err
	}
	if s.length == 0 {
		syncFolder(filepath.Dir(path))
	}
	s.writer = bufio.NewWriterSize(s.file, 1<<16)
	for _, line := range s.unsaid { // what a stream should have got before
		s.toFile(line)
	}
	return nil
}

func (s *Store) toFile(line []byte) {
	s.writer.Write(line)
	s.writer.WriteByte('\n') // errors stay in the writer
	s.length += int64(len(line)) + 1
}

// say writes notables to the stream. What it returns without an error counts as
// said, so that a file must not lose it any more.
func (s *Store) say(lines [][]byte) error {
	for _, line := range lines {
		s.writer.Write(line)
		s.writer.WriteByte('\n') // errors stay in the writer
	}
	if err := s.writer.Flush(); err != nil || len(lines) == 0 {
		return err
	}
	file, is := s.opt.Stream.(*os.File)
	if !is {
		return nil
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return err
	}
	return file.Sync()
}

// syncFolder makes the name of a new file durable, where the system can do that.
func syncFolder(path string) {
	if dir, err := os.Open(path); err == nil {
		_ = dir.Sync() // not every file system can, and Windows cannot
		dir.Close()
	}
}

// Engine returns the engine, to be asked but not to be added to.
func (s *Store) Engine() *risk.Engine { return s.engine }

// Input says that the lines that follow are those of the file at path, which
// begins with head (4096 bytes of it are enough, and all of a shorter one),
// decompressed. It returns at which byte of the decompressed file to go on. An
// empty path is standard input, which has no position.
func (s *Store) Input(path string, head []byte) (offset int64, err error) {
	s.path = ""
	if path == "" {
		return 0, nil
	}
	if s.path, err = filepath.Abs(path); err != nil {
		return 0, err
	}
	known, found := s.state.Inputs[s.path]
	if found && known.Head <= len(head) && known.Sum == digest(head[:known.Head]) {
		// The file may have been shorter than what identifies it now.
		known.Head = min(len(head), headSize)
	} else {
		known = input{Head: min(len(head), headSize)}
	}
	known.Sum = digest(head[:known.Head])
	s.state.Inputs[s.path] = known
	return known.Offset, nil
}

func digest(head []byte) string {
	sum := sha256.Sum256(head)
	return hex.EncodeToString(sum[:16])
}

// Add counts lines, which are size bytes of the input, newlines included, and
// commits if it is time. It returns the lines that could not be counted.
func (s *Store) Add(lines [][]byte, size int64) ([]risk.BadLine, error) {
	result := s.engine.Add(lines)
	s.ack.Lines += int64(len(lines))
	s.ack.Bytes += size
	s.dirty = true
	if s.path != "" {
		in := s.state.Inputs[s.path]
		in.Offset += size
		s.state.Inputs[s.path] = in
	}
	for _, n := range result.Notables {
		line := n.AppendJSON(nil)
		s.emitted = append(s.emitted, emitted{n.ID, line})
		if s.file == nil {
			s.pending = append(s.pending, line)
		} else {
			s.toFile(line)
		}
	}
	if s.engine.Recorded() < commitSize && s.opt.Now().Before(s.commitAt) {
		return result.Bad, nil
	}
	return result.Bad, s.Commit()
}

// Pending reports whether there are lines that no commit covers. A caller that
// waits for input commits after the interval.
func (s *Store) Pending() bool { return s.dirty }

// Commit makes everything that was added durable, gives the stream its
// notables, and acknowledges.
func (s *Store) Commit() error {
	if s.failed {
		return &Error{s.dir, fmt.Errorf("could not be written to before")}
	}
	s.commitAt = s.opt.Now().Add(s.opt.Interval)
	if !s.dirty && len(s.said) == 0 {
		return nil
	}
	if err := s.commit(); err != nil {
		s.failed = true
		return err
	}
	return nil
}

func (s *Store) commit() error {
	if s.file != nil {
		if err := s.writer.Flush(); err != nil {
			return err
		}
		if err := s.file.Sync(); err != nil {
			return err
		}
		s.state.Outputs[s.opt.File] = s.length
	}
	c := s.engine.Checkpoint()
	s.state.Engine = c.State
	var keys []uint64
	err := guarded(func() error {
		return s.db.Update(func(tx *bbolt.Tx) (err error) {
			keys, err = s.write(tx, c)
			return err
		})
	})
	if err != nil {
		return &Error{s.dir, err}
	}
	s.said, s.emitted, s.dirty = nil, nil, false
	if s.file == nil {
		if err := s.say(s.pending); err != nil {
			return err
		}
		s.said, s.pending = keys, nil
	}
	if s.opt.Ack != nil && s.ack != s.acked {
		if err := json.NewEncoder(s.opt.Ack).Encode(s.ack); err != nil {
			return err
		}
		s.acked = s.ack
	}
	return nil
}

// write puts a checkpoint into the transaction and returns the keys of the
// notables that the stream has yet to get.
func (s *Store) write(tx *bbolt.Tx, c risk.Checkpoint) (unsaid []uint64, err error) {
	if err := s.writeBlocks(tx.Bucket([]byte(blockBucket)), c); err != nil {
		return nil, err
	}
	if err := s.writeObjects(tx.Bucket([]byte(objectBucket)), c.Objects); err != nil {
		return nil, err
	}
	notables := tx.Bucket([]byte(notableBucket))
	for _, n := range s.emitted {
		if notables.Get([]byte(n.id)) == nil {
			s.state.Notables++
		}
		if err := put(notables, []byte(n.id), n.line); err != nil {
			return nil, err
		}
	}
	queue := tx.Bucket([]byte(unsaidBucket))
	for _, key := range s.said {
		if err := queue.Delete(sequence(key)); err != nil {
			return nil, err
		}
	}
	for _, line := range s.pending {
		if err := put(queue, sequence(s.state.Next), line); err != nil {
			return nil, err
		}
		unsaid = append(unsaid, s.state.Next)
		s.state.Next++
	}
	s.state.Unsaid = len(unsaid)
	return unsaid, putJSON(tx.Bucket([]byte(metaBucket)), stateKey, s.state)
}

// writeBlocks appends the new blocks and deletes those that have expired.
func (s *Store) writeBlocks(b *bbolt.Bucket, c risk.Checkpoint) error {
	b.FillPercent = 0.95 // keys only rise
	for _, new := range c.Blocks {
		key := s.state.Next
		s.state.Next++
		value := binary.BigEndian.AppendUint64(nil, uint64(new.Latest.UnixNano()))
		if err := put(b, sequence(key), append(value, new.Data...)); err != nil {
			return err
		}
		s.blocks = append(s.blocks, block{key, new.Latest.UnixNano()})
	}
	oldest, started := s.engine.Oldest()
	for started && len(s.blocks) > 0 && s.blocks[0].latest < oldest.UnixNano() {
		if err := b.Delete(sequence(s.blocks[0].key)); err != nil {
			return err
		}
		s.blocks = s.blocks[1:]
	}
	s.state.Blocks = len(s.blocks)
	return nil
}

func (s *Store) writeObjects(b *bbolt.Bucket, objects []risk.ObjectState) error {
	for _, o := range objects {
		key := []byte(o.Key)
		there := b.Get(key) != nil
		switch {
		case o.Value == nil && there:
			s.state.Objects--
			if err := b.Delete(key); err != nil {
				return err
			}
		case o.Value != nil:
			if !there {
				s.state.Objects++
			}
			if err := put(b, key, o.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// Abandon makes Close leave the directory as the last commit left it.
func (s *Store) Abandon() { s.failed = true }

// Close commits, unless something failed or the store was abandoned, and closes
// the directory. Twice is once.
func (s *Store) Close() error {
	if s.db == nil {
		return nil
	}
	var err error
	for !s.failed && err == nil && (s.dirty || len(s.said) > 0) {
		err = s.Commit() // the second time to note what the stream got
	}
	if s.file != nil {
		err = first(err, s.file.Close())
	}
	err = first(err, s.db.Close())
	s.db = nil
	return err
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
