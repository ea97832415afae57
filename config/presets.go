package config

import (
	"errors"
	"fmt"
	"slices"

	"github.com/kithsec/kith/config/internal/yamlfile"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/problem"
)

// presetText is a preset file that is decoded, but not yet converted.
type presetText struct {
	tree *yamlfile.File
	file event.PresetFile
	bad  error // what could not be decoded
}

// readPreset reads a preset file.
func readPreset(path string) (presetText, error) {
	tree, err := readYAML(path)
	p := presetText{tree: tree}
	if err == nil {
		p.bad = tree.Decode("", &p.file)
	}
	return p, err
}

// convertPresets converts preset files. The errors have their places in the files, and are
// in the order of the files. If there are files that could not be read, presets that are
// extended but unknown are not errors: they may be in these files.
func convertPresets(texts []presetText, complete bool) ([]event.Preset, error) {
	files := make([]event.PresetFile, len(texts))
	for i, t := range texts {
		files[i] = t.file
	}
	all, err := event.ConvertPresetFiles(files)
	var problems []error
	for i, t := range texts {
		problems = append(problems, yamlfile.Join(t.bad, placePreset(t.tree, i, complete, err)))
	}
	return all, problem.Usage(errors.Join(problems...))
}

// placePreset adds to the errors of the preset with that index their places in its file. It
// leaves out those of extends unless withExtends is set.
func placePreset(file *yamlfile.File, index int, withExtends bool, err error) error {
	var problems []error
	for _, e := range problem.Joined(err) {
		var bad *event.PresetError
		if errors.As(e, &bad) && bad.File == index && (withExtends || bad.Path != "extends") {
			problems = append(problems, file.Errorf(bad.Path, "%s: %s", bad.Path, bad.Reason))
		}
	}
	return errors.Join(problems...)
}

// readPresets reads the preset files in enrich.presets, in this order.
func readPresets(c *Config) ([]event.Preset, error) {
	var texts []presetText
	var unreadable []error
	for i, path := range c.Enrich.Presets {
		t, err := readPreset(c.File.Beside(path))
		if err != nil {
			unreadable = append(unreadable, c.File.placeUnreadable(fmt.Sprintf("enrich.presets[%d]", i), err))
			continue
		}
		if slices.ContainsFunc(texts, func(other presetText) bool { return other.file.Name == t.file.Name && t.file.Name != "" }) {
			unreadable = append(unreadable, c.File.Errorf(fmt.Sprintf("enrich.presets[%d]", i), "two preset files are named %q", t.file.Name))
			continue
		}
		texts = append(texts, t)
	}
	all, err := convertPresets(texts, len(unreadable) == 0)
	return all, errors.Join(append(unreadable, err)...)
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
