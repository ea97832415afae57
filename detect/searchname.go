package detect

import (
	"strings"

	"github.com/kithsec/kith/internal/fold"
)

// searchPrefixes are the beginnings of the names of correlation searches, in lower case:
// Splunk's security content (ESCU), and the security domains of Enterprise Security. The
// search of the rule "Brute force" has a name such as "Access - Brute force - Rule".
var searchPrefixes = [...]string{"escu", "access", "audit", "endpoint", "identity", "network", "threat"}

// searchSuffix is the end of these names.
const searchSuffix = " - rule"

// titleOfSearch returns the title in the folded name of a correlation search: "brute force"
// in "access - brute force - rule". It returns false for other names.
func titleOfSearch(name string) (string, bool) {
	rest, found := strings.CutSuffix(name, searchSuffix)
	if !found {
		return "", false
	}
	for _, prefix := range searchPrefixes {
		if title, found := strings.CutPrefix(rest, prefix+" - "); found && title != "" {
			return title, true
		}
	}
	return "", false
}

// ruleNames finds the rules without conditions by the name of a search. The rules are
// numbers, ascending.
type ruleNames struct {
	byName  map[string][]int // by folded name
	byLabel map[string][]int // by folded label
}

// add adds a rule. label may be "".
func (n *ruleNames) add(name, label string, rule int) {
	if n.byName == nil {
		n.byName, n.byLabel = map[string][]int{}, map[string][]int{}
	}
	name, label = fold.Name(name), fold.Name(label)
	n.byName[name] = append(n.byName[name], rule)
	if label != "" {
		n.byLabel[label] = append(n.byLabel[label], rule)
	}
}

// rulesFor returns the rules that apply to the events of a search: the rules with its name,
// or else those with its name as label, or else those with the title in its name. So an event
// that both a search and its detection could score is scored only once.
func (n *ruleNames) rulesFor(search string) []int {
	if n.byName == nil || search == "" {
		return nil
	}
	search = fold.Lower(search)
	if rules := n.rulesNamed(search); rules != nil {
		return rules
	}
	if title, found := titleOfSearch(search); found {
		return n.rulesNamed(title)
	}
	return nil
}

// rulesNamed returns the rules with a folded name, or else with that label.
func (n *ruleNames) rulesNamed(name string) []int {
	if rules := n.byName[name]; rules != nil {
		return rules
	}
	return n.byLabel[name]
}
