package detect

import (
	_ "embed" // the technique table
	"slices"
	"strings"

	"github.com/kithsec/kith/internal/fold"
)

// techniqueTactics is the table technique → tactics; attack/README.md has its
// origin and licence.
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

// attackTable holds the tactics that techniques serve.
type attackTable struct {
	tactics map[string][]string // technique id, upper case → tactic ids
	names   map[string]string   // tactic name → id
}

func newAttackTable() *attackTable {
	t := &attackTable{tactics: make(map[string][]string, 700), names: make(map[string]string, len(tacticIDs))}
	for _, tactic := range tacticIDs {
		t.names[tactic.name] = tactic.id
	}
	_, rows, _ := strings.Cut(techniqueTactics, "\n")
	for row := range strings.Lines(rows) {
		id, rest, _ := strings.Cut(strings.TrimSpace(row), ",")
		names := rest[strings.LastIndexByte(rest, ',')+1:] // a technique's name may hold commas
		for name := range strings.SplitSeq(names, "|") {
			if tactic, found := t.tactic(name); found {
				t.tactics[id] = append(t.tactics[id], tactic)
			}
		}
	}
	return t
}

// tactic reads a tactic id or the name of one: "TA0006", "Credential Access",
// "credential-access".
func (t *attackTable) tactic(text string) (string, bool) {
	if id := strings.ToUpper(text); len(id) == 6 && strings.HasPrefix(id, "TA") && allDigits(id[2:]) {
		return id, true
	}
	id, found := t.names[strings.NewReplacer("-", " ", "_", " ").Replace(fold.Lower(text))]
	return id, found
}

// technique reads a technique id: "T1110", "t1110.001".
func technique(text string) (string, bool) {
	id := strings.ToUpper(text)
	if len(id) < 5 || id[0] != 'T' || !allDigits(id[1:5]) {
		return "", false
	}
	return id, len(id) == 5 || len(id) == 9 && id[5] == '.' && allDigits(id[6:])
}

// Attack holds the ids of the techniques and tactics of a modifier, sorted and
// without repeats.
type Attack struct {
	Techniques, Tactics []string
	Key                 string // what AppendKey appends, if it is known
}

// add adds the ids of a text: technique ids, tactic ids and tactic names, separated by
// commas, semicolons or "|". Other text is ignored.
func (a *Attack) add(t *attackTable, text string) {
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",;|\n", r) }) {
		part = fold.Trim(part)
		if id, ok := technique(part); ok {
			a.Techniques = append(a.Techniques, id)
		} else if id, ok := t.tactic(part); ok {
			a.Tactics = append(a.Tactics, id)
		}
	}
}

// finish sorts the lists. If there are no tactics, it adds those of the techniques; a
// sub-technique that is not in the table has those of its technique.
func (a *Attack) finish(t *attackTable) {
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

// AppendKey appends a text that identifies a. Ids contain none of its separators.
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
