package event_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/event"
)

// srcSchema returns a Schema with a preset whose role src has one group of paths.
func srcSchema(t testing.TB, paths ...event.PresetPath) *event.Schema {
	t.Helper()
	p := event.Preset{Name: "x", Prefixes: []string{""}, Roles: []event.PresetRole{{Name: "src", Groups: []event.PresetGroup{{Paths: paths}}}}}
	b := event.NewBuilder(event.Options{Format: "x", Presets: []event.Preset{p}})
	require.NoError(t, b.Roles())
	s, err := b.Build()
	require.NoError(t, err)
	return s
}

// srcTexts returns the texts of the candidates of src.
func srcTexts(s *event.Schema, e event.Event) (all []string) {
	var r event.Reader
	r.Reset(s)
	r.Read(e)
	for _, c := range r.AppendRole(nil, event.Src) {
		all = append(all, string(c.Text))
	}
	return all
}

// requireSrc compares the candidates of src in all representations of {"a": text}. An
// empty want stands for none.
func requireSrc(t *testing.T, s *event.Schema, text, want string) {
	t.Helper()
	raw := s.NewJSON()
	require.NoError(t, raw.Scan([]byte(`{"a":"`+text+`"}`)))
	m := s.NewMap()
	m.Reset(map[string]any{"a": text})
	r := s.NewRecord([]string{"a"})
	r.ResetStrings([]string{text})
	for _, e := range []event.Event{raw, m, r} {
		var texts []string
		if want != "" {
			texts = []string{want}
		}
		assert.Equal(t, texts, srcTexts(s, e), "%T: %q", e, text)
	}
}

func TestTakeAddressLeavesOnlyTheAddress(t *testing.T) {
	s := srcSchema(t, event.PresetPath{Field: "a", Take: event.TakeAddress})
	for _, c := range []struct{ rule, text, want string }{
		{"an address is taken as it is", "10.1.2.3", "10.1.2.3"},
		{"so is an IPv6 address", "2001:db8::7", "2001:db8::7"},
		{"without its port", "10.1.2.3:10100", "10.1.2.3"},
		{"without white space", "  10.1.2.3:10100 ", "10.1.2.3"},
		{"without its brackets and port", "[2001:db8::7]:443", "2001:db8::7"},
		{"also an IPv4 address in brackets", "[10.1.2.3]:10100", "10.1.2.3"},
		{"brackets need no port", "[2001:db8::7]", "2001:db8::7"},
		{"without its scope", "fe80::1%eth0", "fe80::1"},
		{"also the route domain of an IPv4 address", "10.1.2.3%16", "10.1.2.3"},
		{"the scope in brackets", "[fe80::1%3]:443", "fe80::1"},
		{"the scope before a port", "10.1.2.3%16:443", "10.1.2.3"},
		{"the first of a list", "10.1.2.3, 10.9.9.9", "10.1.2.3"},
		{"the first of a list with ports", "10.1.2.3:1 ,[2001:db8::7]:2", "10.1.2.3"},
		{"the first of a list in brackets", "[2001:db8::7]:2,10.1.2.3", "2001:db8::7"},
		{"an IPv6 address without brackets has no port", "2001:db8::7:443", "2001:db8::7:443"},
		{"unless it ends in an IPv4 address", "::ffff:10.1.2.3:443", "::ffff:10.1.2.3"},
		{"an IPv4-mapped address is taken as it is", "::ffff:10.1.2.3", "::ffff:10.1.2.3"},
		{"and in brackets", "[::ffff:10.1.2.3]:443", "::ffff:10.1.2.3"},
		{"the highest port", "10.1.2.3:65535", "10.1.2.3"},
		{"a number above it is no port", "10.1.2.3:65536", "10.1.2.3:65536"},
		{"a very long number is no port", "10.1.2.3:99999999999999999999", "10.1.2.3:99999999999999999999"},
		{"a text is no port", "10.1.2.3:http", "10.1.2.3:http"},
		{"nothing is no port", "10.1.2.3:", "10.1.2.3:"},
		{"a bracket that is not closed", "[2001:db8::7", "[2001:db8::7"},
		{"a text after the brackets", "[10.1.2.3]443", "[10.1.2.3]443"},
		{"brackets around a name", "[ws-17]:443", "[ws-17]:443"},
		{"empty brackets", "[]:443", "[]:443"},
		{"a name stays whole", "ws-17:443", "ws-17:443"},
		{"a MAC address stays whole", "00:25:bc:42:f4:60", "00:25:bc:42:f4:60"},
		{"a network stays whole", "10.1.2.0/24", "10.1.2.0/24"},
		{"blanks do not separate", "10.1.2.3 10.9.9.9", "10.1.2.3 10.9.9.9"},
		{"a list that begins with a name stays whole", "proxy, 10.1.2.3", "proxy, 10.1.2.3"},
		{"a list that begins with nothing stays whole", ", 10.1.2.3", ", 10.1.2.3"},
		{"the address may be a null token", "0.0.0.0:0", ""},
		{"in brackets, too", "[::]:0", ""},
	} {
		t.Run(c.rule, func(t *testing.T) { requireSrc(t, s, c.text, c.want) })
	}
}

