package config

import (
	"errors"
	"fmt"
	"slices"

	"github.com/kithsec/kith/config/internal/yamlfile"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/problem"
)

// readPreset reads a preset file.
func readPreset(path string) (event.Preset, error) {
	file, err := readYAML(path)
	if err != nil {
		return event.Preset{}, err
	}
	var f event.PresetFile
	bad := file.Decode("", &f)
	p, err := f.Preset()
	if err = yamlfile.Join(bad, placePreset(file, err)); err != nil {
		return p, problem.Usage(err)
	}
	return p, nil
}

// placePreset adds to the errors of a preset their places in the file.
func placePreset(file *yamlfile.File, err error) error {
	var problems []error
	for _, e := range problem.Joined(err) {
		var bad *event.PresetError
		if errors.As(e, &bad) {
			problems = append(problems, file.Errorf(bad.Path, "%s: %s", bad.Path, bad.Reason))
		}
	}
	return errors.Join(problems...)
}

// readPresets reads the preset files in enrich.presets, in this order.
func readPresets(c *Config) ([]event.Preset, error) {
	var all []event.Preset
	var problems []error
	for i, path := range c.Enrich.Presets {
		p, err := readPreset(c.File.Beside(path))
		if err != nil {
			problems = append(problems, c.File.placeUnreadable(fmt.Sprintf("enrich.presets[%d]", i), err))
			continue
		}
		for _, other := range all {
			if other.Name == p.Name {
				problems = append(problems, c.File.Errorf(fmt.Sprintf("enrich.presets[%d]", i), "two preset files are named %q", p.Name))
			}
		}
		all = append(all, p)
	}
	return all, errors.Join(problems...)
}

// CheckFormat returns an error unless format is "auto", a shipped preset or a preset in
// enrich.presets. The error names the nearest preset, or all if none is near.
func (c *Config) CheckFormat(format string) error {
	known := append(event.PresetNames(), "auto")
	for _, p := range c.presets {
		if !slices.Contains(known, p.Name) {
			known = append(known, p.Name)
		}
	}
	return problem.KnownWord("format", format, known)
}
