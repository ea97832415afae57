package main

import (
	"errors"
	"fmt"
	"slices"
	"syscall"

	"github.com/kithsec/kith/cmd/kith/internal/yamlfile"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/problem"
)

// The formats that need no preset file, and the roles of an event.
var (
	formatWords = []string{"cim", "ecs", "ocsf", "zeek", "suricata", "windows", "cloudtrail", "auto"}
	roleWords   = []string{"src", "dest", "dvc", "host", "user", "src_user"}
)

// readPreset reads a preset file. Every error is a usageError.
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

// placePreset says where in the file a preset is wrong.
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

// readPresets reads the preset files of the configuration, in its order.
func (c *Config) readPresets() ([]event.Preset, error) {
	var all []event.Preset
	var problems []error
	for i, path := range c.Enrich.Presets {
		p, err := readPreset(c.Beside(path))
		if err != nil {
			problems = append(problems, c.named(fmt.Sprintf("enrich.presets[%d]", i), err))
			continue
		}
		for _, other := range all {
			if other.Name == p.Name {
				problems = append(problems, c.Errorf(fmt.Sprintf("enrich.presets[%d]", i), "two preset files are named %q", p.Name))
			}
		}
		all = append(all, p)
	}
	return all, errors.Join(problems...)
}

// named gives a file that cannot be read the place where the configuration names
// it. What is wrong inside a file has its place there.
func (c *Config) named(path string, err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return c.Errorf(path, "%v", err)
	}
	return err
}

// checkFormat reports a format, of the file or of a flag, that no preset has.
func checkFormat(format string, presets []event.Preset) error {
	known := slices.Clone(formatWords)
	for _, p := range presets {
		if !slices.Contains(known, p.Name) {
			known = append(known, p.Name)
		}
	}
	return problem.KnownWord("format", format, known)
}
