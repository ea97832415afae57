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

// Place gives an error of merging the place in the configuration where it can be
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
			return problem.WithHint(err, "--%s takes the place of the lists of %s, not of its other settings: name another file with --config", name, c.File.Path())
		}
		return err
	case errors.As(err, &collision):
		return c.File.Errorf(name+".sources", "%v", collision)
	case errors.As(err, &source):
		if err := hintUnreadable(source); !typed || !strings.Contains(err.Error(), "columns: {") {
			return err
		}
		return problem.WithHint(source, "columns stands beside the path of a list in kith.yaml: %s: {sources: [{path: %s, columns: {…}}]}", name, source.Path)
	}
	return err
}

// fieldPath returns the key of a field.
func fieldPath(block, field string) string { return block + ".fields." + Key(field) }

// fieldErrorPath returns the key that a FieldError is about: a field, or a
// convention among the keys of identities.
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

// hintUnreadable names the file once, and adds a hint about a list that cannot be read
// unless the error has one.
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
		return problem.WithHint(err, "name a file in it, or all of them by a pattern in the configuration: path: %s/*.csv", e.Path)
	case errors.Is(err, fs.ErrPermission):
		return problem.WithHint(err, "let this user read the file")
	}
	return err
}

// HintAbsent adds to an error of Expand that a list of the file may be optional.
func (c *Config) HintAbsent(err error) error {
	if _, hinted := problem.Hint(err); c.File != nil && errors.Is(err, fs.ErrNotExist) && !hinted {
		return problem.WithHint(err, "correct the path, or let the list be absent: optional: true")
	}
	return err
}
