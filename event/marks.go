package event

import (
	"errors"
	"fmt"
	"strings"
)

// maxSigns is the number of signs that a signSet can hold.
const maxSigns = 256

// errNoMarks reports a list of Preset.Marks that no event can meet.
var errNoMarks = errors.New("is empty: name at least one path of which an event must have one")

// markRules returns the rules for the marks of presets, in the order of the presets.
func markRules(presets []Preset) (rules []formatRule) {
	for _, p := range presets {
		if len(p.Marks) > 0 {
			rules = append(rules, formatRule{preset: p.Name, all: p.Marks})
		}
	}
	return rules
}

// checkMark returns an error unless a text can be an entry of Preset.Marks.
func checkMark(text string) error {
	path := strings.TrimSuffix(text, ".*")
	if err := CheckPath(path); err != nil {
		return err
	}
	if firstArrayStep(parsePath(path)) >= 0 {
		return fmt.Errorf("%q goes through an array, where marks are not looked for: use a path without brackets", text)
	}
	return nil
}

// checkMarks returns an error for the first of Preset.Marks that cannot be one.
func (p *Preset) checkMarks() error {
	for i, any := range p.Marks {
		if len(any) == 0 {
			return fmt.Errorf("preset %q: marks[%d]: %w", p.Name, i, errNoMarks)
		}
		for j, mark := range any {
			if err := checkMark(mark); err != nil {
				return fmt.Errorf("preset %q: marks[%d][%d]: %w", p.Name, i, j, err)
			}
		}
	}
	return nil
}

// checkMarkCount returns a PresetError for the first of the presets with which Auto would
// have more than maxSigns signs to test.
func checkMarkCount(presets []Preset) error {
	signs := map[string]bool{}
	add := func(r formatRule) {
		for _, any := range r.all {
			for _, text := range any {
				signs[text] = true
			}
		}
	}
	for _, r := range formatRules() {
		add(r)
	}
	shipped := len(signs)
	for i := range presets {
		for _, r := range markRules(presets[i : i+1]) {
			add(r)
		}
		if len(signs) > maxSigns {
			return &PresetError{File: i, Path: "marks", Reason: fmt.Sprintf(
				"--format %s can test %d marks, but with these there are %d, of which the shipped presets have %d: use fewer, or the same ones in several presets",
				Auto, maxSigns, len(signs), shipped)}
		}
	}
	return nil
}
