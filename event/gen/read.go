package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/kithsec/kith/event"
)

const autoFile = "auto.yaml"

// data is the contents of the YAML files.
type data struct {
	files   []event.PresetFile
	presets []event.Preset
	auto    auto
}

// auto is the form of auto.yaml.
type auto struct {
	Order []struct {
		Preset string     `yaml:"preset"`
		All    [][]string `yaml:"all"`
	} `yaml:"order"`
	Else string        `yaml:"else"`
	Keys yaml.MapSlice `yaml:"keys"`
}

// read reads the YAML files of the package in dir. The fallback comes first, the others in the
// order in which they are recognised.
func read(dir string) (*data, error) {
	dir = filepath.Join(dir, yamlDir)
	d := &data{}
	if err := decode(filepath.Join(dir, autoFile), &d.auto); err != nil {
		return nil, err
	}
	for _, name := range d.auto.names() {
		path := filepath.Join(dir, name+".yaml")
		var f event.PresetFile
		if err := decode(path, &f); err != nil {
			return nil, err
		}
		p, err := f.Preset()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if p.Name != name {
			return nil, fmt.Errorf("%s: the preset is called %q", path, p.Name)
		}
		d.files = append(d.files, f)
		d.presets = append(d.presets, p)
	}
	return d, d.complete(dir)
}

func decode(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalWithOptions(text, into, yaml.Strict()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (a *auto) names() []string {
	names := []string{a.Else}
	for _, o := range a.Order {
		if !slices.Contains(names, o.Preset) {
			names = append(names, o.Preset)
		}
	}
	return names
}

// complete returns an error for files that auto.yaml does not list.
func (d *data) complete(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".yaml")
		if name+".yaml" != autoFile && !slices.Contains(d.auto.names(), name) {
			errs = append(errs, fmt.Errorf("%s: not in %s", f, autoFile))
		}
	}
	return errors.Join(errs...)
}
