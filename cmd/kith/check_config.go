package main

import (
	"errors"
	"fmt"

	"github.com/kithsec/kith/cmd/kith/internal/yamlfile"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/cond"
	"github.com/kithsec/kith/internal/problem"
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
	return c.inOrder(errors.Join(problems...), c.checkRisk())
}

// absentLists reports the lists that are not there.
func (c *Config) absentLists() error {
	_, err := c.expand("assets", &c.Assets.listConfig)
	_, err2 := c.expand("identities", &c.Identities.listConfig)
	return c.absent(errors.Join(err, err2))
}

// checkEnrich reports what kith enrich would refuse of these lists.
func (l *loaded) checkEnrich() error {
	o, err := l.config.enrichOptions()
	if err != nil {
		return err
	}
	s, err := l.enrichSnapshot()
	if err != nil {
		return err
	}
	if err := l.config.checkFields(s, o.Fields, ""); err != nil {
		return err
	}
	if _, err := enrich.New(s, o); err != nil {
		return problem.Usage(err)
	}
	return nil
}

// checkClauses reports conditions that do not compile.
func checkClauses(file *yamlfile.File, path string, clauses []clauseConfig) error {
	_, err := cond.Compile(clausesOf(clauses))
	var problems []error
	for _, e := range problem.Joined(err) {
		var bad *cond.Error
		if errors.As(e, &bad) {
			problems = append(problems, file.Errorf(path+bad.Path(), "%s: %s", bad.Key, bad.Reason))
		}
	}
	return errors.Join(problems...)
}

// checkRisk reports what the engine would refuse, in the configuration and in
// the files of rules that it names, whatever else is wrong with them.
func (c *Config) checkRisk() error {
	setup, wrong := c.riskSetup()
	_, err := risk.New(setup.risk, nil, setup.options)
	return c.inOrder(wrong, setup.place(err))
}
