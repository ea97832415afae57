package risk

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/state"
)

// Spaces of the state of an engine.
const (
	// NotableSpace is the space of notables, by ID; see [Notable.Change].
	NotableSpace = "risk/notables"

	engineSpace = "risk"         // the engineRecord and the configuration
	blockSpace  = "risk/blocks"  // modifiers, in order of arrival
	objectSpace = "risk/objects" // tracks of objects that have any
)

var (
	recordKey = []byte("state")
	configKey = []byte("config")
)

// engineRecord is the record that every commit replaces.
type engineRecord struct {
	Clock   eventtime.Instant `json:"clock"`   // event time
	Counted eventtime.Instant `json:"counted"` // event time after the last counted modifier
	Oldest  eventtime.Instant `json:"oldest"`  // event time before which modifiers are not needed any more
	Rules   []string          `json:"rules"`   // digests of the incident rules
	Filters []string          `json:"filters"` // digest of the rule whose filter each bit of a modifier stands for
	Live    int               `json:"live"`    // approximate number of modifiers in the blocks
	Next    uint64            `json:"next"`    // key of the next block
}

// maxBlockModifiers is the maximum number of modifiers in a block.
const maxBlockModifiers = 4096

// journalBlock is a block of modifiers that was recorded or restored. Keys ascend. A block
// is never changed; it is deleted when all of its modifiers have expired.
type journalBlock struct {
	key    uint64
	latest eventtime.Instant // the greatest time of its modifiers
}

// journal tracks which parts of its state an engine has recorded.
type journal struct {
	enabled       bool
	configWritten bool // whether the configuration was recorded
	blocks        []journalBlock
	next          uint64
}

// Unsaved returns the approximate size of the changes that AppendChanges would append, in
// bytes.
func (e *Engine) Unsaved() int {
	n := 0
	for _, s := range e.shards {
		if s.recorder != nil {
			n += s.recorder.size()
		}
	}
	return n
}

// AppendChanges appends the changes of the engine's state since the last call, or since
// New, to dst. It appends nothing if [Options] had no State.
func (e *Engine) AppendChanges(dst []state.Change) []state.Change {
	j := &e.journal
	if !j.enabled {
		return dst
	}
	if !j.configWritten {
		j.configWritten = true
		dst = append(dst, state.Change{Space: engineSpace, Key: configKey, Value: e.config.encodeForState()})
	}
	for _, s := range e.shards {
		s.recorder.closeBlock(s.dict)
		for _, b := range s.recorder.blocks {
			dst = append(dst, state.Change{Space: blockSpace, Key: blockKey(j.next), Value: b.data})
			j.blocks = append(j.blocks, journalBlock{j.next, b.latest})
			j.next++
		}
		s.recorder.blocks = nil
	}
	for oldest := e.oldestNeeded(); len(j.blocks) > 0 && j.blocks[0].latest < oldest; j.blocks = j.blocks[1:] {
		dst = append(dst, state.Change{Space: blockSpace, Key: blockKey(j.blocks[0].key)})
	}
	record := newEngineRecord(e)
	from := len(dst)
	for _, s := range e.shards {
		dst = s.appendObjects(dst, record.Rules)
	}
	slices.SortFunc(dst[from:], func(a, b state.Change) int { return slices.Compare(a.Key, b.Key) })
	text, _ := json.Marshal(record) // numbers and texts only
	return append(dst, state.Change{Space: engineSpace, Key: recordKey, Value: text})
}

func blockKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func newEngineRecord(e *Engine) engineRecord {
	r := engineRecord{
		Clock: e.clock.Now(), Counted: e.lastClock, Oldest: e.oldestNeeded(), Live: e.seen.Len(), Next: e.journal.next,
		Filters: make([]string, e.program.filterCount),
	}
	for _, rule := range e.program.incidents {
		r.Rules = append(r.Rules, rule.digest)
		for bit := range r.Filters {
			if rule.filter == 1<<bit {
				r.Filters[bit] = rule.digest
			}
		}
	}
	return r
}

// encodeForState returns c as JSON without rules and factors, which readers of the state
// do not need.
func (c Config) encodeForState() []byte {
	c.Rules, c.Factors = nil, nil
	text, _ := json.Marshal(c) // numbers and texts only
	return text
}

