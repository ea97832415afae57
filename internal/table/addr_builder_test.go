package table

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAddrsAreSortedWithTheirRecords compares the order with that of netip.Addr.Compare.
func TestAddrsAreSortedWithTheirRecords(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 3))
		var h addrBuilder
		type host struct {
			addr   netip.Addr
			record uint32
		}
		var want []host
		for record := range uint32([]int{0, 1, 2, 1000}[seed%4]) {
			a := netip.AddrFrom4([4]byte{byte(r.IntN(3)), byte(r.Uint32()), byte(r.Uint32()), byte(r.IntN(2))})
			text := a.String()
			switch r.IntN(5) {
			case 0:
				b := [16]byte{0: 0x20, 7: byte(r.Uint32()), 15: byte(r.Uint32())}
				a = netip.AddrFrom16(b)
				text = a.String() + []string{"", "%eth0"}[r.IntN(2)]
			case 1:
				text = "::ffff:" + text
			case 2:
				text += "/32"
			}
			require.NoError(t, h.addText(text, record), "addText(%q)", text)
			want = append(want, host{a, record})
		}
		slices.SortStableFunc(want, func(a, b host) int { return cmp.Or(a.addr.Compare(b.addr), cmp.Compare(a.record, b.record)) })
		v4, v6, records := h.sortAddrs()
		require.Len(t, records, len(want), "seed %d", seed)
		for i, record := range records {
			var a netip.Addr
			if i < len(v4) {
				a = netip.AddrFrom4([4]byte{byte(v4[i] >> 24), byte(v4[i] >> 16), byte(v4[i] >> 8), byte(v4[i])})
			} else {
				var b [16]byte
				for j := range b {
					b[j] = byte(v6[2*(i-len(v4))+j/8] >> (56 - 8*(j%8)))
				}
				a = netip.AddrFrom16(b)
			}
			require.Equal(t, want[i].addr, a, "address %d, seed %d", i, seed)
			require.True(t, slices.Contains(want, host{a, record}), "record of address %d, seed %d", i, seed)
		}
	}
}

func TestAddTextRejectsTextThatIsNotAnAddress(t *testing.T) {
	var h addrBuilder
	err := h.addText("10.0.0.300", 1)
	assert.EqualError(t, err, `ParseAddr("10.0.0.300"): IPv4 field has value >255`)
	v4, v6, records := h.sortAddrs()
	assert.Empty(t, v4)
	assert.Empty(t, v6)
	assert.Empty(t, records)
}
