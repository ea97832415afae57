package detect

import (
	"encoding/binary"
	"hash/maphash"
	"strings"
	"time"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/risk/score"
)

// Object identifies a risk object: the scores of modifiers with the same Object add up.
// All fields are in lower case.
type Object struct {
	Zone entity.Zone
	Key  string
	Type string
}

// Normalized returns the name that notables show: the key, or key_zone if there is a
// zone.
func (o Object) Normalized() string {
	if o.Zone == "" {
		return o.Key
	}
	return o.Key + "_" + string(o.Zone)
}

// Clone returns o with copies of its texts.
func (o Object) Clone() Object {
	return Object{entity.Zone(strings.Clone(string(o.Zone))), strings.Clone(o.Key), strings.Clone(o.Type)}
}

// Hash returns a hash of o.
func (o Object) Hash(seed maphash.Seed) uint64 {
	h := maphash.String(seed, o.Key) ^ maphash.String(seed, o.Type)*3
	if o.Zone != "" {
		h ^= maphash.String(seed, string(o.Zone)) * 5
	}
	return h
}

// Threat is a threat object: something in the event that may belong to an attacker,
// such as an address, a file or a process.
type Threat struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// Fact is a risk modifier that was found in an event, normalised and scored.
type Fact struct {
	Time     time.Time
	Object   Object
	Hash     uint64 // of Object, with the seed of the Reader
	Spelled  string // the object as it is written in the event
	Source   string // the rule or search that made the modifier; may be empty
	Message  string
	Base     score.Score // before factors
	Score    score.Score // after factors
	Factors  *Factors    // the factors that hold, nil if there are none
	Attack   Attack
	Threats  []Threat
	SID, RID string // ids of the search that found the event and of its result; may be empty
	Priority entity.Priority
	Filters  uint64   // bit i is set if Config.Filters[i] holds
	ID       [16]byte // equal for facts that repeat each other
}

// AppliedFactor is a risk factor that holds for a modifier. Its value must not be the
// zero Decimal.
type AppliedFactor struct {
	Name  string
	Value score.Decimal // added, or multiplied with
}

// Factors are the risk factors that hold for a modifier. They are immutable.
type Factors struct {
	Adds, Multiplies []AppliedFactor
	key              string // see Key
}

// NewFactors returns Factors, or nil if both lists are empty. It keeps the lists.
func NewFactors(adds, multiplies []AppliedFactor) *Factors {
	if len(adds)+len(multiplies) == 0 {
		return nil
	}
	f := &Factors{Adds: adds, Multiplies: multiplies}
	var key []byte
	for _, list := range [...][]AppliedFactor{adds, multiplies} {
		key = binary.AppendUvarint(key, uint64(len(list)))
		for _, a := range list {
			for _, text := range [...]string{a.Name, a.Value.String()} {
				key = append(binary.AppendUvarint(key, uint64(len(text))), text...)
			}
		}
	}
	f.key = string(key)
	return f
}

// Key returns a text that is equal only for equal Factors. It is "" for nil.
func (f *Factors) Key() string {
	if f == nil {
		return ""
	}
	return f.key
}
