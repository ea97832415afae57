package preset

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kithsec/kith/internal/cond"
	"github.com/kithsec/kith/internal/nearest"
)

// Auto is the format that recognises every event by itself. No preset may have
// this name.
const Auto = "auto"

// Error says what is wrong with one place of a File.
type Error struct {
	Path   string // the key path, e.g. roles.user[0].when[1].op
	Reason string // begins with a small letter, quotes the offending text
}

// Error returns "path: reason".
func (e *Error) Error() string { return e.Path + ": " + e.Reason }

// Preset returns the preset that f describes, which shares nothing with f but
// its texts. The error joins an [*Error] for everything that is wrong.
func (f File) Preset() (Preset, error) {
	r := reader{file: f}
	r.name()
	p := Preset{
		Name:     f.Name,
		Prefixes: slices.Clone(f.Prefixes),
		Null:     slices.Clone(f.Null),
		Aliases:  r.aliases(),
	}
	if len(p.Prefixes) == 0 {
		p.Prefixes = []string{""}
	}
	r.unknownRoles()
	for _, name := range RoleNames() {
		if groups, ok := f.Roles[name]; ok {
			p.Roles = append(p.Roles, Role{Name: name, Groups: r.role(name, groups)})
		}
	}
	if len(r.errs) > 0 {
		return Preset{}, errors.Join(r.errs...)
	}
	return p, nil
}

// reader turns a File into a Preset and gathers what is wrong with it.
type reader struct {
	file File
	errs []error
}

func (r *reader) report(path, format string, args ...any) {
	r.errs = append(r.errs, &Error{Path: path, Reason: fmt.Sprintf(format, args...)})
}

func (r *reader) name() {
	switch r.file.Name {
	case "":
		r.report("name", "is missing: it is what --format calls the preset")
	case Auto:
		r.report("name", "%q is no preset: it recognises events by itself", Auto)
	}
}

func (r *reader) aliases() []Alias {
	var all []Alias
	for _, field := range slices.Sorted(maps.Keys(r.file.Aliases)) {
		also := r.file.Aliases[field]
		path := "aliases." + key(field)
		if field == "" || len(also) == 0 || slices.Contains(also, "") {
			r.report(path, "want a field and its other names, none of them empty")
		}
		all = append(all, Alias{Field: field, Also: slices.Clone(also)})
	}
	return all
}

// key quotes a key where a key path needs it.
func key(s string) string {
	if s == "" || strings.ContainsAny(s, `.[]"`) {
		return strconv.Quote(s)
	}
	return s
}

func (r *reader) unknownRoles() {
	if len(r.file.Roles) == 0 {
		r.report("roles", "are missing: name at least one of %s", strings.Join(RoleNames(), " "))
	}
	for _, name := range slices.Sorted(maps.Keys(r.file.Roles)) {
		if !slices.Contains(RoleNames(), name) {
			r.report("roles."+key(name), "unknown role %q%s", name, advice(name))
		}
	}
}

func advice(role string) string {
	if near, ok := nearest.Of(role, RoleNames()); ok {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ": use one of " + strings.Join(RoleNames(), " ")
}

func (r *reader) role(name string, groups []FileGroup) []Group {
	if len(groups) == 0 {
		r.report("roles."+name, "has no paths")
	}
	var all []Group
	for i, g := range groups {
		path := fmt.Sprintf("roles.%s[%d]", name, i)
		r.conditions(path, g.When)
		if other, ok := reference(g); ok {
			all = append(all, r.reference(path, name, other, g.When)...)
			continue
		}
		all = append(all, Group{Paths: r.paths(path, g.Paths), When: cloneClauses(g.When)})
	}
	return all
}

func (r *reader) conditions(path string, when []cond.Clause) {
	_, err := cond.Compile(when)
	joined, _ := err.(interface{ Unwrap() []error })
	if joined == nil {
		return
	}
	for _, err := range joined.Unwrap() {
		var bad *cond.Error
		if errors.As(err, &bad) {
			r.report(path+".when"+bad.Path(), "%s", bad.Reason)
		}
	}
}

// reference returns the role that the whole group stands for, if it does.
func reference(g FileGroup) (role string, ok bool) {
	if len(g.Paths) != 1 {
		return "", false
	}
	return g.Paths[0].role()
}

// reference returns the groups of the role other, under the conditions when.
// What is wrong with those groups is reported where they stand.
func (r *reader) reference(path, name, other string, when []cond.Clause) []Group {
	groups, found := r.file.Roles[other]
	path += ".paths[0]"
	switch {
	case other == name:
		r.report(path, "<%s> stands for itself", other)
		return nil
	case !slices.Contains(RoleNames(), other):
		r.report(path, "unknown role %q%s", other, advice(other))
	case !found:
		r.report(path, "this preset has no role %q", other)
	}
	var all []Group
	for _, g := range groups {
		if _, again := reference(g); again {
			r.report(path, "<%s> stands for another role itself: name that one", other)
			continue
		}
		g.When = append(slices.Clone(when), g.When...)
		quiet := reader{file: r.file}
		all = append(all, Group{Paths: quiet.paths("", g.Paths), When: cloneClauses(g.When)})
	}
	return all
}

func (r *reader) paths(path string, paths []FilePath) []Path {
	if len(paths) == 0 {
		r.report(path+".paths", "is empty: a group needs at least one path")
	}
	var all []Path
	for i, p := range paths {
		r.path(fmt.Sprintf("%s.paths[%d]", path, i), p)
		all = append(all, Path(p))
	}
	return all
}

func (r *reader) path(path string, p FilePath) {
	_, isRole := p.role()
	switch {
	case isRole:
		r.report(path, "%s stands for whole groups: write it alone in a group", p.Field)
	case p.Field == "" && p.Value == "":
		r.report(path, "is empty: want a field")
	case p.Field != "" && p.Value != "":
		r.report(path+".value", "field is given, too: remove one of them")
	case p.After != "" && p.Value != "":
		r.report(path+".after", "needs a field, not a value")
	}
}

func cloneClauses(when []cond.Clause) []cond.Clause {
	when = slices.Clone(when)
	for i := range when {
		when[i].Value = slices.Clone(when[i].Value)
	}
	return when
}
