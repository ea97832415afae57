package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
)

// fewLosses is how many losses a command prints before it counts them.
const fewLosses = 5

// tellLosses prints the first few losses and a count by reason.
func tellLosses(w io.Writer, losses []*entity.RowError) {
	for _, e := range losses[:min(len(losses), fewLosses)] {
		fmt.Fprintf(w, "kith: %s\n", problem.Plain(e.Error()))
	}
	if len(losses) > 0 {
		fmt.Fprintf(w, "kith: lost in the lists: %s (kith check shows all)\n", countLosses(losses))
	}
}

// countLosses counts losses by what was lost and why, the most frequent first:
// "12 values (bad address), 2 rows (no key)".
func countLosses(losses []*entity.RowError) string {
	type group struct {
		loss   entity.Loss
		reason string
		n      int
	}
	var groups []group
	for _, e := range losses {
		i := slices.IndexFunc(groups, func(g group) bool { return g.loss == e.Loss && g.reason == e.Reason })
		if i < 0 {
			i = len(groups)
			groups = append(groups, group{loss: e.Loss, reason: e.Reason})
		}
		groups[i].n++
	}
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(b.n, a.n) })
	var words []string
	for _, g := range groups {
		words = append(words, fmt.Sprintf("%s (%s)", problem.Plural(g.n, string(g.loss)), g.reason))
	}
	return strings.Join(words, ", ")
}

// strictLoss is the end of a strict run that lost something.
func strictLoss(strict bool, losses []*entity.RowError) error {
	if !strict || len(losses) == 0 {
		return nil
	}
	return strictf("lost in the lists: %s", countLosses(losses))
}
