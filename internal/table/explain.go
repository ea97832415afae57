package table

import (
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/keytext"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/names"
	"github.com/kithsec/kith/internal/schema"
)

// The functions in this file explain why a key matched. They are not used by enrichment.
// The entities passed to them must be those that the table was built from.

// LookupMACRange looks up the record that has exactly this range of MACs as a key. It scans
// all entities.
func (t *Table) LookupMACRange(e *entities.Store, zone entity.Zone, key string) (Match, bool) {
	class, compared := schema.MergedShapeOf(fold.Trim(key))
	if class != schema.MACRangeKey {
		return Match{}, false
	}
	if m, ok := t.findMACRange(e, zone, compared); ok {
		return m, true
	}
	if t.fallback != NoZone {
		return t.findMACRange(e, t.zones[t.fallback], compared)
	}
	return Match{}, false
}

func (t *Table) findMACRange(e *entities.Store, zone entity.Zone, compared string) (Match, bool) {
	for record := range e.Len() {
		if entity.Zone(e.Zone(record)) != zone {
			continue
		}
		for k, text := range e.KeysOf(record) {
			if k.Class == schema.MACRangeKey && text == compared {
				return Match{Record: uint32(record), Step: entity.StepExact, zone: t.Zone(zone), prefix: lpm.None}, true
			}
		}
	}
	return Match{}, false
}

// MatchedKey returns the key that matched as it is stored in the entities: the name in its
// original spelling, the prefix, the range of MACs or the "*." name. key is the key that
// was looked up. MatchedKey returns "" if no key of the record matches it.
func (t *Table) MatchedKey(e *entities.Store, m Match, key string) string {
	if p, ok := t.MatchedPrefix(m); ok {
		return p.String()
	}
	key = fold.Trim(key)
	if t.kind == entity.Identity {
		return matchedName(e, m, key)
	}
	if m.Step == entity.StepForm || m.Step == entity.StepSuffix {
		var f formMatch
		if t.findByMachineForm(&f, m.zone, cleanName(key)); f.step == m.Step {
			key = f.key
		}
	}
	return matchedAssetKey(e, m, key)
}

// Candidates returns the records that a form of a name leads to, if it leads to several. key
// must be a key for which a lookup in the zone reports that.
func (t *Table) Candidates(e *entities.Store, zone ZoneID, key string) (forms string, records []uint32) {
	var f formMatch
	for zone = t.firstZone(zone); zone != NoZone && !f.several; zone = t.nextZone(zone) {
		if t.findByMachineForm(&f, zone, cleanName(key)); f.several {
			name := fold.Lower(f.key)
			for record := range e.Len() {
				if t.Zone(entity.Zone(e.Zone(record))) == zone && hasLabel(e, record, name, f.forms&MachineNetBIOS != 0) {
					records = append(records, uint32(record))
				}
			}
		}
	}
	return f.forms.String(), records
}

// hasLabel reports whether nt_host or dns of a record list a full name with this first label
// or, if longer is set, a name whose first label is longer and begins so.
func hasLabel(e *entities.Store, record int, start string, longer bool) bool {
	for k, text := range e.KeysOf(record) {
		label, domain := names.HostParts(fold.Lower(text))
		switch {
		case k.Class != schema.NameKey || k.Fields&^entities.KeyCustom.Bit() == 0:
		case longer && len(label) > len(start) && strings.HasPrefix(label, start), !longer && domain != "" && label == start:
			return true
		}
	}
	return false
}

func matchedName(e *entities.Store, m Match, key string) string {
	for _, tried := range namesTried(m.Step, keytext.Clean(key)) {
		for _, text := range e.KeysOf(int(m.Record)) {
			if text == tried || !e.CaseSensitive && fold.Equal(text, tried) {
				return text
			}
		}
	}
	return ""
}

// namesTried returns the names that a step looks up for a key, in order.
func namesTried(step entity.Step, key string) []string {
	domain, name, inDomain := strings.Cut(key, `\`)
	if !inDomain {
		domain, name = "", key
	}
	switch step {
	case entity.StepGuest:
		if mark := guestMark(name); mark >= 0 {
			at := strings.LastIndexByte(name[:mark], '_')
			return []string{name[:max(at, 0)] + "@" + name[at+1:mark]}
		}
		return nil
	case entity.StepDomain:
		label, _, _ := strings.Cut(domain, ".")
		return []string{name + "@" + domain, label + `\` + name, name}
	case entity.StepLocalPart:
		return []string{name[:max(0, strings.LastIndexByte(name, '@'))], key[:max(0, strings.LastIndexByte(key, '@'))]}
	case entity.StepARN:
		return []string{nameInARN(name)}
	}
	return []string{key}
}

func matchedAssetKey(e *entities.Store, m Match, key string) string {
	class, compared := schema.MergedShapeOf(key)
	best := ""
	for k, text := range e.KeysOf(int(m.Record)) {
		switch m.Step {
		case entity.StepExact, entity.StepForm:
			if c, other := schema.MergedShapeOf(text); c == class && other == compared {
				return text
			}
		case entity.StepMACRange:
			if k.Class == schema.MACRangeKey && rangeContains(text, compared) && (best == "" || narrowerRange(text, best)) {
				best = text
			}
		case entity.StepSuffix:
			if k.Class == schema.SuffixKey && strings.HasSuffix(compared, fold.Lower(text[1:])) && len(text) > len(best) {
				best = text
			}
		}
	}
	return best
}

// rangeContains reports whether a range of MACs contains a MAC.
func rangeContains(text, mac string) bool {
	from, to, _, ok := schema.ParseMACRange(text)
	m, _, ok2 := addr.ParseMAC(mac)
	return ok && ok2 && from <= m && m <= to
}

// narrowerRange reports whether the range a is narrower than b.
func narrowerRange(a, b string) bool {
	from, to, _, _ := schema.ParseMACRange(a)
	from2, to2, _, _ := schema.ParseMACRange(b)
	return to-from < to2-from2
}
