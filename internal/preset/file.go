package preset

import (
	"github.com/kithsec/kith/internal/cond"
)

// File is a preset as it is written, by us and by users:
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
type File struct {
	Name     string                 `yaml:"name"`
	Prefixes []string               `yaml:"prefixes"`
	Null     []string               `yaml:"null"`
	Aliases  map[string][]string    `yaml:"aliases"`
	Roles    map[string][]FileGroup `yaml:"roles"`
}

// FileGroup is a Group as it is written.
type FileGroup struct {
	Paths []FilePath    `yaml:"paths"`
	When  []cond.Clause `yaml:"when"`
}

// FilePath is a Path as it is written: a field, or a mapping.
type FilePath struct {
	Field string `yaml:"field"` // or the name of a role in angle brackets
	After string `yaml:"after"`
	Value string `yaml:"value"`
}

// UnmarshalYAML takes a text, which is the field, or a mapping. decode is how
// the YAML packages offer what is there.
func (p *FilePath) UnmarshalYAML(decode func(any) error) error {
	var field string
	if decode(&field) == nil {
		*p = FilePath{Field: field}
		return nil
	}
	type mapping FilePath
	var m mapping
	if err := decode(&m); err != nil {
		return err
	}
	*p = FilePath(m)
	return nil
}

// role returns the role that p stands for, if it stands for one.
func (p FilePath) role() (string, bool) {
	n := len(p.Field)
	if n < 2 || p.Field[0] != '<' || p.Field[n-1] != '>' {
		return "", false
	}
	return p.Field[1 : n-1], true
}
