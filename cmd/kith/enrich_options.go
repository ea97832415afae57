package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/problem"
)

// settings returns the configuration with the flags applied, and its options for
// enriching.
func (f *enrichFlags) settings(c *cobra.Command) (*config.Config, enrich.Options, error) {
	var none enrich.Options
	if err := f.checkSnapshot(c); err != nil {
		return nil, none, err
	}
	config, err := f.open()
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

// overrideEnrich replaces values of the configuration by the flags that were given.
func (f *enrichFlags) overrideEnrich(c *cobra.Command, e *config.Enrich) {
	for flag, set := range map[string]func(){
		"format":    func() { e.Format = f.Format },
		"fill":      func() { e.Fill = f.Fill },
		"fields":    func() { e.Fields = trimmed(f.Fields) },
		"into":      func() { e.Into = f.Into },
		"owner":     func() { e.Owner = f.Owner },
		"overwrite": func() { e.Overwrite = f.Overwrite },
		"defaults":  func() { e.Defaults = f.Defaults },
		"match":     func() { e.Match = f.Match },
		"urgency":   func() { e.Urgency = f.Urgency },
	} {
		if c.Flags().Changed(flag) {
			set()
		}
	}
}

// trimmed returns the texts of a list without the white space around them, and
// without those that are nothing but that.
func trimmed(list []string) []string {
	var texts []string
	for _, text := range list {
		if text = strings.TrimSpace(text); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// formOf returns the form that the suffix of a file implies, with or without the
// suffix of a compression, or "" if it implies none.
func formOf(path string) string {
	path = strings.ToLower(path)
	for _, ext := range []string{".gz", ".zst"} {
		path = strings.TrimSuffix(path, ext)
	}
	switch {
	case strings.HasSuffix(path, ".csv"):
		return "csv"
	case strings.HasSuffix(path, ".ndjson"), strings.HasSuffix(path, ".jsonl"), strings.HasSuffix(path, ".json"):
		return "ndjson"
	}
	return ""
}

// formIn returns the form of the inputs.
func (f *enrichFlags) formIn(paths []string) (string, error) {
	if f.in != "" {
		return f.in, nil
	}
	form := "ndjson"
	for i, path := range paths {
		of := formOf(path)
		if of == "" {
			of = "ndjson"
		}
		if i > 0 && of != form {
			return "", problem.WithHint(problem.Usagef("%s is %s and %s is %s, by their names", paths[0], form, path, of), "say which they are with --in, or enrich them one after another")
		}
		form = of
	}
	return form, nil
}

// formOut returns the form of the output.
func (f *enrichFlags) formOut(in string) string {
	if f.out != "" {
		return f.out
	}
	if of := formOf(f.output); of != "" {
		return of
	}
	return in
}
