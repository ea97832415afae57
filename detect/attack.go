package detect

import (
	_ "embed" // the technique table
	"slices"
	"strings"

	"github.com/kithsec/kith/internal/fold"
)

// techniqueTactics is a CSV table of techniques and the tactics that they serve. See
// attack/README.md for its origin and licence.
//
//go:embed attack/technique_tactics.csv
var techniqueTactics string

// tacticIDs are the tactics of the ATT&CK Enterprise matrix.
var tacticIDs = [...]struct{ id, name string }{
	{"TA0043", "reconnaissance"},
	{"TA0042", "resource development"},
	{"TA0001", "initial access"},
	{"TA0002", "execution"},
	{"TA0003", "persistence"},
	{"TA0004", "privilege escalation"},
	{"TA0005", "defense evasion"},
	{"TA0006", "credential access"},
	{"TA0007", "discovery"},
	{"TA0008", "lateral movement"},
	{"TA0009", "collection"},
	{"TA0011", "command and control"},
	{"TA0010", "exfiltration"},
	{"TA0040", "impact"},
}

// attackTable maps techniques and the names of tactics to the ids of tactics.
type attackTable struct {
	tactics map[string][]string // by technique id in upper case
	names   map[string]string   // by name of a tactic in lower case
}

func newAttackTable() *attackTable {
	t := &attackTable{tactics: make(map[string][]string, 700), names: make(map[string]string, len(tacticIDs))}
	for _, tactic := range tacticIDs {
		t.names[tactic.name] = tactic.id
	}
	_, rows, _ := strings.Cut(techniqueTactics, "\n")
	for row := range strings.Lines(rows) {
		id, rest, _ := strings.Cut(strings.TrimSpace(row), ",")
		names := rest[strings.LastIndexByte(rest, ',')+1:] // the name of a technique can contain commas
		for name := range strings.SplitSeq(names, "|") {
			if tactic, found := t.parseTactic(name); found {
				t.tactics[id] = append(t.tactics[id], tactic)
			}
		}
	}
	return t
}

// parseTactic returns the id of a tactic that is given by its id or name: "TA0006",
// "Credential Access", "credential-access".
func (t *attackTable) parseTactic(text string) (string, bool) {
	if id := strings.ToUpper(text); len(id) == 6 && strings.HasPrefix(id, "TA") && allDigits(id[2:]) {
		return id, true
	}
	id, found := t.names[strings.NewReplacer("-", " ", "_", " ").Replace(fold.Lower(text))]
	return id, found
}

// parseTechnique returns a technique id in upper case: "T1110" for "t1110". It reports
// whether the text is one.
func parseTechnique(text string) (string, bool) {
	id := strings.ToUpper(text)
	if len(id) < 5 || id[0] != 'T' || !allDigits(id[1:5]) {
		return "", false
	}
	return id, len(id) == 5 || len(id) == 9 && id[5] == '.' && allDigits(id[6:])
}

// Attack holds the ids of the ATT&CK techniques and tactics of a modifier, sorted and
// without duplicates.
type Attack struct {
	Techniques, Tactics []string
	Key                 string // the result of AppendKey if it was computed before, or ""
}

// addIDs adds the ids that a text names: technique ids, tactic ids and names of tactics,
// separated by commas, semicolons, "|" or line feeds. It ignores everything else.
func (a *Attack) addIDs(t *attackTable, text string) {
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",;|\n", r) }) {
		part = fold.Trim(part)
		if id, ok := parseTechnique(part); ok {
			a.Techniques = append(a.Techniques, id)
		} else if id, ok := t.parseTactic(part); ok {
			a.Tactics = append(a.Tactics, id)
		}
	}
}

// normalizeIDs sorts the lists, removes duplicates, and sets Key. If there are no
// tactics, it adds those of the techniques. A sub-technique that is not in the table has
// the tactics of its technique.
func (a *Attack) normalizeIDs(t *attackTable) {
	slices.Sort(a.Techniques)
	a.Techniques = slices.Compact(a.Techniques)
	if len(a.Tactics) == 0 {
		for _, id := range a.Techniques {
			tactics, found := t.tactics[id]
			if !found {
				tactics = t.tactics[id[:5]]
			}
			a.Tactics = append(a.Tactics, tactics...)
		}
	}
	slices.Sort(a.Tactics)
	a.Tactics = slices.Compact(a.Tactics)
	a.Key = string(a.AppendKey(nil))
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// AppendKey appends a text that is equal for equal ids, "" if there are none. It is
// unambiguous: ids do not contain its separators.
func (a Attack) AppendKey(b []byte) []byte {
	switch {
	case len(a.Techniques)+len(a.Tactics) == 0:
		return b
	case a.Key != "":
		return append(b, a.Key...)
	}
	for _, id := range a.Techniques {
		b = append(append(b, id...), ',')
	}
	b = append(b, '|')
	for _, id := range a.Tactics {
		b = append(append(b, id...), ',')
	}
	return b
}
