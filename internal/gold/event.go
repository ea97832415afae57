package gold

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/kithsec/kith/event"
)

// value is a JSON value of an event, with its position in the text.
type value struct {
	kind       byte // '{' '[' '"' '0' 't' 'f' 'n'
	start, end int
	text       string // of a string, a number or a boolean
	members    []member
	elements   []value
}

type member struct {
	key   string
	value value
}

// parseValue parses the JSON value that begins at text[at], possibly after white space.
// The JSON must be valid.
func parseValue(text string, at int) value {
	at = skipSpace(text, at)
	v := value{kind: text[at], start: at}
	switch text[at] {
	case '{':
		for at = skipSpace(text, at+1); text[at] != '}'; {
			key := parseValue(text, at)
			at = skipSpace(text, skipSpace(text, key.end)+1)
			inner := parseValue(text, at)
			v.members = append(v.members, member{key.text, inner})
			if at = skipSpace(text, inner.end); text[at] == ',' {
				at = skipSpace(text, at+1)
			}
		}
		v.end = at + 1
	case '[':
		for at = skipSpace(text, at+1); text[at] != ']'; {
			inner := parseValue(text, at)
			v.elements = append(v.elements, inner)
			if at = skipSpace(text, inner.end); text[at] == ',' {
				at = skipSpace(text, at+1)
			}
		}
		v.end = at + 1
	case '"':
		for at++; text[at] != '"'; at++ {
			if text[at] == '\\' {
				at++
			}
		}
		v.end = at + 1
		_ = json.Unmarshal([]byte(text[v.start:v.end]), &v.text)
	default:
		n := strings.IndexAny(text[at:], ",}] \t\r\n")
		if n < 0 {
			n = len(text) - at
		}
		v.end = at + n
		v.text = text[at:v.end]
		if !strings.ContainsRune("tfn", rune(v.kind)) {
			v.kind = '0'
		}
	}
	return v
}

func skipSpace(text string, at int) int {
	for at < len(text) && strings.IndexByte(" \t\r\n", text[at]) >= 0 {
		at++
	}
	return at
}

// findPath returns the value at a path, whose keys may be nested objects or keys with
// dots. If several values have the path, it returns the last one in the event. Of members
// with the same key only the last one counts, but the objects that a wildcard matches count
// as one object with all of their members.
func (v value) findPath(path string) (found value, ok bool) {
	if parts := throughArray.FindStringSubmatch(path); parts != nil {
		return v.findThrough(parts[1], parts[2], parts[3], parts[4])
	}
	names := strings.Split(path, ".")
	for n := 1; n <= len(names); n++ {
		inner, is := v.findMember(names[:n])
		if is && n < len(names) {
			inner, is = inner.findPath(strings.Join(names[n:], "."))
		}
		if is && (!ok || inner.start > found.start) {
			found, ok = inner, true
		}
	}
	return found, ok
}

// findMember returns the member of an object whose key consists of some names.
func (v value) findMember(names []string) (found value, ok bool) {
	isUnion := names[len(names)-1] == "*"
	for _, m := range v.members {
		switch {
		case !hasNames(m.key, names):
		case !isUnion:
			found, ok = m.value, true
		case m.value.kind == '{':
			found.members, ok = append(found.members, m.value.members...), true
		}
	}
	return found, ok
}

// hasNames reports whether a key consists of some names. "*" matches any name.
func hasNames(key string, names []string) bool {
	parts := strings.Split(key, ".")
	for i, part := range parts {
		if i >= len(names) || part != names[i] && names[i] != "*" {
			return false
		}
	}
	return len(parts) == len(names)
}

// throughArray matches a path through an array. Its groups are the path of the array, the
// member that elements must have and its text, and the path in the elements.
var throughArray = regexp.MustCompile(`^(.+?)\[(?:([^\]=]+)=([^\]]*))?\](?:\.(.*))?$`)

