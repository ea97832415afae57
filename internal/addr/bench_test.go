package addr

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"
)

const probeCount = 1 << 16

func randomTexts(form string) (list [][]byte) {
	rnd := rand.New(rand.NewPCG(3, 3))
	for range probeCount {
		var s string
		mac := rnd.Uint64N(1 << 48)
		switch form {
		case "private4":
			s = fmt.Sprintf("10.%d.%d.%d", rnd.IntN(256), rnd.IntN(256), rnd.IntN(256))
		case "public4":
			s = fmt.Sprintf("%d.%d.%d.%d", rnd.IntN(256), rnd.IntN(256), rnd.IntN(256), rnd.IntN(256))
		case "addr6":
			s = fmt.Sprintf("2001:db8:%x:%x::%x:%x", rnd.IntN(256), rnd.IntN(65536), rnd.IntN(65536), rnd.IntN(65536))
		case "name":
			s = fmt.Sprintf("%s-%05d.corp.example.com", []string{"ws-nyc", "dc", "db", "mail", "app"}[rnd.IntN(5)], rnd.IntN(100000))
		case "colons":
			s = string(AppendMAC(nil, mac, 48))
		case "dots":
			s = fmt.Sprintf("%04x.%04x.%04x", mac>>32, mac>>16&0xffff, mac&0xffff)
		case "bare":
			s = fmt.Sprintf("%012X", mac)
		}
		list = append(list, []byte(s))
	}
	return list
}

var sink uint64

func BenchmarkParseAddr(b *testing.B) {
	for _, form := range []string{"private4", "public4", "addr6", "name"} {
		list := randomTexts(form)
		b.Run("text="+form+"/by=ParseWords", func(b *testing.B) {
			i := 0
			for b.Loop() {
				hi, lo, _ := ParseWords(list[i&(probeCount-1)])
				sink += hi ^ lo
				i++
			}
		})
		b.Run("text="+form+"/by=ParseAddr", func(b *testing.B) {
			i := 0
			for b.Loop() {
				a, _ := ParseAddr(list[i&(probeCount-1)])
				sink += uint64(a.BitLen())
				i++
			}
		})
		b.Run("text="+form+"/by=netip", func(b *testing.B) {
			i := 0
			for b.Loop() {
				a, _ := netip.ParseAddr(string(list[i&(probeCount-1)]))
				sink += uint64(a.BitLen())
				i++
			}
		})
	}
}

func BenchmarkParseMAC(b *testing.B) {
	for _, form := range []string{"colons", "dots", "bare", "name"} {
		list := randomTexts(form)
		b.Run("text="+form+"/by=ParseMAC", func(b *testing.B) {
			i := 0
			for b.Loop() {
				mac, _, _ := ParseMAC(list[i&(probeCount-1)])
				sink += mac
				i++
			}
		})
		b.Run("text="+form+"/by=net", func(b *testing.B) {
			i := 0
			for b.Loop() {
				hw, _ := net.ParseMAC(string(list[i&(probeCount-1)]))
				sink += uint64(len(hw))
				i++
			}
		})
	}
}
