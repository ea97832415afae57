package event

import (
	"github.com/kithsec/kith/entity"
)

// Auto is the format that recognises the preset of each event. A preset cannot have
// this name.
const Auto = "auto"

// PresetFile is a preset in the form in which it is written in YAML:
//
//	name: edr
//	extends: ecs                          # a preset whose groups follow those below
//	marks: [[edr_id], [agent.*, sensor]]  # --format auto: edr_id, and an object agent or a sensor
//	prefixes: ["", "data."]               # default: fields without a prefix
//	lists:                                # arrays of fields; "data.args." is a prefix, too
//	  - {paths: [args], by: type, names: {login: [session, uid]}}     # by position
//	  - {paths: [data.args], name: ["@Name", key], value: ["#text"]}  # by name
//	either_case: true                     # agent.host is also found as Agent.host
//	null: [N/A, "<none>"]                 # in addition to the null tokens of all presets
//	aliases: {type: [meta.type]}          # other names of a field, without prefixes
//	times: [created, "@timestamp"]        # where the time is; the first that is one counts
//	roles:
//	  dvc: [{paths: [agent.host]}]
//	  dest: [{paths: [target.ip]}, {paths: [<dvc>]}]
//	  src: [{paths: [{field: peer, take: address}, {field: peer_mac, wire: true}]}]
//	  user:
//	    - {paths: [a.name, a.id], when: [{field: type, op: "=", value: login}]}
//	    - {paths: [{field: session, after: ":", before: "@"}, {field: arn, after_last: "/"}]}
//	    - {paths: [{field: account, domain: account_domain}]}
//	    - {paths: [{value: root}], when: [{field: uid, op: "=", value: 0}]}
//
// Each entry of a role is a group. A group whose only path is "<dvc>" stands for all
// groups of the role dvc; its conditions must hold in addition to theirs.
//
// A preset that extends another has the groups of the other after its own, in every role,
// and also the prefixes, lists, null tokens, aliases and times of the other; without
// prefixes of its own, it has only those of the other. It does not have the marks of the
// other. In such a preset, "<dvc>" stands for its own groups of dvc, and then for those of
// the preset that it extends.
type PresetFile struct {
	Name       string                       `yaml:"name"`
	Extends    string                       `yaml:"extends"`
	Marks      [][]string                   `yaml:"marks"`
	Prefixes   []string                     `yaml:"prefixes"`
	EitherCase bool                         `yaml:"either_case"`
	Lists      []PresetFileList             `yaml:"lists"`
	Null       []string                     `yaml:"null"`
	Aliases    map[string][]string          `yaml:"aliases"`
	Roles      map[string][]PresetFileGroup `yaml:"roles"`
	Times      []string                     `yaml:"times"`
}

// PresetFileList is a PresetList in YAML. Its paths need not be among the prefixes.
type PresetFileList struct {
	Paths []string            `yaml:"paths"`
	By    string              `yaml:"by"`
	Names map[string][]string `yaml:"names"`
	Name  []string            `yaml:"name"`
	Value []string            `yaml:"value"`
}

// PresetFileGroup is a PresetGroup in YAML.
type PresetFileGroup struct {
	Paths []PresetFilePath `yaml:"paths"`
	When  []entity.Clause  `yaml:"when"`
}

// PresetFilePath is a PresetPath in YAML: a string, which is the field, or a mapping.
type PresetFilePath struct {
	Field     string `yaml:"field"` // the text of a path, or a role in angle brackets
	After     string `yaml:"after"`
	AfterLast string `yaml:"after_last"`
	Before    string `yaml:"before"`
	Take      string `yaml:"take"`
	Domain    string `yaml:"domain"`
	Wire      bool   `yaml:"wire"`
	Value     string `yaml:"value"`
}

// UnmarshalYAML decodes a string or a mapping.
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

// roleReference returns the role in angle brackets that p refers to, or false if it
// is a path.
func (p PresetFilePath) roleReference() (string, bool) {
	n := len(p.Field)
	if n < 2 || p.Field[0] != '<' || p.Field[n-1] != '>' {
		return "", false
	}
	return p.Field[1 : n-1], true
}

// PresetError reports an error in one place of a [PresetFile].
type PresetError struct {
	File   int    // its index in the argument of ConvertPresetFiles
	Path   string // the key path, such as roles.user[0].when[1].op
	Reason string // begins in lower case and quotes the offending text
}

// Error returns "path: reason".
func (e *PresetError) Error() string { return e.Path + ": " + e.Reason }

// Preset returns the preset that f describes. It may extend a shipped preset. It shares no
// slices or maps with f. The error joins a [*PresetError] for each mistake in f.
func (f PresetFile) Preset() (Preset, error) {
	all, err := ConvertPresetFiles([]PresetFile{f})
	if err != nil {
		return Preset{}, err
	}
	return all[0], nil
}
