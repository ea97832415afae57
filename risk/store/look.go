package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"

	"github.com/kithsec/kith/risk"
)

// View is a state that is looked at.
type View struct {
	// Engine stands where the last commit left it.
	Engine *risk.Engine
	dir    string
	folder string // temporary, of a copy; "" if dir itself is open
	db     *bbolt.DB
	state  state
}

// Look opens the state in dir to read it, with the configuration it was written
// under if cfg is nil. While a process writes it, a copy is read, made in the
// system's folder for temporary files, as a commit left it: that takes as much
// room as the state, and fails with [ErrInUse] if commits end faster than a copy.
// Errors about the directory are an [*Error].
func Look(dir string, cfg *risk.Config, resolver risk.Resolver, opt risk.Options) (*View, error) {
	v := &View{dir: dir}
	err := guarded(func() (err error) {
		if err = v.open(); err != nil {
			return err
		}
		return v.db.View(func(tx *bbolt.Tx) error { return v.load(tx, cfg, resolver, opt) })
	})
	if err != nil {
		v.Close()
		return nil, &Error{dir, err}
	}
	return v, nil
}

// open opens the database, or a copy if another process writes it.
func (v *View) open() (err error) {
	if v.db, err = openDatabase(v.dir, true); !errors.Is(err, ErrInUse) {
		return err
	}
	if v.folder, err = copyLive(v.dir); err != nil {
		if errors.Is(err, errMoved) {
			err = fmt.Errorf("%w and %v", ErrInUse, err)
		}
		return err
	}
	v.db, err = openDatabase(v.folder, true)
	_ = os.RemoveAll(v.folder) // so that nothing stays if the process is stopped; not everywhere before it is closed
	return err
}

func (v *View) load(tx *bbolt.Tx, cfg *risk.Config, resolver risk.Resolver, opt risk.Options) (err error) {
	found := false
	if v.state, found, err = readState(tx); err != nil {
		return err
	}
	if !found {
		return ErrEmpty
	}
	if cfg == nil {
		cfg = new(risk.Config)
		if err := json.Unmarshal(v.state.Config, cfg); err != nil {
			return fmt.Errorf("%w: the configuration: %v", ErrDamaged, err)
		}
	}
	if v.Engine, err = risk.New(*cfg, resolver, opt); err != nil {
		return err
	}
	_, err = restore(tx, v.state, v.Engine)
	return err
}

// Notable returns the notable with an id, as it was emitted; false if there is
// none.
func (v *View) Notable(id string) (line []byte, found bool, err error) {
	err = guarded(func() error {
		return v.db.View(func(tx *bbolt.Tx) error {
			sealed := tx.Bucket([]byte(notableBucket)).Get([]byte(id))
			if found = sealed != nil; !found {
				return nil
			}
			value, err := open(notableBucket, []byte(id), sealed)
			line = append(line, value...)
			return err
		})
	})
	if err != nil {
		err = &Error{v.dir, err}
	}
	return line, found, err
}

// Notables returns how many notables were emitted.
func (v *View) Notables() int { return v.state.Notables }

// Close lets go of the directory.
func (v *View) Close() (err error) {
	if v.db != nil {
		err = v.db.Close()
	}
	if v.folder != "" {
		err = first(err, os.RemoveAll(v.folder))
	}
	return err
}
