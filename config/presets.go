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

// placePreset gives the errors of a preset their places in its file.
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

// readPresets reads the preset files that the configuration names, in its order.
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

// CheckFormat reports a name that neither a shipped preset has nor one of the
// files that the configuration names. Without a match it names them all.
func (c *Config) CheckFormat(format string) error {
	known := append(event.PresetNames(), "auto")
	for _, p := range c.presets {
		if !slices.Contains(known, p.Name) {
			known = append(known, p.Name)
		}
	}
	return problem.KnownWord("format", format, known)
}
