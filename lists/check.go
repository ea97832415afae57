package lists

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
)

// Findings holds everything that [Check] found.
type Findings struct {
	// Loaded holds the lists that can be read. The result of a kind that cannot be merged
	// is nil. Loaded itself is nil if the configuration is invalid.
	*Loaded
	Err    error       // all errors of the configuration and the lists, joined
	Unused []UnusedKey // of both kinds, assets first
}

// Check reads all lists of a configuration and reports every problem instead of stopping
// at the first. A configuration file need not name any lists; then the rest of it is checked.
// The problems that were found while the configuration was read are passed in known. If ctx
// is done before the end, Findings.Err is the error of ctx.
func Check(ctx context.Context, c *config.Config, known error, o Options) *Findings {
	if c == nil {
		return &Findings{Err: cmp.Or(known, errNoConfig)}
	}
	fetched := new(copies)
	_, twice := c.ReadsStandardInput()
	if err := c.Check(errors.Join(known, twice)); err != nil {
		return &Findings{Err: err, Unused: unusedKeysOfBoth(c, fetched)}
	}
	o.reportStart(0)
	l := &Loaded{Config: c}
	var assetErr, identityErr error
	var assetRead, identityRead []Read
	l.Assets, assetRead, assetErr = mergeReadable(ctx, c, entity.Asset, fetched, o)
	l.Identities, identityRead, identityErr = mergeReadable(ctx, c, entity.Identity, fetched, o)
	l.Stale = fetched.stale(c)
	l.Read = slices.Concat(assetRead, identityRead)
	err := errors.Join(assetErr, identityErr)
	if ctx.Err() != nil {
		return &Findings{Err: ctx.Err()}
	}
	if err == nil && !c.NamesLists() && c.File == nil {
		err = noLists(c)
	}
	if err == nil { // otherwise an unreadable list may have the missing columns
		err = checkEnrich(l)
	}
	return &Findings{Loaded: l, Err: err, Unused: unusedKeysOfBoth(c, fetched)}
}

// unusedKeysOfBoth returns the unused keys of both kinds, assets first.
func unusedKeysOfBoth(c *config.Config, fetched *copies) []UnusedKey {
	return append(unusedKeys(c, entity.Asset, fetched), unusedKeys(c, entity.Identity, fetched)...)
}

// checkEnrich returns an error if events cannot be enriched from the lists.
func checkEnrich(l *Loaded) error {
	s, err := l.Snapshot()
	if err != nil {
		return err
	}
	return l.Config.CheckEnrich(s)
}

// mergeReadable fetches and merges the readable lists of a kind, and returns the errors of
// the others. The result is nil if the lists cannot be merged at all.
func mergeReadable(ctx context.Context, c *config.Config, kind entity.Kind, fetched *copies, o Options) (*merge.Result, []Read, error) {
	lists, err := c.Expand(kind)
	lists, unfetched := fetched.fetchLists(ctx, c, kind, lists, o)
	problems := []error{errors.Join(c.HintAbsent(err), unfetched)}
	forms := fetched.formsOf(kind, lists)
	for {
		r, read, err := mergeKind(ctx, c, kind, forms, o)
		if err == nil {
			return r, read, errors.Join(problems...)
		}
		var source *merge.SourceError
		broken := -1
		if errors.As(err, &source) {
			broken = slices.IndexFunc(forms, func(f *form) bool { return f.source.Name == source.Source })
		}
		// Once an unreadable list has been left out, columns may be missing only for
		// that reason, so such an error is not reported.
		if broken >= 0 || len(problems) == 1 && problems[0] == nil {
			problems = append(problems, err)
		}
		if broken < 0 {
			return nil, nil, errors.Join(problems...)
		}
		forms = slices.Delete(slices.Clone(forms), broken, broken+1)
	}
}
