// Command gen writes the Go tables of package event, and the tables in
// docs/presets.md, from the YAML files of the package. It is run by go generate
// in the folder of the package.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

const (
	goFile  = "preset_tables.go"
	docFile = "../docs/presets.md"
	yamlDir = "presets"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run brings what is generated up to date; dir is the folder of the package.
func run(dir string) error {
	d, err := read(dir)
	if err != nil {
		return err
	}
	code, err := d.code()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, goFile), code, 0o644); err != nil {
		return err
	}
	path := filepath.Join(dir, docFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if text, err = d.doc(text); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, text, 0o644)
}
