package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/kithsec/kith/cmd/kith/internal/yamlfile"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/merge"
)

// place says where in the configuration an error of merging can be cured, if it
// is there, and what to do.
func (c *Config) place(kind entity.Kind, err error) error {
	var field *merge.FieldError
	var source *merge.SourceError
	var collision *merge.CollisionError
	name, list := c.block(kind)
	typed := len(list.Sources) > 0 && list.Sources[0].typed
	switch {
	case errors.As(err, &field):
		err := c.Errorf(c.fieldErrorPath(kind, field), "%v", field)
		if c.file != nil && typed {
			return problem.WithHint(err, "--%s takes the place of the lists of %s, not of its other settings: name another file with --config", name, c.path)
		}
		return err
	case errors.As(err, &collision):
		return c.Errorf(name+".sources", "%v", collision)
	case errors.As(err, &source):
		if err := advise(source); !typed || !strings.Contains(err.Error(), "columns: {") {
			return err
		}
		return problem.WithHint(source, "columns stands beside the path of a list in kith.yaml: %s: {sources: [{path: %s, columns: {…}}]}", name, source.Path)
	}
	return err
}

func fieldPath(block, field string) string { return block + ".fields." + yamlfile.Key(field) }

// fieldErrorPath finds the option that a FieldError speaks of: a field, or a
// convention among the keys of identities.
func (c *Config) fieldErrorPath(kind entity.Kind, e *merge.FieldError) string {
	name, list := c.block(kind)
	if _, ok := list.Fields[e.Field]; ok {
		return fieldPath(name, e.Field)
	}
	if i := slices.Index(c.Identities.Keys, e.Field); i >= 0 && kind == entity.Identity {
		return fmt.Sprintf("identities.keys[%d]", i)
	}
	return name
}

// advise names the file once and says what to do about a list that cannot be
// read, where the error does not say so itself.
func advise(e *merge.SourceError) error {
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

// absent says how a list of the configuration may be absent.
func (c *Config) absent(err error) error {
	if _, hinted := problem.Hint(err); c.file != nil && errors.Is(err, fs.ErrNotExist) && !hinted {
		return problem.WithHint(err, "correct the path, or let the list be absent: optional: true")
	}
	return err
}
