package main

import (
	"errors"
	"fmt"

	"github.com/kithsec/kith/cmd/kith/internal/yamlfile"
	"github.com/kithsec/kith/internal/cond"
	"github.com/kithsec/kith/risk"
)

// checkRest looks at what the configuration says to other commands: the
// conditions of zone rules and presets, and the block risk.
func (c *Config) checkRest() error {
	if c.file == nil {
		return nil
	}
	var problems []error
	for i, rule := range c.Zones.Rules {
		problems = append(problems, checkClauses(c.file, fmt.Sprintf("zones.rules[%d].when", i), rule.When))
	}
	inFile, elsewhere := c.checkRisk()
	if err := errors.Join(yamlfile.Join(errors.Join(problems...), inFile), elsewhere); err != nil {
		return &usageError{err}
	}
	return nil
}

// checkClauses reports conditions that do not compile.
func checkClauses(file *yamlfile.File, path string, clauses []clauseConfig) error {
	_, err := cond.Compile(clausesOf(clauses))
	var problems []error
	for _, e := range joined(err) {
		var bad *cond.Error
		if errors.As(e, &bad) {
			problems = append(problems, file.Errorf(path+bad.Path(), "%s: %s", bad.Key, bad.Reason))
		}
	}
	return errors.Join(problems...)
}

// checkRisk reports what the engine would refuse, in the configuration and in
// the files of rules that it names.
func (c *Config) checkRisk() (inFile, elsewhere error) {
	setup, err := c.riskSetup()
	if err == nil {
		_, err = risk.New(setup.risk, nil, setup.options)
		err = setup.place(err)
	}
	var problems, others []error
	for _, e := range joined(err) {
		var p *yamlfile.Problem
		if errors.As(e, &p) && p.File == c.path {
			problems = append(problems, p)
		} else {
			others = append(others, e)
		}
	}
	return errors.Join(problems...), errors.Join(others...)
}
