package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"
)

// confStanza is a stanza of a conf file of Splunk.
type confStanza struct {
	name string
	line int
	keys map[string]string
}

// confRiskParam is the key of the saved searches that write risk modifiers.
const confRiskParam = "action.risk.param._risk"

// readConf reads the correlation searches of a savedsearches.conf. The settings of the stanza
// default apply to all others.
func (f *ruleFile) readConf(data []byte) error {
	stanzas, err := f.parseConf(data)
	if err != nil {
		return err
	}
	defaults := map[string]string{}
	without := 0
	for _, s := range stanzas {
		if s.name == "default" {
			maps.Copy(defaults, s.keys)
			continue
		}
		all := maps.Clone(defaults)
		maps.Copy(all, s.keys)
		if _, found := all[confRiskParam]; !found {
			without++
			continue
		}
		all["title"] = s.name
		text, _ := json.Marshal(all) // encoding strings cannot fail
		if err := f.addRules(s.line, text); err != nil {
			return err
		}
	}
	if without > 0 {
		f.addNote(1, fmt.Sprintf("saved searches without %s, which score nothing: %d", confRiskParam, without))
	}
	return nil
}

// parseConf parses a conf file: stanzas that begin with [name], lines of key = value, and
// comments that begin with #. A line that ends with a backslash goes on in the next.
func (f *ruleFile) parseConf(data []byte) ([]*confStanza, error) {
	var stanzas []*confStanza
	current := &confStanza{name: "default", keys: map[string]string{}}
	stanzas = append(stanzas, current)
	line, begin := 0, 0
	var logical strings.Builder
	for raw := range bytes.Lines(data) {
		line++
		text := strings.TrimRight(string(raw), "\r\n")
		if logical.Len() == 0 {
			begin = line
			if strings.HasPrefix(strings.TrimSpace(text), "#") {
				continue
			}
		}
		if rest, goesOn := strings.CutSuffix(text, "\\"); goesOn {
			logical.WriteString(rest + "\n")
			continue
		}
		logical.WriteString(text)
		text = strings.TrimSpace(logical.String())
		logical.Reset()
		switch {
		case text == "":
		case text[0] == '[' && strings.HasSuffix(text, "]"):
			current = &confStanza{name: text[1 : len(text)-1], line: begin, keys: map[string]string{}}
			stanzas = append(stanzas, current)
		default:
			key, value, found := strings.Cut(text, "=")
			if !found || strings.TrimSpace(key) == "" {
				return nil, f.errorAt(begin, "must be [name of a search], key = value, or a comment that begins with #")
			}
			current.keys[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	if logical.Len() > 0 {
		return nil, f.errorAt(begin, "ends in the middle of a setting: the last line ends with a backslash")
	}
	return stanzas, nil
}

// confHeader matches the first stanza of a conf file, which cannot be the beginning of JSON.
var confHeader = regexp.MustCompile(`\A(\s*(#[^\n]*)?\n)*\s*\[[^\]\[{}",:]+\][ \t\r]*\n`)

// looksLikeConf reports whether a file that is not JSON is a conf file.
func looksLikeConf(data []byte) bool { return confHeader.Match(data) }
