package store

import (
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/kithsec/kith/risk"
)

// View is a state that is looked at.
type View struct {
	// Engine stands where the last commit left it.
	Engine *risk.Engine
	dir    string
	db     *bbolt.DB
	state  state
}

// Look opens the state in dir to read it, with the configuration it was written
// under if cfg is nil. While a process writes it, it cannot be read
// ([ErrInUse]). Errors about the directory are an [*Error].
func Look(dir string, cfg *risk.Config, resolver risk.Resolver, opt risk.Options) (*View, error) {
	v := &View{dir: dir}
	err := guarded(func() (err error) {
		if v.db, err = openDatabase(dir, true); err != nil {
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
func (v *View) Close() error {
	if v.db == nil {
		return nil
	}
	return v.db.Close()
}
