package yamlfile

import (
	"cmp"
	"errors"
	"slices"

	"github.com/kithsec/kith/internal/problem"
)

// Join joins the problems of a file in its order: those that decoding found,
// and those that were found in the decoded values, except where decoding
// already complained of the same place, since they follow from it.
func Join(decoding, values error) error {
	all := problemsIn(decoding)
	complained := map[[2]int]bool{}
	for _, p := range all {
		complained[[2]int{p.Line, p.Column}] = true
	}
	for _, p := range problemsIn(values) {
		if !complained[[2]int{p.Line, p.Column}] {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b *problem.InFile) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	errs := make([]error, len(all))
	for i, p := range all {
		errs[i] = p
	}
	return errors.Join(errs...)
}

// problemsIn returns the Problems that err joins.
func problemsIn(err error) []*problem.InFile {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*problem.InFile
		for _, e := range joined.Unwrap() {
			all = append(all, problemsIn(e)...)
		}
		return all
	}
	var p *problem.InFile
	if errors.As(err, &p) {
		return []*problem.InFile{p}
	}
	return nil
}
