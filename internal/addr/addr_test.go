package addr

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var addrSamples = []string{
	"", ".", ":", "::", "%", "::%", "::%eth0", "::1%", "::1%%", "0.0.0.0", "1.2.3.4", "255.255.255.255", "256.1.1.1", "1.256.1.1",
	"01.2.3.4", "1.2.3.04", "00.0.0.0", "1.2.3", "1.2.3.", ".1.2.3.4", "1..2.3", "1.2.3.4.5", "1.2.3.4 ", "1.2.3.4%eth0", "1.2.3.1234", "0001.2.3.4",
	"10.0.0.300", "1.2.3.-4", "1.2.3.a", "1::", "::1", "1::2", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::",
	"::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3::4:5:6:7:8", "1::2::3", ":::", "1:::2", ":1::", "1:", "1::2:", "12345::", "00001::",
	"2001:DB8::aBcD", "fe80::1%eth0", "fe80::1%eth0%x", "fe80::%1", "1:2%x:3", "g::1", "1::g", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:1.2.3.4",
	"1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4", "::ffff:1.2.3.4", "::ffff:1.2.3.4%eth0", "::ffff:1.2.3.256", "::ffff:01.2.3.4", "::ffff:1.2.3.4:1", "::ffff:1.2.3",
	"::1:2:3:4:5:1.2.3.4", "::1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5::1.2.3.4", "1:2:3:4:5:6::1.2.3.4", "::1.2.3.4%", "::a.1.2.3", "::12345.1.1.1", "1.2:3", "1:2.3",
	"ws-nyc-01234.corp.example.com", "dc01", "bad.cafe", "a.b.c.d", "[::1]", "10.0.0.1:80", "0:0:0:0:0:0:0:0", "0:0:0:0:0:ffff:10.1.2.3", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
}

// checkAddr checks that all IP parsers agree with netip.
func checkAddr(t require.TestingT, s string) {
	want, err := netip.ParseAddr(s)
	got, ok := ParseAddr(s)
	if ok != (err == nil) || got != want.WithZone("") {
		require.Failf(t, "differs from netip", "ParseAddr(%q) = %v, %t, want %v, %v", s, got, ok, want, err)
	}
	fromBytes, okBytes := ParseAddr([]byte(s))
	require.Equal(t, got, fromBytes, "ParseAddr of the bytes of %q", s)
	require.Equal(t, ok, okBytes, "ParseAddr of the bytes of %q", s)
	four, is4 := Parse4(s)
	require.Equal(t, ok && want.Is4(), is4, "Parse4(%q)", s)
	if is4 {
		require.Equal(t, want, addrFrom4(four), "Parse4(%q)", s)
		require.Equal(t, s, want.String(), "Parse4(%q) accepts another text than the canonical one", s)
	}
	hi, lo, ok := ParseWords([]byte(s))
	if ok != (err == nil) {
		require.Failf(t, "differs from netip", "ParseWords(%q) = %t, want %v", s, ok, err)
	}
	if ok {
		b := want.As16()
		require.Equal(t, [2]uint64{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}, [2]uint64{hi, lo}, "ParseWords(%q)", s)
	}
}

func TestParseAddrAgreesWithNetip(t *testing.T) {
	for _, s := range addrSamples {
		checkAddr(t, s)
	}
}

// The texts are nearly addresses: samples with bytes changed, removed and inserted.
func TestParseAddrAgreesWithNetipOnMutants(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 300_000 {
		checkAddr(t, mutate(rnd, addrSamples, "0123456789abcfF:.%g:.:"))
	}
}

