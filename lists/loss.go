package lists

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/problem"
)

// checkGone returns an error if v lacks so many entities of the version before that
// this is more likely a mistake. An entity is still there if its id is, or if its
// canonical key is an exact match in v: one that was given a better key has another
// id.
func checkGone(v, before *Version) error {
	limit := v.Config.Reload.MaxLoss
	for _, kind := range []struct {
		name        string
		before, now knownEntities
	}{
		{"assets", assetsOf(before.Snapshot.Assets), assetsOf(v.Snapshot.Assets)},
		{"identities", identitiesOf(before.Snapshot.Identities), identitiesOf(v.Snapshot.Identities)},
	} {
		gone := kind.before.goneFrom(kind.now)
		if float64(gone)/float64(max(kind.before.n, 1)) > limit {
			return problem.WithHint(fmt.Errorf("%s of %s %s are gone, more than the share of %v that a new version may lose",
				problem.Thousands(gone), problem.Thousands(kind.before.n), kind.name, limit),
				"if that is right, start again, or raise max_loss in the block reload of the configuration")
		}
	}
	return nil
}

// knownEntities is the entities of a table, by record.
type knownEntities struct {
	n        int
	appendID func(dst []byte, record uint32) []byte // as JSON
	key      func(record uint32) []byte             // the canonical key as JSON, of an identity all keys
	matches  func(key string) bool                  // whether key is an exact match in any zone
}

// goneFrom counts the entities that are not among those of now.
func (k knownEntities) goneFrom(now knownEntities) (gone int) {
	ids := now.ids()
	slices.Sort(ids)
	for i, id := range k.ids() {
		if _, there := slices.BinarySearch(ids, id); !there && (now.n == 0 || !now.matches(firstText(k.key(uint32(i))))) {
			gone++
		}
	}
	return gone
}

// ids returns the first half of every id, which is unique among a few million.
func (k knownEntities) ids() []uint64 {
	all := make([]uint64, k.n)
	var id []byte
	for i := range all {
		id = k.appendID(id[:0], uint32(i))
		all[i], _ = strconv.ParseUint(string(id[1:17]), 16, 64) // ids are hexadecimal
	}
	return all
}

// firstText returns the text of a JSON string, or of the first in an array.
func firstText(json []byte) string {
	v := jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(json))}
	if len(json) > 0 && json[0] == '[' {
		for e := range v.Elements(json) {
			json = e.Raw(json)
			break
		}
	}
	if len(json) < 2 || json[0] != '"' {
		return ""
	}
	return string(jsonscan.AppendUnquoted(nil, json[1:len(json)-1]))
}

func assetsOf(t *assets.Table) knownEntities {
	if t == nil {
		return knownEntities{}
	}
	return knownEntities{
		n:        t.Len(),
		appendID: func(dst []byte, record uint32) []byte { return t.AppendID(dst, assets.Match{Record: record}) },
		key: func(record uint32) []byte {
			own := t.Fill(assets.Match{Record: record}, assets.Whole)
			return own.Own(entity.KeyColumn)
		},
		matches: func(key string) bool {
			network, err := netip.ParsePrefix(key)
			return slices.ContainsFunc(t.Zones(), func(z entity.Zone) bool {
				m, found := t.Lookup(z, key)
				if err == nil {
					m, _, found = t.LookupPrefix(z, network)
				}
				return found && m.Step == entity.StepExact
			})
		},
	}
}

func identitiesOf(t *identities.Table) knownEntities {
	if t == nil {
		return knownEntities{}
	}
	return knownEntities{
		n:        t.Len(),
		appendID: func(dst []byte, record uint32) []byte { return t.AppendID(dst, identities.Match{Record: record}) },
		key:      func(record uint32) []byte { return t.Value(identities.Match{Record: record}, entity.KeyColumn) },
		matches: func(key string) bool {
			return slices.ContainsFunc(t.Zones(), func(z entity.Zone) bool {
				m, found := t.Lookup(z, key)
				return found && m.Step == entity.StepExact
			})
		},
	}
}
