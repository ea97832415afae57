package config

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/merge"
)

// Place adds to an error of merging the place in the configuration where it can be
// corrected, if there is one, and a hint.
func (c *Config) Place(kind entity.Kind, err error) error {
	var field *merge.FieldError
	var source *merge.SourceError
	var collision *merge.CollisionError
	name, list := c.Lists(kind)
	typed := len(list.Sources) > 0 && list.Sources[0].Typed
	switch {
	case errors.As(err, &field):
		err := c.File.Errorf(c.fieldErrorPath(kind, field), "%v", field)
		if c.File != nil && typed {
			return problem.WithHint(err, "--%s replaces the lists of %s, not its other settings: use another file with --config", name, c.File.Path())
		}
		return err
	case errors.As(err, &collision):
		return c.File.Errorf(name+".sources", "%v", collision)
	case errors.As(err, &source):
		if err := hintUnreadable(source); !typed || !strings.Contains(err.Error(), "columns: {") {
			return err
		}
		return problem.WithHint(source, "set columns next to the path of the list in kith.yaml: %s: {sources: [{path: %s, columns: {…}}]}", name, source.Path)
	}
	return err
}

// fieldPath returns the key of a field.
func fieldPath(block, field string) string { return block + ".fields." + Key(field) }

// fieldErrorPath returns the key in the file that a FieldError is about: a field, or an
// element of identities.keys.
func (c *Config) fieldErrorPath(kind entity.Kind, e *merge.FieldError) string {
	name, list := c.Lists(kind)
	if _, ok := list.Fields[e.Field]; ok {
		return fieldPath(name, e.Field)
	}
	if i := slices.Index(c.Identities.Keys, e.Field); i >= 0 && kind == entity.Identity {
		return fmt.Sprintf("identities.keys[%d]", i)
	}
	return name
}

// hintUnreadable adds a hint to the error of a list that cannot be read. It also removes
// the second name of the file that errors of the file system contain.
func hintUnreadable(e *merge.SourceError) error {
	var p *fs.PathError
	if errors.As(e.Err, &p) {
		bare := *e
		bare.Err = p.Err
		e = &bare
	}
	err := error(e)
	switch {
	case errors.Is(err, syscall.EISDIR):
		return problem.WithHint(err, "name a file in it, or use a glob in the configuration: path: %s/*.csv", e.Path)
	case errors.Is(err, fs.ErrPermission):
		return problem.WithHint(err, "give this user permission to read the file")
	}
	return err
}

// HintAbsent adds a hint to an error of [Config.Expand] about an absent list that the
// configuration file names: the list can be made optional.
func (c *Config) HintAbsent(err error) error {
	if _, hinted := problem.Hint(err); c.File != nil && errors.Is(err, fs.ErrNotExist) && !hinted {
		return problem.WithHint(err, "correct the path, or add optional: true to a source whose file may be absent")
	}
	return err
}
