package enrich

import (
	"fmt"

	"github.com/kithsec/kith/internal/jsonedit"
	"github.com/kithsec/kith/internal/preset"
)

// autoPlan recognises the format of an event by the paths that it has.
type autoPlan struct {
	detector *preset.Detector
	probes   []probePlan
	byName   map[string]*presetPlan
}

type probePlan struct {
	path   int
	object bool
	signs  preset.Signs
}

// auto compiles all presets and what tells them apart.
func (c *compiler) auto(all []preset.Preset) error {
	a := &autoPlan{detector: preset.NewDetector(), byName: make(map[string]*presetPlan)}
	for _, probe := range a.detector.Probes() {
		a.probes = append(a.probes, probePlan{c.path(probe.Path), probe.Object, probe.Signs})
	}
	c.plan.presets = make([]presetPlan, len(all))
	for i := range all {
		compiled, err := c.preset(&all[i])
		if err != nil {
			return err
		}
		c.plan.presets[i] = compiled
		a.byName[compiled.name] = &c.plan.presets[i]
	}
	c.plan.auto = a
	return nil
}

// presetOf returns the preset of the event at hand.
func (p *plan) presetOf(src source, present pathSet) *presetPlan {
	if p.auto == nil {
		return &p.presets[0]
	}
	var seen preset.Signs
	for i := range p.auto.probes {
		probe := &p.auto.probes[i]
		if seen&probe.signs == probe.signs || !present.has(probe.path) {
			continue
		}
		switch kind := src.kind(probe.path); {
		case kind == jsonedit.Absent || kind == jsonedit.Null:
		case !probe.object || kind == jsonedit.Object:
			seen |= probe.signs
		}
	}
	return p.auto.byName[p.auto.detector.Detect(seen)]
}

// group compiles one group of paths of a preset.
func (c *compiler) group(p *preset.Preset, g *preset.Group, nulls nulls) (groupPlan, error) {
	when, err := c.condition(g.When, p.Spellings)
	if err != nil {
		return groupPlan{}, fmt.Errorf("when: %w", err)
	}
	when.nulls = nulls
	out := groupPlan{when: when}
	for _, path := range g.Paths {
		compiled := pathPlan{after: []byte(path.After)}
		if path.Value != "" {
			compiled.literal = []byte(path.Value)
		} else {
			compiled.spellings = c.spellings(path.Field, p.Spellings)
		}
		out.paths = append(out.paths, compiled)
	}
	return out, nil
}
