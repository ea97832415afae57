package main

import (
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/cmd/kith/internal/yamlfile"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
)

// riskSetup is what the configuration says about risk: what the engine is made
// of, and where it is written.
type riskSetup struct {
	config  *Config
	risk    risk.Config
	options risk.Options
	files   []ruleFile
}

// riskSetup reads the block risk and the files of rules that it names. Every
// error is a usageError; what could be read is returned in any case.
func (c *Config) riskSetup() (*riskSetup, error) {
	s := &riskSetup{config: c}
	wrong := c.DecodeRisk(&s.risk)
	var bad error
	s.files, bad = c.readRules(s.risk.RuleFiles)
	for _, f := range s.files {
		s.options.Rules = append(s.options.Rules, f.RuleFile)
	}
	s.options.DefaultZone = c.Zones.Default
	for _, r := range c.Zones.Rules {
		s.options.ZoneRules = append(s.options.ZoneRules, risk.ZoneRule{Zone: r.Zone, When: conditionsOf(r.When)})
	}
	return s, c.inOrder(wrong, bad)
}

func conditionsOf(clauses []clauseConfig) []entity.Clause {
	list := make([]entity.Clause, len(clauses))
	for i, clause := range clauses {
		list[i] = entity.Clause{Field: clause.Field, Op: clause.Op, Value: entity.Literals(clause.Value), ValueField: clause.ValueField}
	}
	return list
}

// place says where that is written which the engine refuses, a usageError; any
// other error stays as it is.
func (s *riskSetup) place(err error) error {
	var problems, elsewhere []error
	for _, e := range problem.Joined(err) {
		var bad *risk.ConfigError
		if !errors.As(e, &bad) {
			return err
		}
		if problem := s.placeInRules(bad); problem != nil {
			elsewhere = append(elsewhere, problem)
			continue
		}
		at := bad.Path
		if !strings.HasPrefix(at, "zones.") {
			at = "risk." + at
		}
		problems = append(problems, s.config.Errorf(at, "%s: %v", lastKey(bad.Path), bad.Err))
	}
	if len(problems)+len(elsewhere) == 0 {
		return nil
	}
	if s.config.file != nil {
		problems = []error{yamlfile.Join(errors.Join(problems...), nil)} // in the order of the file
	}
	return problem.Usage(errors.Join(append(problems, elsewhere...)...))
}

// lastKey returns the key that a path ends with.
func lastKey(path string) string {
	key := path[strings.LastIndexByte(path, '.')+1:]
	key, _, _ = strings.Cut(key, "[")
	return key
}

// placeInRules returns the error of a rule that a file holds, whose path is
// "rule_files: FILE: rule 3.risk_objects[0].score"; nil if it is no such path.
func (s *riskSetup) placeInRules(bad *risk.ConfigError) error {
	for _, f := range s.files {
		rest, found := strings.CutPrefix(bad.Path, "rule_files: "+f.Name+": rule ")
		if !found {
			continue
		}
		number, key, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > len(f.lines) {
			continue
		}
		if key != "" {
			key += ": "
		}
		return f.problem(f.lines[n-1], key+bad.Err.Error())
	}
	return nil
}

// resolver returns what names the objects: the snapshot or the lists of flags
// and configuration; nil if there are none. It also returns what was lost of the
// lists.
func (f *readFlags) resolver(c *cobra.Command, config *Config) (risk.Resolver, []*entity.RowError, error) {
	if !c.Flags().Changed("snapshot") && len(config.Assets.Sources)+len(config.Identities.Sources) == 0 {
		return nil, nil, nil
	}
	if err := f.checkSnapshot(c); err != nil {
		return nil, nil, err
	}
	if f.snapshot != "" {
		s, _, err := config.openSnapshot(f.snapshot)
		if err != nil {
			return nil, nil, err
		}
		return s, nil, nil
	}
	l, err := f.load(c)
	if err != nil {
		return nil, nil, err
	}
	s, err := l.enrichSnapshot()
	if err != nil {
		return nil, l.losses(), err
	}
	return s, l.losses(), nil
}
