package event

import (
	"fmt"
	"strings"

	"github.com/kithsec/kith/internal/jsonscan"
)

// Path is the number of a path in a [Schema].
//
// The text of a path is a list of names joined by dots. It matches nested objects,
// flat keys that contain the dots, and any mixture: "a.b.c" is found in
// {"a":{"b":{"c":1}}}, {"a.b":{"c":1}}, {"a":{"b.c":1}} and {"a.b.c":1}. A name
// followed by "[]" goes through the elements of an array, as in
// "answers[].rdata". "target[type=User].id" goes through the elements that have a
// member type whose text is "User", ignoring case. Without brackets an array is one
// value. Other brackets are part of a name: "args[0]" is a key of an object, as in events
// that were flattened, not the first element of an array. [CheckPath] has the rules.
//
// A name "*" between two others is a wildcard, which matches any one name: "a.*.c" is
// found in {"a":{"b":{"c":1}}} and in {"a.b.c":1}. The members that it matches are read
// as if they were one object. A path has at most one wildcard.
type Path uint16

// NoPath is the path of a candidate that is a constant of a preset.
const NoPath = ^Path(0)

// Step is one step of a route into an event: a key to look up in an object.
type Step struct {
	Name string // may contain dots, and a wildcard
	// Each means that the route goes on in every element of the array at the key. A
	// value that is not an array counts as an array of one element.
	Each  bool
	Where Where // with Each: selects the elements
}

// Where selects elements of an array by one of their members. The zero Where
// selects all elements.
type Where struct {
	Name  string // of the member
	Value string // the text of the member, ignoring case
}

// parsePath splits the text of a path into steps, one for each name.
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

// cutName cuts the text of a path at the first dot that is not in the brackets of a
// condition.
func cutName(text string) (name, rest string, found bool) {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '[':
			if length := strings.IndexByte(text[i:], ']'); length > 0 && strings.Contains(text[i:i+length], "=") {
				i += length
			}
		case text[i] == '.':
			return text[:i], text[i+1:], true
		}
	}
	return text, "", false
}

// parseStep parses "name", "name[]" or "name[member=value]". Any other bracket is
// part of the name.
func parseStep(name string) Step {
	open := strings.LastIndexByte(name, '[')
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

// maxJoined is the number of names, at the end of a path, that flat keys may join.
// It bounds the number of routes, which doubles with each name.
const maxJoined = 10

// routesOf returns the routes of the steps, those with longer keys first. Map looks
// for values in this order.
func routesOf(steps []Step) [][]Step {
	var all [][]Step
	flat := 0 // how many names the first key can join
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

// arrayPath is a compiled path through an array, or the part of one that begins in
// the elements of an array and goes through another.
type arrayPath struct {
	array Path   // of the array, if it is in the event and not in an element
	name  string // path of the array, in the event or in an element
	where Where
	// rest is the path in an element: up to the next array if there is one, "" if
	// the elements themselves are the values.
	rest string
	next *arrayPath // the path through the next array, or nil
	// paths holds rest and where.Name, in this order, without those that are
	// empty; it is nil if both are.
	paths *jsonscan.Paths
}

// compileArrayPath compiles a path. steps[at] is the first step with Each.
func compileArrayPath(steps []Step, at int) (*arrayPath, error) {
	e := &arrayPath{name: joinNames(steps[:at+1]), where: steps[at].Where}
	var wanted []string
	if rest := steps[at+1:]; len(rest) > 0 {
		e.rest = joinNames(rest)
		if i := firstArrayStep(rest); i >= 0 {
			next, err := compileArrayPath(rest, i)
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

// firstArrayStep returns the index of the first step with Each, or -1.
func firstArrayStep(steps []Step) int {
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
