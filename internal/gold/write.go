package gold

import (
	"sort"
	"strings"

	"github.com/kithsec/kith/enrich"
)

// edit replaces event[from:to].
type edit struct {
	from, to int
	text     string
}

// writeFields returns the event with the fields added.
func writeFields(event string, root value, fields []field, o enrich.Options) string {
	var edits []edit
	added := tree{}
	for _, f := range fields {
		if own, ok := root.findPath(strings.Join(f.path, ".")); ok {
			if o.Overwrite {
				edits = append(edits, edit{own.start, own.end, f.json})
			}
			continue
		}
		added.addPath(f.path, f.json)
	}
	edits = append(edits, added.editsInto(root, root, "", o.Overwrite)...)
	sort.SliceStable(edits, func(i, j int) bool { return edits[i].from > edits[j].from })
	for _, e := range edits {
		event = event[:e.from] + e.text + event[e.to:]
	}
	return event
}

// tree is an object that is being built: names in order, each with JSON or an object.
type tree []*branch

type branch struct {
	name  string
	json  string
	inner tree
}

func (t *tree) addPath(path []string, json string) {
	for _, b := range *t {
		if b.name == path[0] {
			b.inner.addPath(path[1:], json)
			return
		}
	}
	b := &branch{name: path[0], json: json}
	if len(path) > 1 {
		b.json = ""
		b.inner.addPath(path[1:], json)
	}
	*t = append(*t, b)
}

// editsInto returns the edits that add the tree to an object of the event. at is the path
// of the object with a dot at its end, or "" for the event itself.
func (t tree) editsInto(root, object value, at string, overwrite bool) []edit {
	var edits []edit
	var lacking tree
	for _, b := range t {
		path := at + b.name
		if b.inner != nil {
			var rest tree
			for _, c := range b.inner {
				if own, ok := root.findPath(path + "." + c.name); ok && c.inner != nil {
					edits = append(edits, c.editsOver(root, own, path+"."+c.name, overwrite)...)
				} else {
					rest = append(rest, c)
				}
			}
			if b = (&branch{name: b.name, inner: rest}); rest == nil {
				continue
			}
		}
		if own, ok := root.findPath(path); ok {
			edits = append(edits, b.editsOver(root, own, path, overwrite)...)
		} else {
			lacking = append(lacking, b)
		}
	}
	if text := lacking.membersJSON(); text != "" {
		if len(object.members) > 0 {
			text = "," + text
		}
		edits = append(edits, edit{object.end - 1, object.end - 1, text})
	}
	return edits
}

// editsOver returns the edits that add the object b where the event already has a value.
func (b *branch) editsOver(root, own value, path string, overwrite bool) []edit {
	switch {
	case own.kind == '{':
		return b.inner.editsInto(root, own, path+".", overwrite)
	case overwrite:
		return []edit{{own.start, own.end, "{" + b.inner.membersJSON() + "}"}}
	}
	return nil
}

func (t tree) membersJSON() string {
	var all []string
	for _, b := range t {
		json := b.json
		if b.inner != nil {
			json = "{" + b.inner.membersJSON() + "}"
		}
		all = append(all, quoteJSON(b.name)+":"+json)
	}
	return strings.Join(all, ",")
}
