package detect

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTitleStandsBetweenPrefixAndSuffix(t *testing.T) {
	for name, want := range map[string]string{
		"escu - brute force - rule": "brute force", "access - a - b - rule": "a - b", "audit - x - rule": "x", "endpoint - x - rule": "x", "identity - x - rule": "x",
		"network - x - rule": "x", "threat - x - rule": "x",
		"brute force": "", "brute force - rule": "", "other - x - rule": "", "escu - x": "", "escu -  - rule": "", "escu - - rule": "", "access-x-rule": "", "": "", " - rule": "",
	} {
		title, found := titleOfSearch(name)
		assert.Equal(t, want, title, "titleOfSearch(%q)", name)
		assert.Equal(t, want != "", found, "titleOfSearch(%q)", name)
	}
}

func TestRulesApplyByNameElseLabelElseTitle(t *testing.T) {
	var n ruleNames
	assert.Empty(t, n.rulesFor("x"))
	for i, r := range []struct{ name, label string }{
		{"Brute force", ""}, {"ESCU - Brute force - Rule", "ESCU - Brute force"}, {"Access - Many logons - Rule", "Brute force"}, {"Threat - A - Rule", "Titled"}, {" brute FORCE ", ""},
	} {
		n.add(r.name, r.label, i)
	}
	for _, c := range []struct {
		rule, search string
		want         []int
	}{
		{"a name, and not the label of another rule", "brute force", []int{0, 4}},
		{"a name of a search, and not the title", "ESCU - Brute Force - Rule", []int{1}},
		{"a label", "escu - brute force", []int{1}},
		{"a title that is a name", "Endpoint - Brute force - Rule", []int{0, 4}},
		{"a title that is a label", "Network - TITLED - Rule", []int{3}},
		{"a title is not that of another search", "ESCU - Many logons - Rule", nil},
		{"no name", "", nil},
		{"another", "brute", nil},
	} {
		assert.Equal(t, c.want, n.rulesFor(c.search), "%s: rulesFor(%q)", c.rule, c.search)
	}
}
