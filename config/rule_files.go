package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"github.com/kithsec/kith/config/internal/yamlfile"
	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/problem"
)

// maxRuleFile is the largest size of a rule file, in bytes.
const maxRuleFile = 256 << 20

// maxRuleDepth replaces yamlfile.MaxDepth in rule files. Searches in rules may contain
// brackets that are never closed.
const maxRuleDepth = 1000

// ruleFile is a rule file with the line on which each rule begins.
type ruleFile struct {
	detect.RuleFile
	lines   []int
	invalid []error // *detect.ConfigError of scores that cannot be parsed
	notes   []*entity.RowError
}

// readRules reads the files in risk.rule_files, whose paths are relative to the folder
// of the configuration. A glob is expanded to all files that match, in the order of
// their names.
func readRules(file *File, paths []string) ([]ruleFile, error) {
	var files []ruleFile
	var problems []error
	for i, path := range paths {
		names, err := expandRuleFiles(file, path)
		if err != nil {
			problems = append(problems, file.Errorf(fmt.Sprintf("risk.rule_files[%d]", i), "%v", err))
		}
		for _, name := range names {
			f, err := readRuleFile(name)
			if err != nil {
				problems = append(problems, file.placeUnreadable(fmt.Sprintf("risk.rule_files[%d]", i), err))
			}
			files = append(files, f)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return files, problem.Usage(err)
	}
	return files, nil
}

func expandRuleFiles(file *File, path string) ([]string, error) {
	name := file.Beside(path)
	_, err := os.Stat(name)
	if err == nil || !IsGlob(path) {
		return []string{name}, nil // reading it returns the error
	}
	names, err := filepath.Glob(name)
	if err == nil && len(names) == 0 {
		err = errors.New("no file matches")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	slices.Sort(names)
	return names, nil
}

// readRuleFile reads a file of YAML (if the suffix is .yml or .yaml), a savedsearches.conf
// (if it is .conf), JSON or JSON lines, compressed or not.
func readRuleFile(name string) (ruleFile, error) {
	f := ruleFile{RuleFile: detect.RuleFile{Name: name}}
	in, err := csvio.Open(name)
	if err != nil {
		return f, problem.Cause(name, err)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxRuleFile+1))
	switch {
	case err != nil:
		return f, problem.Cause(name, err)
	case len(data) > maxRuleFile:
		return f, fmt.Errorf("%s: larger than the limit of %d bytes", name, maxRuleFile)
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	switch strings.ToLower(filepath.Ext(strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst"))) {
	case ".yml", ".yaml":
		err = f.readYAML(data)
	case ".conf":
		err = f.readConf(data)
	default:
		err = f.readJSON(data)
	}
	if err == nil {
		f.noteIdleFile()
	}
	return f, err
}

// noteIdleFile adds a note if no rule of the file can make a modifier.
func (f *ruleFile) noteIdleFile() {
	switch {
	case len(f.Rules) == 0:
		f.addNote(1, "the file scores nothing: it has no rules")
	case !slices.ContainsFunc(f.Rules, func(r detect.Rule) bool { return len(r.RiskObjects) > 0 }):
		f.addNote(1, "the file scores nothing: no rule in it has risk objects")
	}
}

// ruleNote is the reason of notes on rule files.
const ruleNote = "idle rule"

// addNote adds a note on a line of the file.
func (f *ruleFile) addNote(line int, text string) {
	f.notes = append(f.notes, &entity.RowError{Source: f.Name, Path: f.Name, Line: line, Loss: entity.Note, Reason: ruleNote, Err: errors.New(text)})
}

// errorAt returns an error with a line of the file.
func (f *ruleFile) errorAt(line int, text string) error {
	return fmt.Errorf("%s:%d: %s", f.Name, line, text)
}

// addRules adds the rules of a JSON value that begins on a line.
func (f *ruleFile) addRules(line int, value []byte) error {
	part, err := detect.ParseRuleFile(f.Name, value)
	if part.Rules == nil && err != nil {
		return f.errorAt(line, ruleError(err))
	}
	for _, e := range problem.Joined(err) {
		var bad *detect.ConfigError
		if errors.As(e, &bad) {
			bad.File, bad.Rule = f.Name, bad.Rule+len(f.Rules)
			f.invalid = append(f.invalid, bad)
		}
	}
	for _, r := range part.Rules {
		f.Rules, f.lines = append(f.Rules, r), append(f.lines, line)
	}
	for _, n := range part.Notes {
		f.addNote(line, n.Text)
	}
	return nil
}

// ruleError returns the text of an error of a rule, without the names of Go types.
func ruleError(err error) string {
	var e *json.UnmarshalTypeError
	if !errors.As(err, &e) {
		return strings.TrimPrefix(err.Error(), "rule 1: ")
	}
	wanted := "an object"
	switch e.Type.Kind() {
	case reflect.Slice:
		wanted = "a list"
	case reflect.String:
		wanted = "a string"
	}
	return fmt.Sprintf("%s: must be %s, not %s %s", strings.Trim(e.Field, "."), wanted, articleFor(e.Value), e.Value)
}

func articleFor(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "an"
	}
	return "a"
}

// readJSON reads rules from concatenated JSON values and from the elements of arrays.
func (f *ruleFile) readJSON(data []byte) error {
	in := json.NewDecoder(bytes.NewReader(data))
	open := 0 // open arrays
	for {
		from := valueAt(data, int(in.InputOffset()))
		line := 1 + bytes.Count(data[:from], []byte("\n"))
		switch rest := data[from:]; {
		case len(rest) == 0 && open == 0:
			return nil
		case len(rest) > 0 && rest[0] == '[', len(rest) > 0 && rest[0] == ']':
			if _, err := in.Token(); err != nil {
				return f.jsonError(data, line, err)
			}
			if open--; rest[0] == '[' {
				open += 2
			}
		default:
			var value json.RawMessage
			if err := in.Decode(&value); err != nil {
				return f.jsonError(data, line, err)
			}
			if err := f.addRules(line, value); err != nil {
				return err
			}
		}
	}
}

// valueAt returns the offset of the first value that begins at offset from or later.
func valueAt(data []byte, from int) int {
	return len(data) - len(bytes.TrimLeft(data[from:], " \t\r\n,"))
}

// jsonError returns an error of the JSON decoder with its line. If the error does not
// have an offset, this is the line on which the value begins.
func (f *ruleFile) jsonError(data []byte, line int, err error) error {
	var e *json.SyntaxError
	if errors.As(err, &e) && e.Offset > 0 && int(e.Offset) <= len(data) {
		line = max(line, 1+bytes.Count(data[:e.Offset-1], []byte("\n")))
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("ends in the middle of a rule")
	}
	text := err.Error()
	if looksLikeConf(data) {
		text += ": a savedsearches.conf is read if the name of the file ends with .conf"
	}
	return f.errorAt(line, text)
}

// readYAML reads the documents of a YAML file, the form in which detections are
// published.
func (f *ruleFile) readYAML(data []byte) error {
	if len(data) > yamlfile.MaxSize {
		return fmt.Errorf("%s: larger than the limit of %d bytes for YAML: use JSON lines", f.Name, yamlfile.MaxSize)
	}
	if line, deep := yamlfile.TooDeep(data, maxRuleDepth); deep {
		return f.errorAt(line, fmt.Sprintf("nested deeper than the limit of %d", maxRuleDepth))
	}
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return f.yamlError(err)
	}
	for _, doc := range tree.Docs {
		if doc.Body == nil {
			continue
		}
		if err := yamlfile.CheckAliases(f.Name, doc.Body); err != nil {
			return err
		}
		var value any
		if err := yaml.NodeToValue(doc.Body, &value); err != nil {
			return f.yamlError(err)
		}
		text, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		if err := f.addRules(doc.Body.GetToken().Position.Line, text); err != nil {
			return err
		}
	}
	return nil
}

// yamlError returns an error of the YAML parser with its line and column.
func (f *ruleFile) yamlError(err error) error {
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil {
		at := e.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", f.Name, at.Line, at.Column, e.GetMessage())
	}
	return fmt.Errorf("%s: %w", f.Name, err)
}
