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
	"github.com/kithsec/kith/internal/problem"
)

// presetConverter converts a PresetFile to a Preset and collects the errors.
type presetConverter struct {
	file  PresetFile
	index int    // of the file
	base  Preset // which the file extends
	errs  []error
}

// convert returns the preset that the file describes, as far as it has no errors.
func (c *presetConverter) convert() Preset {
	c.checkName()
	p := Preset{
		Name:       c.file.Name,
		Prefixes:   slices.Clone(c.file.Prefixes),
		EitherCase: c.file.EitherCase,
		Null:       slices.Clone(c.file.Null),
		Aliases:    c.convertAliases(),
		Marks:      c.convertMarks(),
		Times:      slices.Clone(c.file.Times),
	}
	if len(p.Prefixes) == 0 && c.file.Extends == "" {
		p.Prefixes = []string{""}
	}
	c.checkPrefixes()
	for i, l := range c.file.Lists {
		p.Lists = append(p.Lists, c.convertList(fmt.Sprintf("lists[%d]", i), l))
		for _, path := range l.Paths {
			p.Prefixes = appendNew(p.Prefixes, []string{path + "."})
		}
	}
	c.checkTimes()
	c.checkRoles()
	for _, name := range RoleNames() {
		if groups, ok := c.file.Roles[name]; ok {
			p.Roles = append(p.Roles, PresetRole{Name: name, Groups: c.convertRole(name, groups)})
		}
	}
	return p
}

// reportError adds an error for the place at a key path.
func (c *presetConverter) reportError(path, format string, args ...any) {
	c.errs = append(c.errs, &PresetError{File: c.index, Path: path, Reason: fmt.Sprintf(format, args...)})
}

func (c *presetConverter) checkName() {
	switch c.file.Name {
	case "":
		c.reportError("name", "is missing: --format selects the preset by this name")
	case Auto:
		c.reportError("name", "a preset cannot be named %q: --format %s recognises the preset of each event", Auto, Auto)
	}
}

func (c *presetConverter) convertAliases() []Alias {
	var all []Alias
	for _, field := range slices.Sorted(maps.Keys(c.file.Aliases)) {
		also := c.file.Aliases[field]
		path := "aliases." + keyText(field)
		if err := CheckPath(field); field != "" && err != nil {
			c.reportError(path, "%v", err)
		}
		if field == "" || len(also) == 0 || slices.Contains(also, "") {
			c.reportError(path, "needs a field and at least one other name, none of them empty")
		}
		for i, name := range also {
			if err := CheckPath(name); name != "" && err != nil {
				c.reportError(fmt.Sprintf("%s[%d]", path, i), "%v", err)
			}
		}
		all = append(all, Alias{Field: field, Also: slices.Clone(also)})
	}
	return all
}

// checkPrefixes reports prefixes with which a field is not a path.
func (c *presetConverter) checkPrefixes() {
	for i, prefix := range c.file.Prefixes {
		if CheckPath(prefix+"field") != nil {
			c.reportError(fmt.Sprintf("prefixes[%d]", i), "%q cannot be put before a field, as in %q: most prefixes end with a dot", prefix, prefix+"field")
		}
	}
}

// convertList converts the list at a key path.
func (c *presetConverter) convertList(at string, l PresetFileList) PresetList {
	if len(l.Paths) == 0 {
		c.reportError(at+".paths", "is missing: name at least one path of an array")
	}
	for i, path := range l.Paths {
		if err := CheckPath(path); err != nil {
			c.reportError(fmt.Sprintf("%s.paths[%d]", at, i), "%v", err)
		} else if firstArrayStep(parsePath(path)) >= 0 {
			c.reportError(fmt.Sprintf("%s.paths[%d]", at, i), "%q goes through an array itself: use a path without brackets", path)
		}
	}
	byPosition, byName := l.By != "" || len(l.Names) > 0, len(l.Name) > 0 || len(l.Value) > 0
	switch {
	case byPosition == byName:
		c.reportError(at, "needs either by and names, for elements with a position, or name and value, for elements with a name")
	case byPosition && (l.By == "" || len(l.Names) == 0):
		c.reportError(at, "needs both by and names")
	case byName && (len(l.Name) == 0 || len(l.Value) == 0):
		c.reportError(at, "needs both name and value")
	}
	for _, path := range slices.Concat(l.Name, l.Value) {
		if err := CheckPath(path); err != nil {
			c.reportError(at, "%v", err)
		}
	}
	out := PresetList{Paths: slices.Clone(l.Paths), By: l.By, Name: slices.Clone(l.Name), Value: slices.Clone(l.Value)}
	for _, by := range slices.Sorted(maps.Keys(l.Names)) {
		out.Names = append(out.Names, ListNames{By: by, Names: slices.Clone(l.Names[by])})
	}
	return out
}

