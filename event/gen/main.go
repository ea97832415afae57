// Command gen generates the Go tables of package event, and the tables in
// docs/presets.md, from the YAML files in the folder presets of the package. Run it
// with go generate.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/kithsec/kith/event"
)

const (
	goFile   = "preset_tables.go"
	docFile  = "../docs/presets.md"
	yamlDir  = "presets"
	autoFile = "auto.yaml" // in yamlDir
)

func main() {
	if err := generateAll("."); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// generateAll writes the generated code and documentation. dir is the folder of
// package event.
func generateAll(dir string) error {
	d, err := readPresets(dir)
	if err != nil {
		return err
	}
	code, err := d.generateGo()
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
	if text, err = d.updateDoc(text); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, text, 0o644)
}

// presetSet holds the contents of the YAML files.
type presetSet struct {
	files   []event.PresetFile
	presets []event.Preset
	auto    recognitionFile
}

// recognitionFile is the content of auto.yaml.
type recognitionFile struct {
	Order []struct {
		Preset string     `yaml:"preset"`
		Then   string     `yaml:"then"` // a preset whose groups follow those of Preset
		All    [][]string `yaml:"all"`
	} `yaml:"order"`
	Else string `yaml:"else"`
}

// readPresets reads the YAML files of the package in dir. The presets are in the order of
// event.PresetNames, and new ones come last.
func readPresets(dir string) (*presetSet, error) {
	dir = filepath.Join(dir, yamlDir)
	d := &presetSet{}
	if err := decodeYAML(filepath.Join(dir, autoFile), &d.auto); err != nil {
		return nil, err
	}
	names, shown := d.auto.presetNames(), event.PresetNames()
	slices.SortStableFunc(names, func(a, b string) int {
		// An index of -1, of a new preset, becomes the greatest number.
		return cmp.Compare(uint(slices.Index(shown, a)), uint(slices.Index(shown, b)))
	})
	for _, name := range names {
		path := filepath.Join(dir, name+".yaml")
		var f event.PresetFile
		if err := decodeYAML(path, &f); err != nil {
			return nil, err
		}
		p, err := f.Preset()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if p.Name != name {
			return nil, fmt.Errorf("%s: name: is %q, but the file is %s.yaml", path, p.Name, name)
		}
		d.files = append(d.files, f)
		d.presets = append(d.presets, p)
	}
	return d, d.checkListed(dir)
}

// decodeYAML decodes a YAML file. Unknown keys are errors.
func decodeYAML(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalWithOptions(text, into, yaml.Strict()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// presetNames returns the names of the presets, the fallback first.
func (a *recognitionFile) presetNames() []string {
	names := []string{a.Else}
	for _, o := range a.Order {
		if !slices.Contains(names, o.Preset) {
			names = append(names, o.Preset)
		}
	}
	return names
}

// checkListed returns an error for each preset in dir that auto.yaml does not list.
func (d *presetSet) checkListed(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".yaml")
		if name+".yaml" != autoFile && !slices.Contains(d.auto.presetNames(), name) {
			errs = append(errs, fmt.Errorf("%s: not in %s", f, autoFile))
		}
	}
	return errors.Join(errs...)
}
