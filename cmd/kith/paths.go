package main

import (
	"errors"
	"fmt"
	"io/fs"
)

// cause says what is wrong with a file, without the name of the system call
// that found it.
func cause(path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}