// checkTimes reports times that are not the path of one value.
func (c *presetConverter) checkTimes() {
	for i, field := range c.file.Times {
		at := fmt.Sprintf("times[%d]", i)
		switch err := CheckTime(field); {
		case field == "":
			c.reportError(at, "is empty: needs a field")
		case slices.Contains(c.file.Times[:i], field):
			c.reportError(at, "%q is listed twice", field)
		case err != nil:
			c.reportError(at, "%v", err)
		}
	}
}

func (c *presetConverter) convertMarks() [][]string {
	var all [][]string
	for i, any := range c.file.Marks {
		path := fmt.Sprintf("marks[%d]", i)
		if len(any) == 0 {
			c.reportError(path, "%v", errNoMarks)
		}
		for j, mark := range any {
			if err := checkMark(mark); err != nil {
				c.reportError(fmt.Sprintf("%s[%d]", path, j), "%v", err)
			}
		}
		all = append(all, slices.Clone(any))
	}
	return all
}

// keyText returns a key as it is written in a key path: quoted if it is empty or has
// characters with a meaning there.
func keyText(s string) string {
	if s == "" || strings.ContainsAny(s, `.[]"`) {
		return strconv.Quote(s)
	}
	return s
}

func (c *presetConverter) checkRoles() {
	if len(c.file.Roles) == 0 && c.file.Extends == "" {
		c.reportError("roles", "are missing: name at least one of %s", strings.Join(RoleNames(), " "))
	}
	for _, name := range slices.Sorted(maps.Keys(c.file.Roles)) {
		if !slices.Contains(RoleNames(), name) {
			c.reportError("roles."+keyText(name), "unknown role %q%s", name, roleAdvice(name))
		}
	}
}

