package gold

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/kithsec/kith/event"
)

// value is a JSON value of an event, with where it stands.
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

// parse reads the valid JSON value that begins at text[at] or after white
// space.
func parse(text string, at int) value {
	at = skip(text, at)
	v := value{kind: text[at], start: at}
	switch text[at] {
	case '{':
		for at = skip(text, at+1); text[at] != '}'; {
			key := parse(text, at)
			at = skip(text, skip(text, key.end)+1)
			inner := parse(text, at)
			v.members = append(v.members, member{key.text, inner})
			if at = skip(text, inner.end); text[at] == ',' {
				at = skip(text, at+1)
			}
		}
		v.end = at + 1
	case '[':
		for at = skip(text, at+1); text[at] != ']'; {
			inner := parse(text, at)
			v.elements = append(v.elements, inner)
			if at = skip(text, inner.end); text[at] == ',' {
				at = skip(text, at+1)
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

func skip(text string, at int) int {
	for at < len(text) && strings.IndexByte(" \t\r\n", text[at]) >= 0 {
		at++
	}
	return at
}

// last returns the members that count: of repeated keys the last.
func (v value) last() []member {
	var list []member
	for i, m := range v.members {
		repeated := false
		for _, later := range v.members[i+1:] {
			repeated = repeated || later.key == m.key
		}
		if !repeated {
			list = append(list, m)
		}
	}
	return list
}

// find returns what a path leads to, by any spelling, the latest in the event.
func (v value) find(path string) (found value, ok bool) {
	for _, m := range v.last() {
		inner, is := m.value, m.key == path
		if !is && m.value.kind == '{' && strings.HasPrefix(path, m.key+".") {
			inner, is = m.value.find(path[len(m.key)+1:])
		}
		if is && (!ok || inner.start > found.start) {
			found, ok = inner, true
		}
	}
	return found, ok
}

// texts returns the texts that are looked up: of a scalar one, of an array
// those of its scalars.
func (v value) texts() []string {
	switch v.kind {
	case '"', '0', 't', 'f':
		return []string{strings.TrimSpace(v.text)}
	case '[':
		var all []string
		for _, e := range v.elements {
			if e.kind != '[' {
				all = append(all, e.texts()...)
			}
		}
		return all
	}
	return nil
}

// shows reports whether the event has something other than null at a path, or
// one of the keys below it that the format defines.
func (v value) shows(path string) bool {
	found, ok := v.find(path)
	return ok && found.kind != 'n' || v.below(path)
}

// object reports whether the event has an object at a path, or one of the keys
// below it that the format defines.
func (v value) object(path string) bool {
	found, ok := v.find(path)
	return ok && found.kind == '{' || v.below(path)
}

func (v value) below(path string) bool {
	for _, key := range keysBelow(path) {
		if found, ok := v.find(path + "." + key); ok && found.kind != 'n' {
			return true
		}
	}
	return false
}

// endpoint are the keys of source and destination.
var endpoint = strings.Fields(`ip address mac domain port bytes packets registered_domain subdomain top_level_domain
	nat nat.ip nat.port as as.number as.organization as.organization.name
	geo geo.city_name geo.continent_code geo.continent_name geo.country_iso_code geo.country_name geo.location geo.location.lat
	geo.location.lon geo.name geo.postal_code geo.region_iso_code geo.region_name geo.timezone
	user user.name user.id user.domain user.email user.full_name user.hash user.roles
	user.group user.group.name user.group.id user.group.domain`)

// definedKeys are the keys below an object that a format defines.
var definedKeys = map[string][]string{
	"source": endpoint, "destination": endpoint,
	"event": strings.Fields(`kind category type action outcome code dataset module provider created ingested id original severity
		start end duration hash reason reference risk_score risk_score_norm sequence timezone url agent_id_status`),
	"userIdentity": strings.Fields("type principalId arn accountId userName invokedBy accessKeyId"),
	"winlog":       strings.Fields("event_id channel computer_name provider_name provider_guid record_id event_data api opcode task"),
	"EventID":      {"#text"},
	"Event.System": strings.Fields("EventID EventID.#text Channel Computer Provider EventRecordID TimeCreated Level Task Version"),
}

// keysBelow returns the keys below an object that a format defines, or that its
// preset reads.
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