// The texts have fields of every length, numbers that are just too large, leading zeros,
// and other bytes anywhere.
func TestParseQuadAcceptsIPv4AddressesOnly(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	fields := []string{"0", "5", "9", "10", "42", "99", "100", "192", "199", "255", "256", "260", "300", "999", "00", "01", "010", "001", "000", "", "1000", "a", "/", ":", "1 ", "2\xb0"}
	for range 500_000 {
		var f [4]string
		for i := range f {
			f[i] = fields[rnd.IntN(10)]
			if rnd.IntN(8) == 0 {
				f[i] = fields[rnd.IntN(len(fields))]
			}
		}
		s := strings.Join(f[:], ".")
		if rnd.IntN(4) == 0 {
			b := []byte(s)
			b[rnd.IntN(len(b))] = byte(rnd.IntN(256))
			s = string(b)
		}
		want, err := netip.ParseAddr(s)
		a, ok := parseQuad(s)
		require.Equal(t, err == nil && want.Is4() && len(s) >= 8, ok, "parseQuad(%q)", s)
		if ok {
			require.Equal(t, want, addrFrom4(a), "parseQuad(%q)", s)
		}
		checkAddr(t, s)
	}
}

func mutate(rnd *rand.Rand, samples []string, alphabet string) string {
	s := []byte(samples[rnd.IntN(len(samples))])
	for range rnd.IntN(4) {
		at := rnd.IntN(len(s) + 1)
		c := alphabet[rnd.IntN(len(alphabet))]
		switch {
		case at == len(s):
			s = append(s, c)
		case rnd.IntN(3) == 0:
			s = append(s[:at], s[at+1:]...)
		case rnd.IntN(2) == 0:
			s = append(s[:at], append([]byte{c}, s[at:]...)...)
		default:
			s[at] = c
		}
	}
	return string(s)
}

func FuzzParseAddr(f *testing.F) {
	for _, s := range addrSamples {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkAddr(t, s) })
}

var macSamples = []string{
	"", "00:25:bc:42:f4:60", "00-25-BC-42-F4-60", "0025.bc42.f460", "0025bc42f460", "0025BC42F460", "00:25:bc:42:f4", "00:25-bc:42:f4:60", "00:25:bc:42:f4:6g",
	"02:00:5e:10:00:00:00:01", "02-00-5e-10-00-00-00-01", "0200.5e10.0000.0001", "02005e1000000001", "0025.bc42-f460", "0025.bc42.f46", "00.25.bc.42.f4.60",
	"0:25:bc:42:f4:60:", "0:25:bc:42:f4:60", "0:0:0:0:0:0", "0025bc-42f460", "0025bcff-fe42f460", "192.168.100.200", "0:25:bc:ff:fe:42:f4:60", "2026-12-01 12:00",
	"0025 bc42 f460 ", "0 0 2 5 b c 4 2 f 4 6 0", "000:25:bc:42:f4:6", "0025:bcff:fe42:f460", "00--25bc42f460", "0025bc42f460-0025bc42f461", "00:00:00:00:fe:80:00:00:00:00:00:00:02:00:5e:10:00:00:00:01", "0025:bc42:f460", "0025bc42f46g", "00 25 bc 42 f4 60", "::::::::::::", "....",
}

// separated matches hexadecimal digits with single separators between some of them, and
// shortOctets six octets between colons without leading zeros.
var (
	separated    = regexp.MustCompile(`^[0-9a-f](?:[-:. ]?[0-9a-f])*$`)
	shortOctets  = regexp.MustCompile(`^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}$`)
	looksLikeIP4 = regexp.MustCompile(`^[0-9a-f]{3}(?:\.[0-9a-f]{3}){3}$`)
)

// goldMAC returns the digits of a MAC in any of the accepted spellings, and "" for any
// other text.
func goldMAC(s string) string {
	s = strings.ToLower(s)
	if shortOctets.MatchString(s) {
		all := ""
		for octet := range strings.SplitSeq(s, ":") {
			all += strings.Repeat("0", 2-len(octet)) + octet
		}
		return all
	}
	bare := strings.NewReplacer(":", "", "-", "", ".", "", " ", "").Replace(s)
	for _, c := range s {
		if strings.ContainsRune(":-. ", c) && strings.Trim(s, "0123456789abcdef"+string(c)) != "" {
			return "" // several separators
		}
	}
	if !separated.MatchString(s) || len(bare) != 12 && len(bare) != 16 || looksLikeIP4.MatchString(s) {
		return ""
	}
	groups := strings.Split(s, ":")
	for _, group := range groups {
		if len(groups) > 1 && len(group) != len(groups[0]) {
			return ""
		}
	}
	return bare
}

