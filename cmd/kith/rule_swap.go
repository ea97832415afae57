package main

import (
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/risk"
)

// ruleCompiler compiles detection rules that are to replace those in use: a risk.Engine or a
// pipeline.Pipeline.
type ruleCompiler interface {
	CompileRules(rules []detect.Rule, files []detect.RuleFile) (*risk.Rules, error)
}

// compileRules returns the rules of a new version of the configuration, and their number.
func compileRules(c *config.Config, by ruleCompiler) (*risk.Rules, int, error) {
	setup, err := c.RiskSetup()
	if err != nil {
		return nil, 0, err
	}
	if err := setup.Check(); err != nil {
		return nil, 0, err
	}
	rules, err := by.CompileRules(setup.Config.Rules, setup.Options.Rules)
	return rules, setup.CountRules(), setup.Place(err)
}
