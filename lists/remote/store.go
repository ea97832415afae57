package remote

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/atomicfile"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
)

// store keeps the copies of one list in a folder. Its last good copy is the file that its
// meta file names, so that replacing the meta file replaces the copy. Several processes may
// use the same folder: the copy before the last one is kept, because another process may be
// reading it.
type store struct {
	dir  string
	base string // the beginning of the names of all its files
}

// meta states what is known about the last good copy.
type meta struct {
	Source       string    `json:"source"` // as messages call it
	File         string    `json:"file"`   // in the same folder
	Size         int64     `json:"size"`
	SHA256       string    `json:"sha256"`
	Fetched      time.Time `json:"fetched"` // or confirmed
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"last_modified,omitempty"`
	Notes        []string  `json:"notes,omitempty"`
	Previous     string    `json:"previous,omitempty"` // the file of the copy before this one
}

// newStore returns the store of a list in a folder, which it makes.
func newStore(dir string, kind entity.Kind, s *config.Source) (*store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, problem.Cause(dir, err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, problem.Cause(dir, err)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 && runtime.GOOS != "windows" {
		if !isOwnFolder(dir) || os.Chmod(dir, 0o700) != nil {
			return nil, fmt.Errorf("cache %s: other users may use the folder (mode %04o): run chmod 700, or name a folder of its own", dir, perm)
		}
	}
	return &store{dir: dir, base: baseName(kind, s)}, nil
}

// isOwnFolder reports whether a folder has nothing but copies of lists in it, so that its
// mode concerns nothing else.
func isOwnFolder(dir string) bool {
	files, err := os.ReadDir(dir)
	return err == nil && !slices.ContainsFunc(files, func(f fs.DirEntry) bool {
		return !f.Type().IsRegular() || !ownFile.MatchString(f.Name())
	})
}

// ownFile matches the names of the files of stores.
var ownFile = regexp.MustCompile(`^\.?(asset|identity)-.*-[0-9a-f]{16}(\.json|-[0-9A-Z]{12}\.list)(\.[0-9]+\.tmp)?$`)

// baseName returns a name for the files of a list that depends on everything that decides
// what is fetched. It contains no secrets, only a hash that includes their names.
func baseName(kind entity.Kind, s *config.Source) string {
	origin := struct {
		Path    string
		SQL     *config.SQL
		LDAP    *config.LDAP
		Basic   *config.Basic
		Bearer  *config.Secret
		Headers map[string]config.TextOrSecret
		Pages   []any // what decides how pages are put together
	}{Path: s.Path, SQL: s.SQL, LDAP: s.LDAP, Basic: s.Basic, Bearer: s.Bearer, Headers: s.Headers}
	if s.Pages != "" {
		origin.Pages = []any{s.Pages, s.Rows, s.Form, s.Header, s.HeaderLine}
	}
	text, err := json.Marshal(origin)
	if err != nil {
		panic(err) // it holds only texts and numbers
	}
	sum := sha256.Sum256(text)
	label := strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9') {
			return r
		}
		return '-'
	}, fold.Lower(s.Name))
	return fmt.Sprintf("%s-%.40s-%s", kind, strings.Trim(label, "-"), hex.EncodeToString(sum[:8]))
}

// path returns the path of a file of the folder.
func (s *store) path(file string) string {
	if file == "" {
		file = s.base + ".json"
	}
	return filepath.Join(s.dir, file)
}

// read returns what is known about the last good copy and reports whether there is one.
func (s *store) read() (*meta, bool) {
	text, err := os.ReadFile(s.path(""))
	if err != nil {
		return &meta{}, false
	}
	m := &meta{}
	if json.Unmarshal(text, m) != nil || !s.owns(m.File) {
		return &meta{}, false
	}
	info, err := os.Stat(s.path(m.File))
	if err != nil || info.Size() != m.Size {
		return &meta{}, false
	}
	return m, true
}

// owns reports whether a name is that of a copy of this list.
func (s *store) owns(file string) bool {
	return filepath.Base(file) == file && strings.HasPrefix(file, s.base+"-") && strings.HasSuffix(file, ".list")
}

// write replaces the meta file.
func (s *store) write(m *meta) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	set := atomicfile.New(s.dir, 0o600)
	defer set.Abort()
	f, err := set.Create(s.base + ".json")
	if err != nil {
		return err
	}
	if _, err := f.Write(append(text, '\n')); err != nil {
		return err
	}
	return set.Commit()
}

// confirm states that the last good copy is current, by a response that has the validators
// in m.
func (s *store) confirm(last, m *meta) error {
	confirmed := *last
	confirmed.Fetched = m.Fetched
	if m.ETag != "" {
		confirmed.ETag = m.ETag
	}
	if m.LastModified != "" {
		confirmed.LastModified = m.LastModified
	}
	return s.write(&confirmed)
}

// newCopy is a copy that is being written. It is the last good copy once it is committed.
type newCopy struct {
	store *store
	name  string
	set   *atomicfile.Set
	file  *os.File
	out   *bufio.Writer
	sum   hash.Hash
	size  int64
}

// create begins a new copy.
func (s *store) create() (*newCopy, error) {
	s.removeTorn()
	c := &newCopy{store: s, name: s.base + "-" + rand.Text()[:12] + ".list", set: atomicfile.New(s.dir, 0o600), sum: sha256.New()}
	var err error
	if c.file, err = c.set.Create(c.name); err != nil {
		return nil, problem.Cause(s.dir, err)
	}
	c.out = bufio.NewWriterSize(c.file, 64<<10)
	return c, nil
}

// tornAge is how old a file of a process that was killed is before it is removed.
const tornAge = 24 * time.Hour

// removeTorn removes the temporary files that killed processes left behind.
func (s *store) removeTorn() {
	names, _ := filepath.Glob(s.path("." + s.base + "-*.tmp"))
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > tornAge {
			_ = os.Remove(name)
		}
	}
}

// Write appends to the copy.
func (c *newCopy) Write(p []byte) (int, error) {
	c.sum.Write(p)
	n, err := c.out.Write(p)
	c.size += int64(n)
	return n, err
}

func (c *newCopy) flush() error { return c.out.Flush() }

func (c *newCopy) abort() { c.set.Abort() }

// commit makes the copy the last good one in place of last, which may be zero. If both have
// the same contents, the last one is kept.
func (c *newCopy) commit(last, m *meta) error {
	m.File, m.Size, m.SHA256 = c.name, c.size, hex.EncodeToString(c.sum.Sum(nil))
	if last.SHA256 == m.SHA256 {
		c.abort()
		m.File, m.Previous = last.File, last.Previous
		return c.store.write(m)
	}
	if err := c.set.Commit(); err != nil {
		return err
	}
	m.Previous = last.File
	if err := c.store.write(m); err != nil {
		return errors.Join(err, os.Remove(c.store.path(c.name)))
	}
	if c.store.owns(last.Previous) {
		if err := os.Remove(c.store.path(last.Previous)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