// findThrough returns an array of the values that a path through an array leads to.
func (v value) findThrough(array, member, text, rest string) (found value, ok bool) {
	all, ok := v.findPath(array)
	found = value{kind: '[', start: all.start}
	for _, e := range all.flatElements() {
		if member != "" {
			m, _ := e.findPath(member)
			if !strings.ContainsRune(`"0tf`, rune(m.kind)) || !strings.EqualFold(m.text, text) {
				continue
			}
		}
		if rest == "" {
			found.elements = append(found.elements, e)
		} else if inner, ok := e.findPath(rest); ok {
			found.elements = append(found.elements, inner.positions()...)
		}
	}
	return found, ok
}

// flatElements returns the elements of an array and of the arrays in it, or a list with
// another value.
func (v value) flatElements() []value {
	if v.kind != '[' {
		return []value{v}
	}
	var all []value
	for _, e := range v.elements {
		all = append(all, e.flatElements()...)
	}
	return all
}

// lookupTexts returns the texts to look up: the text of a scalar, or those of the scalars
// in an array.
func (v value) lookupTexts() []string {
	switch v.kind {
	case '"', '0', 't', 'f':
		return []string{strings.TrimSpace(v.text)}
	case '[':
		var all []string
		for _, e := range v.elements {
			if e.kind != '[' {
				all = append(all, e.lookupTexts()...)
			}
		}
		return all
	}
	return nil
}

// positions returns the elements of an array, or a list with another value.
func (v value) positions() []value {
	if v.kind == '[' {
		return v.elements
	}
	return []value{v}
}

// hasNonNull reports whether the event has a value other than null at a path, or at one
// of the keys below it that the format defines.
func (v value) hasNonNull(path string) bool {
	found, ok := v.findPath(path)
	return ok && found.kind != 'n' || v.hasDefinedKey(path)
}

// hasAny reports whether the event has a value other than null at one of some paths.
func (v value) hasAny(paths ...string) bool { return slices.ContainsFunc(paths, v.hasNonNull) }

// hasObject reports whether the event has an object at a path, or a value other than null
// at one of the keys below it that the format defines.
func (v value) hasObject(path string) bool {
	found, ok := v.findPath(path)
	return ok && found.kind == '{' || v.hasDefinedKey(path)
}

func (v value) hasDefinedKey(path string) bool {
	for _, key := range keysBelow(path) {
		if found, ok := v.findPath(path + "." + key); ok && found.kind != 'n' {
			return true
		}
	}
	return false
}

// endpointKeys lists the keys of source and destination in ECS.
var endpointKeys = strings.Fields(`ip address mac domain port bytes packets registered_domain subdomain top_level_domain
	nat nat.ip nat.port as as.number as.organization as.organization.name
	geo geo.city_name geo.continent_code geo.continent_name geo.country_iso_code geo.country_name geo.location geo.location.lat
	geo.location.lon geo.name geo.postal_code geo.region_iso_code geo.region_name geo.timezone
	user user.name user.id user.domain user.email user.full_name user.hash user.roles
	user.group user.group.name user.group.id user.group.domain`)

// definedKeys lists the keys that a format defines below an object.
var definedKeys = map[string][]string{
	"source": endpointKeys, "destination": endpointKeys,
	"event": strings.Fields(`kind category type action outcome code dataset module provider created ingested id original severity
		start end duration hash reason reference risk_score risk_score_norm sequence timezone url agent_id_status`),
	"userIdentity": strings.Fields("type principalId arn accountId userName invokedBy accessKeyId"),
	"winlog":       strings.Fields("event_id channel computer_name provider_name provider_guid record_id event_data api opcode task"),
	"EventID":      {"#text"},
	"Event.System": strings.Fields("EventID EventID.#text Channel Computer Provider EventRecordID TimeCreated Level Task Version"),
}

// keysBelow returns the keys below an object that a format defines or a preset reads.
func keysBelow(object string) []string {
	keys := slices.Clone(definedKeys[object])
	for _, p := range event.Presets() {
		for _, r := range p.Roles {
			for _, g := range r.Groups {
				for _, path := range g.Paths {
					for _, spelling := range p.Spellings(path.Field) {
						if key, found := strings.CutPrefix(spelling, object+"."); found {
							keys = append(keys, key)
						}
					}
				}
			}
		}
	}
	return keys
}
