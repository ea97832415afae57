package events

import (
	"strings"

	"github.com/tidwall/gjson"
)

// gjsonSplice searches for each path from the start of the event.
type gjsonSplice struct {
	splicer
	paths [3]string
}

func newGjson(l *lists, s shape) *gjsonSplice {
	g := &gjsonSplice{splicer: l.splicer(s)}
	for role, path := range s.paths {
		g.paths[role] = strings.Join(path, ".")
	}
	return g
}

func (*gjsonSplice) Name() string { return "gjson + splice" }

func (g *gjsonSplice) Enrich(dst, event []byte) ([]byte, error) {
	var keys [3][]byte
	for role, path := range g.paths {
		if v := gjson.GetBytes(event, path); v.Exists() {
			keys[role] = []byte(v.String())
		}
	}
	return g.splice(dst, event, &keys), nil
}
