package event

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/cond"
	"github.com/kithsec/kith/internal/nearest"
)

// Auto is the format that recognises every event by itself. No preset may have
// this name.
const Auto = "auto"

// PresetFile is a preset in the form in which it is written in YAML:
//
//	name: edr
//	prefixes: ["", "data."]               # default: the bare field
//	null: [N/A, "<none>"]                 # beside the null tokens of all presets
//	aliases: {type: [meta.type]}          # other names of a field
//	roles:
//	  dvc: [{paths: [agent.host]}]
//	  dest: [{paths: [target.ip]}, {paths: [<dvc>]}]
//	  user:
//	    - {paths: [a.name, a.id], when: [{field: type, op: "=", value: login}]}
//	    - {paths: [{field: session, after: ":"}]}
//	    - {paths: [{value: root}], when: [{field: uid, op: "=", value: 0}]}
//
// Each entry of a role is a group. "<dvc>" alone in a group stands for the
// groups of that role.
type PresetFile struct {
	Name     string                       `yaml:"name"`
	Prefixes []string                     `yaml:"prefixes"`
	Null     []string                     `yaml:"null"`
	Aliases  map[string][]string          `yaml:"aliases"`
	Roles    map[string][]PresetFileGroup `yaml:"roles"`
}

// PresetFileGroup is a PresetGroup in YAML.
type PresetFileGroup struct {
	Paths []PresetFilePath `yaml:"paths"`
	When  []entity.Clause  `yaml:"when"`
}

// PresetFilePath is a PresetPath in YAML: a text, which is the field, or a mapping.
type PresetFilePath struct {
	Field string `yaml:"field"` // or the name of a role in angle brackets
	After string `yaml:"after"`
	Value string `yaml:"value"`
}

// UnmarshalYAML decodes a text or a mapping.
func (p *PresetFilePath) UnmarshalYAML(decode func(any) error) error {
	var field string
	if decode(&field) == nil {
		*p = PresetFilePath{Field: field}
		return nil
	}
	type mapping PresetFilePath
	var m mapping
	if err := decode(&m); err != nil {
		return err
	}
	*p = PresetFilePath(m)
	return nil
}

// role returns the role that p stands for, if it stands for one.
func (p PresetFilePath) role() (string, bool) {
	n := len(p.Field)
	if n < 2 || p.Field[0] != '<' || p.Field[n-1] != '>' {
		return "", false
	}
	return p.Field[1 : n-1], true
}

// PresetError reports an error in one place of a [PresetFile].
type PresetError struct {
	Path   string // the key path, e.g. roles.user[0].when[1].op
	Reason string // begins with a small letter, quotes the offending text
}

// Error returns "path: reason".
func (e *PresetError) Error() string { return e.Path + ": " + e.Reason }

// Preset returns the preset that f describes, which shares nothing with f but
// its texts. The error joins an [*PresetError] for everything that is wrong.
func (f PresetFile) Preset() (Preset, error) {
	r := fileReader{file: f}
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
			p.Roles = append(p.Roles, PresetRole{Name: name, Groups: r.role(name, groups)})
		}
	}
	if len(r.errs) > 0 {
		return Preset{}, errors.Join(r.errs...)
	}
	return p, nil
}

// fileReader turns a File into a Preset and gathers what is wrong with it.
type fileReader struct {
	file PresetFile
	errs []error
}

func (r *fileReader) report(path, format string, args ...any) {
	r.errs = append(r.errs, &PresetError{Path: path, Reason: fmt.Sprintf(format, args...)})
}

func (r *fileReader) name() {
	switch r.file.Name {
	case "":
		r.report("name", "is missing: it is what --format calls the preset")
	case Auto:
		r.report("name", "%q is no preset: it recognises events by itself", Auto)
	}
}

func (r *fileReader) aliases() []Alias {
	var all []Alias
	for _, field := range slices.Sorted(maps.Keys(r.file.Aliases)) {
		also := r.file.Aliases[field]
		path := "aliases." + keyText(field)
		if field == "" || len(also) == 0 || slices.Contains(also, "") {
			r.report(path, "want a field and its other names, none of them empty")
		}
		all = append(all, Alias{Field: field, Also: slices.Clone(also)})
	}
	return all
}

// keyText quotes a key where a key path needs it.
func keyText(s string) string {
	if s == "" || strings.ContainsAny(s, `.[]"`) {
		return strconv.Quote(s)
	}
	return s
}

func (r *fileReader) unknownRoles() {
	if len(r.file.Roles) == 0 {
		r.report("roles", "are missing: name at least one of %s", strings.Join(RoleNames(), " "))
	}
	for _, name := range slices.Sorted(maps.Keys(r.file.Roles)) {
		if !slices.Contains(RoleNames(), name) {
			r.report("roles."+keyText(name), "unknown role %q%s", name, roleAdvice(name))
		}
	}
}

func roleAdvice(role string) string {
	if near, ok := nearest.Of(role, RoleNames()); ok {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ": use one of " + strings.Join(RoleNames(), " ")
}

func (r *fileReader) role(name string, groups []PresetFileGroup) []PresetGroup {
	if len(groups) == 0 {
		r.report("roles."+name, "has no paths")
	}
	var all []PresetGroup
	for i, g := range groups {
		path := fmt.Sprintf("roles.%s[%d]", name, i)
		r.conditions(path, g.When)
		if other, ok := reference(g); ok {
			all = append(all, r.reference(path, name, other, g.When)...)
			continue
		}
		all = append(all, PresetGroup{Paths: r.paths(path, g.Paths), When: cloneClauses(g.When)})
	}
	return all
}

func (r *fileReader) conditions(path string, when []entity.Clause) {
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
func reference(g PresetFileGroup) (role string, ok bool) {
	if len(g.Paths) != 1 {
		return "", false
	}
	return g.Paths[0].role()
}

// reference returns the groups of the role other, under the conditions when.
// What is wrong with those groups is reported where they stand.
func (r *fileReader) reference(path, name, other string, when []entity.Clause) []PresetGroup {
	groups, found := r.file.Roles[other]
	path += ".paths[0]"
	switch {
	case other == name:
		r.report(path, "<%s> stands for itself", other)
		return nil
	case !slices.Contains(RoleNames(), other):
		r.report(path, "unknown role %q%s", other, roleAdvice(other))
	case !found:
		r.report(path, "this preset has no role %q", other)
	}
	var all []PresetGroup
	for _, g := range groups {
		if _, again := reference(g); again {
			r.report(path, "<%s> stands for another role itself: name that one", other)
			continue
		}
		g.When = append(slices.Clone(when), g.When...)
		quiet := fileReader{file: r.file}
		all = append(all, PresetGroup{Paths: quiet.paths("", g.Paths), When: cloneClauses(g.When)})
	}
	return all
}

func (r *fileReader) paths(path string, paths []PresetFilePath) []PresetPath {
	if len(paths) == 0 {
		r.report(path+".paths", "is empty: a group needs at least one path")
	}
	var all []PresetPath
	for i, p := range paths {
		r.path(fmt.Sprintf("%s.paths[%d]", path, i), p)
		all = append(all, PresetPath(p))
	}
	return all
}

func (r *fileReader) path(path string, p PresetFilePath) {
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

func cloneClauses(when []entity.Clause) []entity.Clause {
	when = slices.Clone(when)
	for i := range when {
		when[i].Value = slices.Clone(when[i].Value)
	}
	return when
}
