package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/nearest"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
)

// namesNear returns names of risk objects that are similar to a text: the nearest one, or
// else up to three that begin with the text.
func (v *riskView) namesNear(text string) []string {
	var names []string
	for _, x := range v.objectNames() {
		names = append(names, fold.Name(x))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	text = fold.Name(text)
	if near, ok := nearest.Of(text, names); ok {
		return []string{near}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return text == "" || !strings.HasPrefix(name, text) || name == text })
	return names[:min(3, len(names))]
}

// objectNames returns the spellings and keys of the risk objects in the longest window.
func (v *riskView) objectNames() []string {
	windows := v.Windows()
	var names []string
	for _, x := range v.Top(windows[len(windows)-1], risk.ProfileSum, math.MaxInt) {
		if names = append(names, x.Object); !fold.Equal(x.Normalized, x.Object) {
			names = append(names, x.Normalized)
		}
	}
	return names
}

// completeFromState returns a function that completes the only argument of a command from
// the state in the directory that --state has named before it.
func completeFromState(dir *string, candidates func(v *riskView, begin string) []cobra.Completion) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, begin string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 || *dir == "" {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		v, err := openView(*dir, nil)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer v.Close()
		return candidates(v, begin), cobra.ShellCompDirectiveNoFileComp
	}
}

// maxCompletions is the maximum number of completions. A shell lists all of them.
const maxCompletions = 200

// completeIDs returns the ids of notables that begin with a text, with what they are about.
func (v *riskView) completeIDs(begin string) (list []cobra.Completion) {
	for n, err := range risk.StoredNotables(v.log, fold.Name(begin)) {
		if err != nil || len(list) == maxCompletions {
			break
		}
		about := fmt.Sprintf("%s, %s, %s", n.Name, n.Rule, timeText(n.Time))
		list = append(list, cobra.CompletionWithDesc(n.ID, problem.Plain(about)))
	}
	return list
}

// completeObjects returns the names of risk objects that begin with a text, the highest
// score first.
func (v *riskView) completeObjects(begin string) (list []cobra.Completion) {
	for _, name := range v.objectNames() {
		if len(list) == maxCompletions {
			break
		}
		if strings.HasPrefix(fold.Lower(name), fold.Lower(begin)) && problem.Plain(name) == name {
			list = append(list, name)
		}
	}
	return list
}
