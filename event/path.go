package event

import (
	"fmt"
	"strings"

	"github.com/kithsec/kith/internal/jsonscan"
)

// Path is the number of a path in a [Schema].
//
// The text of a path is names joined by dots. It matches nested objects, flat
// keys that contain the dots, and any mixture: "a.b.c" is found in
// {"a":{"b":{"c":1}}}, {"a.b":{"c":1}}, {"a":{"b.c":1}} and {"a.b.c":1}. A name
// followed by "[]" goes through the elements of an array, as in
// "answers[].rdata"; "target[type=User].id" goes through those whose member type
// is "User", ignoring case. Without brackets an array is one value.
type Path uint16

// NoPath is the path of a constant of a preset.
const NoPath = ^Path(0)

// Step is one step of a route into an event.
type Step struct {
	Name  string // a key, which may contain dots
	Each  bool   // go through the elements of the array, or into the value if it is none
	Where Where  // with Each: the elements to go through
}

// Where selects elements of an array by one of their members. The zero Where
// selects all.
type Where struct {
	Name  string // the member
	Value string // its text, ignoring case
}

// parsePath cuts the text of a path into one step a name.
func parsePath(text string) []Step {
	var steps []Step
	for {
		name, rest, more := cutName(text)
		steps = append(steps, parseStep(name))
		if !more {
			return steps
		}
		text = rest
	}
}

// cutName cuts a path at the first dot outside of brackets.
func cutName(text string) (name, rest string, found bool) {
	inside := false
	for i := range len(text) {
		switch {
		case text[i] == '[' && strings.IndexByte(text[i:], ']') > 0:
			inside = true
		case text[i] == ']':
			inside = false
		case text[i] == '.' && !inside:
			return text[:i], text[i+1:], true
		}
	}
	return text, "", false
}

// parseStep reads "name", "name[]" or "name[member=value]". Other brackets are
// part of the name.
func parseStep(name string) Step {
	open := strings.IndexByte(name, '[')
	if open < 1 || !strings.HasSuffix(name, "]") {
		return Step{Name: name}
	}
	where := name[open+1 : len(name)-1]
	member, value, isFilter := strings.Cut(where, "=")
	switch {
	case where == "":
		return Step{Name: name[:open], Each: true}
	case isFilter && member != "":
		return Step{Name: name[:open], Each: true, Where: Where{member, value}}
	}
	return Step{Name: name}
}

// maxJoined is how many names of a path Routes joins in all ways.
const maxJoined = 10

// routesOf returns the routes of the steps, flat keys first: the order in which
// Map looks for them.
func routesOf(steps []Step) [][]Step {
	var all [][]Step
	flat := 0 // names that one key may contain
	for flat < len(steps) && (flat == 0 || !steps[flat-1].Each) {
		flat++
	}
	add := func(names int) {
		key := Step{Each: steps[names-1].Each, Where: steps[names-1].Where}
		for i, s := range steps[:names] {
			if i > 0 {
				key.Name += "."
			}
			key.Name += s.Name
		}
		if names == len(steps) {
			all = append(all, []Step{key})
			return
		}
		for _, rest := range routesOf(steps[names:]) {
			all = append(all, append([]Step{key}, rest...))
		}
	}
	if len(steps) > maxJoined {
		add(1)
		return all
	}
	add(flat)
	for names := 1; names < flat; names++ {
		add(names)
	}
	return all
}

// CheckPath returns an error if a text cannot be a path: it is empty or has more
// than 64 names.
func CheckPath(text string) error {
	_, err := jsonscan.Compile([]string{text})
	return err
}

// elements is a path through an array.
type elements struct {
	array Path   // in the event
	name  string // the path of the array in the event or in an element
	where Where
	// In an element: the rest of the path, or the array that it goes through next;
	// "" if the elements are what is looked for.
	rest string
	next *elements
	// The rest, and the member that where names behind it; nil if there are none.
	paths *jsonscan.Paths
}

// compileElements compiles the steps of a path, of which the first with Each is
// steps[at].
func compileElements(steps []Step, at int) (*elements, error) {
	e := &elements{name: joinNames(steps[:at+1]), where: steps[at].Where}
	var wanted []string
	if rest := steps[at+1:]; len(rest) > 0 {
		e.rest = joinNames(rest)
		if i := firstEach(rest); i >= 0 {
			next, err := compileElements(rest, i)
			if err != nil {
				return nil, err
			}
			e.rest, e.next = next.name, next
		}
		wanted = append(wanted, e.rest)
	}
	if e.where.Name != "" && e.where.Name != e.rest {
		wanted = append(wanted, e.where.Name)
	}
	if len(wanted) > 0 {
		var err error
		if e.paths, err = jsonscan.Compile(wanted); err != nil {
			return nil, fmt.Errorf("%s[]: %w", e.name, err)
		}
	}
	return e, nil
}

func firstEach(steps []Step) int {
	for i, s := range steps {
		if s.Each {
			return i
		}
	}
	return -1
}

func joinNames(steps []Step) string {
	names := make([]string, len(steps))
	for i, s := range steps {
		names[i] = s.Name
	}
	return strings.Join(names, ".")
}
