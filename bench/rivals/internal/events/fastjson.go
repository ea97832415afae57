package events

import (
	"encoding/json"

	"github.com/valyala/fastjson"
)

// fastjsonSplice parses the event into a tree whose memory is reused.
type fastjsonSplice struct {
	splicer
	parser fastjson.Parser
}

func newFastjson(l *lists, s shape) *fastjsonSplice { return &fastjsonSplice{splicer: l.splicer(s)} }

func (*fastjsonSplice) Name() string { return "fastjson + splice" }

func (f *fastjsonSplice) Enrich(dst, event []byte) ([]byte, error) {
	v, err := f.parser.ParseBytes(event)
	if err != nil {
		return dst, err
	}
	var keys [3][]byte
	for role, path := range f.shape.paths {
		keys[role] = v.GetStringBytes(path...)
	}
	return f.splice(dst, event, &keys), nil
}

// fastjsonSet adds the fields to the tree and writes it.
type fastjsonSet struct {
	fastjsonSplice
	values fastjson.ParserPool
}

func (*fastjsonSet) Name() string { return "fastjson, Set and MarshalTo" }

func (f *fastjsonSet) Enrich(dst, event []byte) ([]byte, error) {
	v, err := f.parser.ParseBytes(event)
	if err != nil {
		return dst, err
	}
	var keys [3]string
	for role, path := range f.shape.paths {
		keys[role] = string(v.GetStringBytes(path...))
	}
	d := decoder(f.splicer)
	var used []*fastjson.Parser
	d.addFields(&keys, func(name string, value json.RawMessage) {
		p := f.values.Get()
		used = append(used, p)
		parsed, wrong := p.ParseBytes(value)
		if wrong != nil {
			err = wrong
			return
		}
		v.Set(name, parsed)
	})
	dst = v.MarshalTo(dst)
	for _, p := range used {
		f.values.Put(p)
	}
	return dst, err
}