func TestPathsCutTextsInOneOrder(t *testing.T) {
	for _, c := range []struct {
		rule string
		path event.PresetPath
		text string
		want string
	}{
		{"after: the first occurrence", event.PresetPath{After: ":"}, "a:b:c", "b:c"},
		{"after: absent without the text", event.PresetPath{After: ":"}, "abc", ""},
		{"after: absent if nothing follows", event.PresetPath{After: ":"}, "abc: ", ""},
		{"after_last: the last occurrence", event.PresetPath{AfterLast: "/"}, "a/b/c", "c"},
		{"after_last: absent without the text", event.PresetPath{AfterLast: "/"}, "abc", ""},
		{"after_last: absent if nothing follows", event.PresetPath{AfterLast: "/"}, "a/b/", ""},
		{"before: the first occurrence", event.PresetPath{Before: "@"}, "a@b@c", "a"},
		{"before: absent without the text", event.PresetPath{Before: "@"}, "abc", ""},
		{"before: absent if nothing precedes", event.PresetPath{Before: "@"}, "@b", ""},
		{"separators are texts of any length", event.PresetPath{After: "user=", Before: " ("}, "uid=0 user=jdoe (x)", "jdoe"},
		{"white space around the part falls away", event.PresetPath{After: ":", Before: ";"}, "a: b ;c", "b"},
		{"before looks in what after leaves", event.PresetPath{After: ":", Before: "/"}, "a/b:c/d", "c"},
		{"after_last looks in what after leaves", event.PresetPath{After: ":", AfterLast: "/"}, "a/b:c", ""},
		{"before looks in what after_last leaves", event.PresetPath{AfterLast: "/", Before: "@"}, "a@b/c@d", "c"},
		{"take comes last", event.PresetPath{After: "//", Before: "/", Take: "address"}, "http://10.1.2.3:80/x", "10.1.2.3"},
		{"all", event.PresetPath{After: "=", AfterLast: "/", Before: ";", Take: "address"}, "x/y=a/[::1]:80;b", "::1"},
		{"what is left may be a null token", event.PresetPath{After: ":"}, "a:n/a", ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			c.path.Field = "a"
			requireSrc(t, srcSchema(t, c.path), c.text, c.want)
		})
	}
}

func TestElementsAreCutOneByOne(t *testing.T) {
	s := srcSchema(t, event.PresetPath{Field: "a", Take: event.TakeAddress}, event.PresetPath{Field: "b[].c", AfterLast: "/"})
	for _, e := range representations(t, s, `{"a":["10.1.2.3:1","x","-"],"b":[{"c":"p/q"},{"c":"r"},{"c":["s/t"]}]}`) {
		assert.Equal(t, []string{"10.1.2.3", "x", "q", "t"}, srcTexts(s, e), "%T", e)
	}
}

func TestTakingAddressesDoesNotAllocate(t *testing.T) {
	s := srcSchema(t, event.PresetPath{Field: "a", Take: event.TakeAddress})
	assert.Len(t, readSrcWithoutAllocating(t, s, `{"a":["10.1.2.3:1","[2001:db8::7]:2","ws-17:3"]}`), 3)
}

func TestWireMACsAreDroppedWithoutAllocating(t *testing.T) {
	s := srcSchema(t, event.PresetPath{Field: "mac", Wire: true}, event.PresetPath{Field: "a"}, event.PresetPath{Field: "b", Wire: true})
	for raw, want := range map[string]int{`{"mac":"00:50:56:a1:00:fe","a":["-","192.0.2.1","ws"],"b":"x"}`: 2, `{"mac":"00:50:56:a1:00:fe","a":"fe80::1","b":"00:50:56:a1:00:fe"}`: 3} {
		candidates := readSrcWithoutAllocating(t, s, raw)
		assert.Len(t, candidates, want, raw)
		assert.False(t, candidates[0].Pending)
	}
}

// readSrcWithoutAllocating returns the candidates of src of an event, and reports an error if
// reading them again allocates.
func readSrcWithoutAllocating(t *testing.T, s *event.Schema, raw string) (candidates []event.Candidate) {
	t.Helper()
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	e := s.NewJSON()
	require.NoError(t, e.Scan([]byte(raw)))
	var r event.Reader
	read := func() {
		r.Reset(s)
		r.ReadJSON(e)
		candidates = r.AppendRole(candidates[:0], event.Src)
	}
	read()
	assert.Zero(t, testing.AllocsPerRun(100, read), raw)
	return candidates
}
