package main

import (
	"cmp"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/inputs"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/stream"
)

// openSettings returns the configuration with the flags applied, and the options for
// enriching that it contains.
func (f *enrichFlags) openSettings(c *cobra.Command) (*config.Config, enrich.Options, error) {
	var none enrich.Options
	if err := f.checkSnapshot(c); err != nil {
		return nil, none, err
	}
	config, err := f.openConfig()
	if err != nil {
		return nil, none, err
	}
	f.overrideEnrich(c, &config.Enrich)
	if c.Flags().Changed("format") {
		if err := config.CheckFormat(f.Format); err != nil {
			return nil, none, problem.Usagef("flag --format: %w", err)
		}
	}
	o, err := config.EnrichOptions()
	o.Validate = f.validate
	return config, o, err
}

// overrideEnrich replaces values of the block enrich with the flags that were given.
func (f *enrichFlags) overrideEnrich(c *cobra.Command, e *config.Enrich) {
	for flag, set := range map[string]func(){
		"format":    func() { e.Format = f.Format },
		"fill":      func() { e.Fill = f.Fill },
		"fields":    func() { e.Fields = trimTexts(f.Fields) },
		"into":      func() { e.Into = f.Into },
		"owner":     func() { e.Owner = f.Owner },
		"overwrite": func() { e.Overwrite = f.Overwrite },
		"defaults":  func() { e.Defaults = f.Defaults },
		"match":     func() { e.Match = f.Match },
		"urgency":   func() { e.Urgency = f.Urgency },
		"unwrap":    func() { e.Unwrap = trimTexts(f.unwrap) },
	} {
		if c.Flags().Changed(flag) {
			set()
		}
	}
}

// trimTexts trims white space around texts, and drops blank texts.
func trimTexts(list []string) []string {
	var texts []string
	for _, text := range list {
		if text = strings.TrimSpace(text); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// formatOfPath returns the format that the suffix of a file implies, before the suffix of
// a compression if it has one. It returns "" for other suffixes.
func formatOfPath(path string) string {
	path = strings.ToLower(path)
	for _, ext := range []string{".gz", ".zst"} {
		path = strings.TrimSuffix(path, ext)
	}
	switch {
	case strings.HasSuffix(path, ".csv"):
		return "csv"
	case strings.HasSuffix(path, ".tsv"):
		return "tsv"
	case strings.HasSuffix(path, ".ndjson"), strings.HasSuffix(path, ".jsonl"), strings.HasSuffix(path, ".json"):
		return "ndjson"
	}
	return ""
}

// inputFormat returns the format of the inputs, which must be the same for all. It is
// empty for JSON whose form is to be inspected.
func (f *enrichFlags) inputFormat(paths []string) (string, error) {
	if f.inFormat != "" {
		return f.inFormat, nil
	}
	for i, path := range paths {
		if first, of := recordFormat(paths[0]), recordFormat(path); i > 0 && of != first {
			return "", problem.WithHint(problem.Usagef("%s is %s and %s is %s, by their suffixes", paths[0], formatName(first), path, formatName(of)),
				"set the format with --in, or enrich them one after another")
		}
	}
	switch format := recordFormat(paths[0]); {
	case format != "":
		return format, nil
	case len(paths) > 1 && haveSequence(paths):
		return "json", nil // which reads NDJSON, too
	}
	return "", nil
}

// haveSequence reports whether one of several files is a sequence of JSON values that are
// not one to a line. It reads only the beginning of regular files.
func haveSequence(paths []string) bool {
	return slices.ContainsFunc(paths, func(path string) bool {
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			return false
		}
		in, err := inputs.Open(path, nil)
		if err != nil {
			return false // it is returned when the inputs are opened
		}
		defer in.Close()
		head, _ := io.ReadAll(io.LimitReader(in, 64<<10))
		return stream.FormOf(head) == stream.FormValues
	})
}

// recordDelimiters are what separates the cells of the formats that consist of records under
// a header.
var recordDelimiters = map[string]byte{"csv": ',', "tsv": '\t'}

// isRecords reports whether a format consists of records under a header.
func isRecords(format string) bool { return recordDelimiters[format] != 0 }

// recordFormat returns the format that the suffix of a file implies if it consists of
// records, and "" otherwise.
func recordFormat(path string) string {
	if of := formatOfPath(path); isRecords(of) {
		return of
	}
	return ""
}

// formatName returns the name of a format for messages.
func formatName(format string) string { return cmp.Or(format, "ndjson") }

// outputFormat returns the format of the output, or "" if it is that of the input.
func (f *enrichFlags) outputFormat() string {
	if f.outFormat != "" {
		return f.outFormat
	}
	return formatOfPath(f.output)
}
