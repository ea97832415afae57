package events

import "github.com/buger/jsonparser"

// jsonparserSplice finds all paths in one pass.
type jsonparserSplice struct{ splicer }

func (*jsonparserSplice) Name() string { return "jsonparser + splice" }

func (j *jsonparserSplice) Enrich(dst, event []byte) ([]byte, error) {
	var keys [3][]byte
	var wrong error
	jsonparser.EachKey(event, func(role int, value []byte, _ jsonparser.ValueType, err error) {
		if keys[role] = value; err != nil {
			wrong = err
		}
	}, j.shape.paths[:]...)
	return j.splice(dst, event, &keys), wrong
}