func checkMAC(t require.TestingT, s string) {
	want := goldMAC(s)
	got, bits, ok := ParseMAC([]byte(s))
	require.Equal(t, want != "", ok, "ParseMAC(%q)", s)
	if hw, err := net.ParseMAC(s); err == nil && len(hw) <= 8 {
		require.Equal(t, hw.String(), string(AppendMAC(nil, got, bits)), "ParseMAC(%q)", s)
	}
	if !ok {
		return
	}
	require.Equal(t, len(want)*4, bits, "ParseMAC(%q)", s)
	text := string(AppendMAC(nil, got, bits))
	require.Equal(t, want, strings.ReplaceAll(text, ":", ""), "ParseMAC(%q)", s)
	again, bitsAgain, ok := ParseMAC(text)
	require.True(t, ok && again == got && bitsAgain == bits, "ParseMAC(%q), which AppendMAC wrote", text)
}

// TestParseMACReadsSpellingsOfInventories also checks what must not become a MAC: addresses
// and times have as many digits.
func TestParseMACReadsSpellingsOfInventories(t *testing.T) {
	for _, s := range []string{
		"0025bc-42f460", "0025bc:42f460", "0025-bc42-f460", "0025:bc42:f460", "00 25 bc 42 f4 60", "00.25.BC.42.F4.60",
		"0025 bc42 f460", "0:25:bc:42:f4:60", "00:25:bc:42:f4:60",
	} {
		mac, bits, ok := ParseMAC(s)
		assert.True(t, ok, "ParseMAC(%q)", s)
		assert.Equal(t, uint64(0x0025bc42f460), mac, "ParseMAC(%q)", s)
		assert.Equal(t, 48, bits, "ParseMAC(%q)", s)
	}
	for _, s := range []string{
		"192.168.100.200", "2026-12-01 12:00", "0025bc--42f460", "0025bc_42f460", "-0025bc42f460", "0025bc42f460-", "0:25:bc:42:f4",
		"0:25:bc:42:f4:60:1", "0-25-bc-42-f4-60", "0:25:bc:ff:fe:42:f4:60", "0025bc\t42f460", "0:25:bc:42:f4:160",
	} {
		_, _, ok := ParseMAC(s)
		assert.False(t, ok, "ParseMAC(%q)", s)
	}
}

func TestParseMACAgreesWithTwin(t *testing.T) {
	for _, s := range macSamples {
		checkMAC(t, s)
	}
	rnd := rand.New(rand.NewPCG(2, 2))
	for range 100_000 {
		checkMAC(t, mutate(rnd, macSamples, "0aF:-. g"))
	}
	mac, bits, ok := ParseMAC("00-25-BC-42-F4-60")
	assert.Equal(t, uint64(0x0025bc42f460), mac)
	assert.Equal(t, 48, bits)
	assert.True(t, ok)
}

func FuzzParseMAC(f *testing.F) {
	for _, s := range macSamples {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkMAC(t, s) })
}

func TestParsingDoesNotAllocate(t *testing.T) {
	var texts [][]byte
	for _, s := range slices.Concat(addrSamples, macSamples) {
		if _, err := netip.ParseAddr(s); err == nil || !resembles6(s) { // netip's errors allocate
			texts = append(texts, []byte(s))
		}
	}
	sum, dst := uint64(0), make([]byte, 0, 32)
	assert.Zero(t, testing.AllocsPerRun(10, func() {
		for _, s := range texts {
			addr, _ := ParseAddr(s)
			hi, lo, _ := ParseWords(s)
			mac, bits, _ := ParseMAC(s)
			dst = AppendMAC(dst[:0], mac, bits)
			sum += uint64(addr.BitLen()) + hi + lo + uint64(len(dst))
		}
	}))
}
