package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/kithsec/kith/cmd/kith/internal/yamlfile"
)

// The formats that need no preset file, and the roles of an event.
var (
	formatWords = []string{"cim", "ecs", "ocsf", "zeek", "suricata", "windows", "cloudtrail", "auto"}
	roleWords   = []string{"src", "dest", "dvc", "host", "user", "src_user"}
)

// presetConfig is a preset file: where in an event the roles are found.
type presetConfig struct {
	Name     string
	Prefixes []string
	Null     []string
	Roles    map[string][]groupConfig

	file *yamlfile.File
}

// groupConfig is paths that name the same entity, tried while the groups before
// it are absent and its conditions hold.
type groupConfig struct {
	Paths []string
	When  []clauseConfig
}

// readPreset reads a preset file. Every error is a usageError.
func readPreset(path string) (*presetConfig, error) {
	file, err := readYAML(path)
	if err != nil {
		return nil, err
	}
	p := &presetConfig{file: file}
	if err := yamlfile.Join(file.Decode("", p), p.check()); err != nil {
		return nil, &usageError{err}
	}
	return p, nil
}

func (p *presetConfig) check() error {
	var problems []error
	report := func(path, format string, args ...any) {
		problems = append(problems, p.file.Errorf(path, format, args...))
	}
	if p.Name == "" {
		report("name", "a preset needs a name")
	}
	if slices.Contains(formatWords, p.Name) {
		report("name", "the preset %q exists: give yours another name", p.Name)
	}
	for _, role := range slices.Sorted(maps.Keys(p.Roles)) {
		at := "roles." + yamlfile.Key(role)
		if err := knownWord("role", role, roleWords); err != nil {
			report(at, "%v", err)
		}
		for i, group := range p.Roles[role] {
			if len(group.Paths) == 0 {
				report(fmt.Sprintf("%s[%d]", at, i), "a group needs paths")
			}
		}
	}
	return errors.Join(problems...)
}

// readPresets reads the preset files of the configuration, in its order.
func (c *Config) readPresets() ([]*presetConfig, error) {
	var all []*presetConfig
	var problems []error
	for i, path := range c.Enrich.Presets {
		p, err := readPreset(c.Beside(path))
		if err != nil {
			problems = append(problems, err)
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

// checkFormat reports a format, of the file or of a flag, that no preset has.
func checkFormat(format string, presets []*presetConfig) error {
	known := slices.Clone(formatWords)
	for _, p := range presets {
		known = append(known, p.Name)
	}
	return knownWord("format", format, known)
}