// roleAdvice returns a hint for an unknown role: the most similar name, or all names.
func roleAdvice(role string) string {
	if near, ok := nearest.Of(role, RoleNames()); ok {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ": use one of " + strings.Join(RoleNames(), " ")
}

// convertRole converts the groups of a role and replaces references with the groups to
// which they refer.
func (c *presetConverter) convertRole(name string, groups []PresetFileGroup) []PresetGroup {
	if len(groups) == 0 {
		c.reportError("roles."+name, "has no paths")
	}
	var all []PresetGroup
	for i, g := range groups {
		path := fmt.Sprintf("roles.%s[%d]", name, i)
		c.checkConditions(path, g.When)
		if other, ok := groupReference(g); ok {
			all = append(all, c.expandReference(path, name, other, g.When)...)
			continue
		}
		all = append(all, PresetGroup{Paths: c.convertPaths(path, g.Paths), When: cloneClauses(g.When)})
		c.checkDomains(path, name, g.Paths)
	}
	return all
}

// checkDomains reports domains in the group at path that cannot be those of accounts.
func (c *presetConverter) checkDomains(path, role string, paths []PresetFilePath) {
	for i, p := range paths {
		at := fmt.Sprintf("%s.paths[%d].domain", path, i)
		r, _ := ParseRole(role)
		switch {
		case p.Domain == "":
		case CheckPath(p.Domain) != nil:
			c.reportError(at, "%v", CheckPath(p.Domain))
		case p.Field == "":
			c.reportError(at, "needs a field, not a value")
		case r.Kind() != entity.Identity:
			c.reportError(at, "only accounts have a domain: use it in the roles user and src_user")
		case p.Domain == p.Field:
			c.reportError(at, "%q is the name of the account itself: name the field of its domain", p.Domain)
		case firstArrayStep(parsePath(p.Domain)) >= 0:
			c.reportError(at, "%q goes through an array, so it is not clear which element is the domain: use a path without brackets", p.Domain)
		}
	}
}

// checkConditions reports errors in the conditions of the group at path.
func (c *presetConverter) checkConditions(path string, when []entity.Clause) {
	_, err := compileClauses(when)
	for _, err := range problem.Joined(err) {
		var bad *cond.Error
		if errors.As(err, &bad) {
			c.reportError(path+".when"+bad.Path(), "%s", bad.Reason)
		}
	}
}

// groupReference returns the role whose groups the group stands for, or false if it
// is an ordinary group.
func groupReference(g PresetFileGroup) (role string, ok bool) {
	if len(g.Paths) != 1 {
		return "", false
	}
	return g.Paths[0].roleReference()
}

// expandReference returns the groups of another role, with the clauses of when added to
// their conditions. Errors in these groups are not reported here, but when that role is
// converted.
func (c *presetConverter) expandReference(path, name, other string, when []entity.Clause) []PresetGroup {
	groups, found := c.file.Roles[other]
	base, inherited := c.base.Role(other)
	path += ".paths[0]"
	switch {
	case other == name:
		c.reportError(path, "<%s> refers to its own role", other)
		return nil
	case !slices.Contains(RoleNames(), other):
		c.reportError(path, "unknown role %q%s", other, roleAdvice(other))
	case !found && !inherited:
		c.reportError(path, "this preset has no role %q", other)
	}
	var all []PresetGroup
	for _, g := range groups {
		if _, again := groupReference(g); again {
			c.reportError(path, "<%s> refers to another role itself: name that role instead", other)
			continue
		}
		g.When = append(slices.Clone(when), g.When...)
		discard := presetConverter{file: c.file}
		all = append(all, PresetGroup{Paths: discard.convertPaths("", g.Paths), When: cloneClauses(g.When)})
	}
	for _, g := range base.Groups {
		g = cloneGroup(g)
		g.When = append(cloneClauses(when), g.When...)
		all = append(all, g)
	}
	return all
}

func (c *presetConverter) convertPaths(path string, paths []PresetFilePath) []PresetPath {
	if len(paths) == 0 {
		c.reportError(path+".paths", "is empty: a group needs at least one path")
	}
	var all []PresetPath
	for i, p := range paths {
		c.checkPath(fmt.Sprintf("%s.paths[%d]", path, i), p)
		all = append(all, PresetPath(p))
	}
	return all
}

// checkPath reports errors in p, which is at the key path path.
func (c *presetConverter) checkPath(path string, p PresetFilePath) {
	_, isRole := p.roleReference()
	switch {
	case isRole:
		c.reportError(path, "%s stands for all groups of a role: it must be the only path of its group", p.Field)
	case p.Field == "" && p.Value == "":
		c.reportError(path, "is empty: needs a field")
	case p.Field != "" && p.Value != "":
		c.reportError(path+".value", "cannot be combined with field: remove one of them")
	case p.Field != "" && CheckPath(p.Field) != nil:
		c.reportError(path, "%v", CheckPath(p.Field))
	}
	for _, cut := range []struct{ key, text string }{
		{".after", p.After}, {".after_last", p.AfterLast}, {".before", p.Before}, {".take", p.Take},
	} {
		if cut.text != "" && p.Value != "" {
			c.reportError(path+cut.key, "needs a field, not a value")
		}
	}
	if p.Wire && p.Value != "" {
		c.reportError(path+".wire", "needs a field, not a value")
	}
	if err := checkTake(p.Take); err != nil {
		c.reportError(path+".take", "%v", err)
	}
}

func cloneClauses(when []entity.Clause) []entity.Clause {
	when = slices.Clone(when)
	for i := range when {
		when[i].Value = slices.Clone(when[i].Value)
	}
	return when
}