// StoredConfig returns the configuration that a state was written under, without rules
// and factors. It returns the zero Config if the state has none.
func StoredConfig(r state.Reader) (cfg Config, err error) {
	text, err := r.Get(engineSpace, configKey)
	if err != nil || text == nil {
		return cfg, err
	}
	if err := json.Unmarshal(text, &cfg); err != nil {
		return cfg, damagedError("the configuration")
	}
	return cfg, nil
}

// Change returns the change that stores n in a state.
func (n *Notable) Change() state.Change {
	room := make([]byte, 0, 1024+320*len(n.Contributions)) // enough for most notables
	return state.Change{Space: NotableSpace, Key: []byte(n.ID), Value: n.AppendJSON(room)}
}

// StoredNotable returns the notable with an ID from a state. It reports whether the state
// has one.
func StoredNotable(r state.Reader, id string) (n *Notable, found bool, err error) {
	line, err := r.Get(NotableSpace, []byte(id))
	if err != nil || line == nil {
		return nil, false, err
	}
	n, err = decodeNotable(id, line)
	return n, err == nil, err
}

// StoredNotables returns an iterator over the notables of a state whose IDs begin with a
// prefix, in ascending order of the IDs. The prefix "" yields all. An error ends the sequence.
func StoredNotables(r state.Reader, prefix string) iter.Seq2[*Notable, error] {
	return func(yield func(*Notable, error) bool) {
		for c, err := range r.All(NotableSpace) {
			id := string(c.Key)
			switch {
			case err != nil:
				yield(nil, err)
				return
			case strings.HasPrefix(id, prefix):
				n, err := decodeNotable(id, c.Value)
				if !yield(n, err) || err != nil {
					return
				}
			case id > prefix:
				return
			}
		}
	}
}

// decodeNotable decodes a notable of a state.
func decodeNotable(id string, line []byte) (*Notable, error) {
	n := new(Notable)
	if err := n.UnmarshalJSON(line); err != nil {
		return nil, damagedError("notable " + id)
	}
	return n, nil
}

// digest returns the name of r and a hash of all its fields.
func (r IncidentRule) digest() string {
	text, _ := json.Marshal(r) // numbers and texts only
	sum := sha256.Sum256(text)
	return r.Name + " " + hex.EncodeToString(sum[:8])
}

// appendObjects appends the state of every object that has changed or was dropped since
// the last call.
func (s *shard) appendObjects(dst []state.Change, rules []string) []state.Change {
	r := s.recorder
	for _, name := range r.dropped {
		if id := s.objects.find(name, uint32(name.Hash(s.objects.seed))); id != 0 { // it was added again
			o := s.objects.viewOf(id)
			o.flags |= flagSaved
			s.markChanged(&o)
			continue
		}
		dst = append(dst, state.Change{Space: objectSpace, Key: recordKeyOf(name)})
	}
	for _, id := range r.changed {
		o := s.objects.viewOf(id)
		if o.flags&flagChanged == 0 {
			continue // it was dropped and its number reused
		}
		o.flags &^= flagChanged
		var value []byte
		if o.tracks != nil {
			value = o.encodeTracks(rules)
		}
		if value != nil || o.flags&flagSaved != 0 {
			dst = append(dst, state.Change{Space: objectSpace, Key: recordKeyOf(s.objects.nameOf(o.object)), Value: value})
		}
		if o.flags &^= flagSaved; value != nil {
			o.flags |= flagSaved
		}
	}
	r.dropped, r.changed = r.dropped[:0], r.changed[:0]
	return dst
}

func recordKeyOf(o detect.Object) []byte {
	return []byte(string(o.Zone) + "\x00" + o.Type + "\x00" + o.Key)
}

// encodeTracks returns o.evaluatedTo and the tracks of o, or nil if they are empty.
func (o *objectView) encodeTracks(rules []string) []byte {
	var e encoder
	e.writeVarint(int64(o.evaluatedTo))
	any := false
	for i, t := range o.tracks {
		if t == nil || t.IsEmpty() {
			continue
		}
		any = true
		e.writeString(rules[i])
		e.writeUvarint(uint64(len(t.Spans)))
		for _, r := range t.Spans {
			e.writeVarint(int64(r.Start))
			e.writeVarint(int64(r.End))
		}
		e.writeUvarint(uint64(len(t.Fired)))
		for _, f := range t.Fired {
			e.writeVarint(int64(f.At))
			e.writeUvarint(uint64(f.Level))
		}
	}
	if !any {
		return nil
	}
	return e.buf
}

func damagedError(what string) error {
	return fmt.Errorf("%w: %s cannot be decoded", state.ErrDamaged, what)
}
