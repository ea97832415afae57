package event

import (
	"strings"

	"github.com/kithsec/kith/internal/jsonscan"
)

// Matches reports whether a key is that of the step: whether their names are equal, or are
// matched by a wildcard of the step.
func (s Step) Matches(key string) bool { return matchesNames(s.Name, key) }

// matchesNames reports whether a key has the names of a path, of which a wildcard matches
// any one name.
func matchesNames(path, key string) bool {
	before, after, isWild := jsonscan.CutWildcard(path)
	if !isWild {
		return path == key
	}
	rest, matches := strings.CutPrefix(key, before)
	_, end, isLonger := strings.Cut(rest, ".")
	return matches && end == after && isLonger == (after != "")
}

// pathsByKey lists the paths that begin with the names of a key.
type pathsByKey map[string]Set

// newPathsByKey returns the index for the paths of a Schema. A path with a wildcard is
// listed under the names before the wildcard only.
func newPathsByKey(s *Schema) pathsByKey {
	all := make(pathsByKey)
	for i := range s.texts {
		key := ""
		for at, step := range s.stepsOf(Path(i)) {
			if step.Name == jsonscan.Wildcard {
				break
			}
			if at > 0 {
				key += "."
			}
			key += step.Name
			set := all[key]
			set.Add(Path(i))
			all[key] = set
		}
	}
	return all
}

// addPathsBelow adds to a set the paths of which a key can have the first names. A key that
// joins more names than those before a wildcard is looked up by its first names.
func (s *Schema) addPathsBelow(set Set, key string) {
	s.byKey.addTo(set, key)
	for i := range len(key) {
		if key[i] == '.' {
			s.byKey.addTo(set, key[:i])
		}
	}
}

func (p pathsByKey) addTo(set Set, key string) {
	for i, word := range p[key] {
		set[i] |= word
	}
}
