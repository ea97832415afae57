package typedcsv_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/internal/typedcsv"
)

// host is a row of a list of assets, with a few of their fields.
type host struct {
	IP       entity.Values        `csv:"ip"`
	Name     entity.Values        `csv:"nt_host"`
	Owner    string               `csv:"owner"`
	Priority string               `csv:"priority"`
	Category entity.Values        `csv:"category"`
	Custom   []entity.CustomValue `csv:"-"`
	Line     int                  `csv:"-"`
}

var hosts = typedcsv.List[host]{
	Fields: fieldsOf(schema.AssetFields(), "ip", "nt_host", "owner", "priority", "category"),
	Targets: func(h *host) typedcsv.Targets {
		return typedcsv.Targets{Fields: []any{&h.IP, &h.Name, &h.Owner, &h.Priority, &h.Category}, Custom: &h.Custom, Line: &h.Line}
	},
	HasKey: func(h *host, ignored *schema.Ignored) bool {
		return len(h.IP) > 0 || slices.ContainsFunc(h.Name, func(name string) bool { return !ignored.Text(name) })
	},
}

// person is a row of a list of identities, with a few of their fields.
type person struct {
	Identity entity.Values        `csv:"identity"`
	Email    string               `csv:"email"`
	EndDate  string               `csv:"endDate"`
	Custom   []entity.CustomValue `csv:"-"`
	Line     int                  `csv:"-"`
}

var people = typedcsv.List[person]{
	Fields: fieldsOf(schema.IdentityFields(), "identity", "email", "endDate"),
	Targets: func(p *person) typedcsv.Targets {
		return typedcsv.Targets{Fields: []any{&p.Identity, &p.Email, &p.EndDate}, Custom: &p.Custom, Line: &p.Line}
	},
	HasKey: func(p *person, _ *schema.Ignored) bool { return len(p.Identity) > 0 || p.Email != "" },
}

func fieldsOf(all []schema.Field, names ...string) []schema.Field {
	var fields []schema.Field
	for _, name := range names {
		fields = append(fields, all[slices.IndexFunc(all, func(f schema.Field) bool { return f.Name == name })])
	}
	return fields
}

// read returns the rows of a list and the texts of its errors. The list is read in
// pieces of one byte.
func read[T any](l typedcsv.List[T], text string) (rows []T, errs []string) {
	for row, err := range l.Read(iotest.OneByteReader(strings.NewReader(text)), "list") {
		if err != nil {
			errs = append(errs, err.Error())
		} else {
			rows = append(rows, row)
		}
	}
	return rows, errs
}

func custom(namesAndValues ...string) []entity.CustomValue {
	var all []entity.CustomValue
	for pair := range slices.Chunk(namesAndValues, 2) {
		all = append(all, entity.CustomValue{Name: pair[0], Value: pair[1]})
	}
	return all
}

func TestReadMapsColumnsToFields(t *testing.T) {
	for _, c := range []struct {
		what, list string
		want       []host
	}{
		{"a header without rows", "ip,owner\n", nil},
		{"one row", "ip,owner\n10.0.0.1,alice\n", []host{{IP: entity.Values{"10.0.0.1"}, Owner: "alice", Line: 2}}},
		{"columns in any order and case, with spaces around names", "OWNER, Ip \nalice,10.0.0.1\n", []host{{IP: entity.Values{"10.0.0.1"}, Owner: "alice", Line: 2}}},
		{"several values of a multi-value field", "ip,category\n10.0.0.1|10.0.0.2,web|db|WEB\n", []host{
			{IP: entity.Values{"10.0.0.1", "10.0.0.2"}, Category: entity.Values{"web", "db"}, Line: 2},
		}},
		{"a single-value field keeps the separator", "nt_host,owner\nws-1,alice|bob\n", []host{{Name: entity.Values{"ws-1"}, Owner: "alice|bob", Line: 2}}},
		{"values become canonical", "ip,nt_host,priority\n10.0.0.0-10.0.0.3,ws-1.,HIGH\n", []host{
			{IP: entity.Values{"10.0.0.0/30"}, Name: entity.Values{"ws-1"}, Priority: "high", Line: 2},
		}},
		{"missing cells at the end of a row are empty", "ip,nt_host,owner,os\n10.0.0.1\n", []host{{IP: entity.Values{"10.0.0.1"}, Custom: custom("os", ""), Line: 2}}},
		{"other columns are custom, in the order of the header", "rack,ip,OS\nr1,10.0.0.1,linux\n", []host{
			{IP: entity.Values{"10.0.0.1"}, Custom: custom("rack", "r1", "OS", "linux"), Line: 2},
		}},
		{"the line of a row is where it begins", "ip,owner\n\n10.0.0.1,\"a\nb\"\n10.0.0.2,c\n", []host{
			{IP: entity.Values{"10.0.0.1"}, Owner: "a\nb", Line: 3}, {IP: entity.Values{"10.0.0.2"}, Owner: "c", Line: 5},
		}},
		{"quoted cells", "ip,owner\n10.0.0.1,\"x, \"\"y\"\"\"\n", []host{{IP: entity.Values{"10.0.0.1"}, Owner: `x, "y"`, Line: 2}}},
		{"a placeholder address is dropped without an error", "ip,nt_host\n0.0.0.0,ws-1\n", []host{{Name: entity.Values{"ws-1"}, Line: 2}}},
	} {
		got, errs := read(hosts, c.list)
		assert.Empty(t, errs, "Read(%q): %s", c.list, c.what)
		assert.Equal(t, c.want, got, "Read(%q): %s", c.list, c.what)
	}
}

// The same list may come with LF or CR LF, with or without a byte order mark, with or
// without quotes, and with or without a line end at its end.
func TestReadIsIndependentOfTheFormOfTheFile(t *testing.T) {
	const plain = "identity,email,endDate,badge\njdoe|JD,jdoe@acme.example,01/02/2030,\nada,,,7\n"
	want := []person{
		{Identity: entity.Values{"jdoe", "JD"}, Email: "jdoe@acme.example", EndDate: "2030-01-02T00:00:00Z", Custom: custom("badge", ""), Line: 2},
		{Identity: entity.Values{"ada"}, Custom: custom("badge", "7"), Line: 3},
	}
	for what, form := range map[string]func(string) string{
		"LF":                   func(s string) string { return s },
		"CR LF":                func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"a byte order mark":    func(s string) string { return "\xef\xbb\xbf" + s },
		"no line end":          func(s string) string { return strings.TrimSuffix(s, "\n") },
		"quoted cells":         func(s string) string { return quoteAll(s) },
		"a mark and quotes":    func(s string) string { return "\xef\xbb\xbf" + quoteAll(s) },
		"blank lines after it": func(s string) string { return s + "\n\r\n\n" },
	} {
		got, errs := read(people, form(plain))
		assert.Empty(t, errs, "Read of the list with %s", what)
		assert.Equal(t, want, got, "Read of the list with %s", what)
	}
}

func quoteAll(list string) string {
	var quoted []byte
	for line := range strings.Lines(list) {
		quoted = append(quoted, `"`+strings.ReplaceAll(strings.TrimSuffix(line, "\n"), ",", `","`)+"\"\n"...)
	}
	return string(quoted)
}

// A CR LF in a quoted cell is read as LF once, although two CSV readers read the cell one
// after the other. The error of an invalid value quotes it before it is made canonical.
func TestReadReplacesCarriageReturnsInCellsOnce(t *testing.T) {
	for _, c := range []struct{ cell, want string }{
		{"a\nb\xff", "a\nb\xff"},
		{"a\r\nb\xff", "a\nb\xff"},
		{"a\r\r\nb\xff", "a\r\nb\xff"},
		{"a\r\r\r\nb\xff", "a\r\r\nb\xff"},
		{"a\rb\xff", "a\rb\xff"},
	} {
		_, errs := read(hosts, "ip,owner\n10.0.0.1,\""+c.cell+"\"\n")
		want := fmt.Sprintf("list:2:10: owner: invalid UTF-8 %q: save the list as UTF-8", c.want)
		assert.Equal(t, []string{want}, errs, "Read of cell %q", c.cell)
	}
}

func TestReadReportsLossesAtTheirPlacesAndGoesOn(t *testing.T) {
	for _, c := range []struct {
		what, list string
		errs       []string
		rows       int
	}{
		{"a bad value, of several", "owner,ip\nalice,10.0.0.1|10.0.0.300\n", []string{
			`list:2:7: ip: ParseAddr("10.0.0.300"): IPv4 field has value >255; use an address, a prefix (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9)`,
		}, 1},
		{"a bad value after a quoted cell with a line end", "owner,ip\n\"a\nb\",10.0.0.300|10.0.0.1\n", []string{
			`list:3:4: ip: ParseAddr("10.0.0.300"): IPv4 field has value >255; use an address, a prefix (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9)`,
		}, 1},
		{"invalid UTF-8", "ip,owner\n10.0.0.1,\xff\n", []string{`list:2:10: owner: invalid UTF-8 "\xff": save the list as UTF-8`}, 1},
		{"invalid UTF-8 in a custom column", "ip,os\n10.0.0.1,\xff\n", []string{`list:2:10: os: invalid UTF-8 "\xff": save the list as UTF-8`}, 1},
		{"a quote after a space", "ip\n10.0.0.1,x, \" y\"\n", []string{`list:2:13: quote in an unquoted cell; quote the whole cell and double the quotes in it`}, 0},
		{"two cells beyond the header", "ip\n10.0.0.1,x,,y\n", []string{
			`list:2:10: cell beyond the header "x": quote cells that contain commas`,
			`list:2:13: cell beyond the header "y": quote cells that contain commas`,
		}, 1},
		{"a cell in a column without a name", "ip,\n10.0.0.1,x\n10.0.0.2,\n", []string{`list:2:10: cell in a column without a name "x": name the column in the header`}, 2},
		{"a row without a key", "ip,owner\n,alice\n10.0.0.1,bob\n", []string{`list:2: no usable key: the row does not identify an entity`}, 1},
		{"a row whose key is a placeholder", "nt_host\nunknown\nws-1\n", []string{`list:2: no usable key: the row does not identify an entity`}, 1},
		{"a row that loses its only key", "ip,owner\n10.0.0.300,alice\n", []string{
			`list:2:1: ip: ParseAddr("10.0.0.300"): IPv4 field has value >255; use an address, a prefix (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9)`,
			`list:2: no usable key: the row does not identify an entity`,
		}, 0},
		{"a syntax error ends the list", "ip\n10.0.0.1\n\"10.0.0.2\n10.0.0.3\n", []string{`list:3:1: quoted cell is never closed`}, 1},
	} {
		rows, errs := read(hosts, c.list)
		assert.Equal(t, c.errs, errs, "Read(%q): %s", c.list, c.what)
		assert.Len(t, rows, c.rows, "Read(%q): %s", c.list, c.what)
	}
}

func TestReadYieldsLossesBeforeTheirRow(t *testing.T) {
	var got []string
	for h, err := range hosts.Read(strings.NewReader("ip,priority\n10.0.0.1,huge\n10.0.0.2,low\n"), "list") {
		var loss *entity.RowError
		switch {
		case errors.As(err, &loss):
			assert.Equal(t, host{}, h, "the row of an error is zero")
			assert.Equal(t, entity.RowError{
				Source: "list", Line: 2, Column: 10, Field: "priority", Loss: loss.Loss, Reason: "bad priority", Value: "huge", Err: loss.Err,
			}, *loss)
			got = append(got, "loss")
		case err == nil:
			got = append(got, h.IP[0])
		}
	}
	assert.Equal(t, []string{"loss", "10.0.0.1", "10.0.0.2"}, got)
}

func TestReadRejectsLists(t *testing.T) {
	for _, c := range []struct{ what, list, want string }{
		{"an empty file", "", "list: empty file: a list begins with a header line"},
		{"only blank lines", "\n\r\n", "list: empty file: a list begins with a header line"},
		{"no key column", "owner,os\nalice,linux\n", "list:1:1: no key column: the header needs ip, nt_host"},
		{"a duplicate field", "ip,owner, IP\n", `list:1:10: duplicate column "ip" (columns 1 and 3)`},
		{"a duplicate custom column", "ip,os,OS\n", `list:1:7: duplicate column "OS" (columns 2 and 3)`},
		{"a header that is not CSV", "ip,\"owner\n", "list:1:4: quoted cell is never closed"},
		{"UTF-16", "\xff\xfei\x00p\x00", "list:1:1: input is UTF-16 or UTF-32; save it as UTF-8"},
	} {
		rows, errs := read(hosts, c.list)
		assert.Equal(t, []string{c.want}, errs, "Read(%q): %s", c.list, c.what)
		assert.Empty(t, rows, "Read(%q): %s", c.list, c.what)
	}
}

func TestReadReturnsTheErrorOfTheReader(t *testing.T) {
	broken := errors.New("broken")
	for _, text := range []string{"", "ip,ow", "ip\n10.0.0.1\n10.0"} {
		var last error
		for _, err := range hosts.Read(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), "list") {
			last = err
		}
		require.ErrorIs(t, last, broken, "Read(%q)", text)
		assert.EqualError(t, last, "list: broken", "Read(%q)", text)
	}
}

func TestReadStopsWithItsCaller(t *testing.T) {
	const list = "ip\n10.0.0.300|10.0.0.1\n10.0.0.2\n10.0.0.3\n"
	for stop := 1; stop <= 4; stop++ {
		seen := 0
		for range hosts.Read(strings.NewReader(list), "list") {
			if seen++; seen == stop {
				break
			}
		}
		assert.Equal(t, stop, seen, "elements until the caller stops")
	}
}

// Lists beyond the limits are rejected, and unusual ones are read. Neither makes Read
// panic.
func TestReadSurvivesHostileLists(t *testing.T) {
	long := strings.Repeat("x", csvio.DefaultMaxCell)
	for _, c := range []struct{ what, list, err string }{
		{"a cell that is too long", "ip,owner\n10.0.0.1," + long + "x\n", "list:2:10: cell is longer than 1 MiB"},
		{"a quoted cell that is never closed", "ip,owner\n10.0.0.1,\"" + strings.Repeat(long+"\n", 3), "list:2:10: cell is longer than 1 MiB; is its quote closed?"},
		{"a line that is too long", "ip\n" + strings.Repeat(long+",", 17) + "\n", "list:2:1: line is longer than 16 MiB"},
		{"a header with too many columns", "ip" + strings.Repeat(",", 5000) + "\n", "list:1:4099: more than 4096 columns"},
		{"a row with too many columns", "ip\n" + strings.Repeat(",", 5000) + "\n", "list:2:4097: more than 4096 columns"},
		{"a name with a NUL", "ip,\x00\n10.0.0.1,\x00\n", ""},
		{"a header of quotes", `"""",ip` + "\n10.0.0.1,10.0.0.1\n", ""},
		{"an Excel separator line", "sep=;\nip;owner\n10.0.0.1;alice\n", "list:1:1: no key column: the header needs ip, nt_host"},
		{"fields of the struct that are no columns", "ip,Custom,Line,-\n10.0.0.1,a,b,c\n", ""},
	} {
		var rows, errs int
		var last error
		for _, err := range hosts.Read(strings.NewReader(c.list), "list") {
			if last = err; err != nil {
				errs++
			} else {
				rows++
			}
		}
		if c.err == "" {
			assert.Zero(t, errs, "errors of Read: %s: %v", c.what, last)
			assert.Equal(t, 1, rows, "rows of Read: %s", c.what)
		} else {
			assert.EqualError(t, last, c.err, "Read: %s", c.what)
		}
	}
}

func TestWriteWritesFieldsAndCustomColumns(t *testing.T) {
	for _, c := range []struct {
		what string
		rows []host
		want string
	}{
		{"no rows", nil, "ip,nt_host,owner,priority,category\n"},
		{"values are joined and quoted", []host{{IP: entity.Values{"10.0.0.1", "10.0.0.2"}, Owner: `x, "y"`}}, "ip,nt_host,owner,priority,category\n" +
			`10.0.0.1|10.0.0.2,,"x, ""y""",,` + "\n"},
		{"custom columns of the first row", []host{
			{Name: entity.Values{"ws-1"}, Custom: custom("os", "linux", "rack", "")}, {Name: entity.Values{"ws-2"}, Custom: custom("os", "", "rack", "r1"), Line: 7},
		}, "ip,nt_host,owner,priority,category,os,rack\n,ws-1,,,,linux,\n,ws-2,,,,,r1\n"},
	} {
		var b bytes.Buffer
		require.NoError(t, hosts.Write(&b, slices.Values(c.rows)), c.what)
		assert.Equal(t, c.want, b.String(), "Write: %s", c.what)
	}
}

func TestWriteRejectsDifferentCustomColumns(t *testing.T) {
	first := host{Name: entity.Values{"ws-1"}, Custom: custom("os", "linux", "rack", "r1")}
	for _, c := range []struct {
		custom []entity.CustomValue
		want   string
	}{
		{nil, `custom columns differ: the first record has ["os" "rack"], another has only 0 of them`},
		{custom("os", "linux"), `custom columns differ: the first record has ["os" "rack"], another has only 1 of them`},
		{custom("rack", "r1", "os", "linux"), `custom columns differ: the first record has ["os" "rack"], another has "rack" as number 1`},
		{custom("os", "", "rack", "", "x", ""), `custom columns differ: the first record has ["os" "rack"], another has "x" as number 3`},
	} {
		err := hosts.Write(io.Discard, slices.Values([]host{first, {Custom: c.custom}}))
		assert.EqualError(t, err, c.want, "Write with %v", c.custom)
	}
}

func TestWriteReturnsTheErrorOfTheWriter(t *testing.T) {
	many := slices.Repeat([]host{{Owner: strings.Repeat("x", 1000)}}, 1000)
	for _, rows := range [][]host{nil, many} {
		assert.ErrorIs(t, hosts.Write(fullDisk{}, slices.Values(rows)), errFull, "Write of %d rows", len(rows))
	}
}

var errFull = errors.New("no space left on device")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

// What Write writes, Read reads unchanged.
func TestReadReadsWhatWriteWrote(t *testing.T) {
	rows := []person{
		{Identity: entity.Values{"jdoe", "JD"}, Email: "jdoe@acme.example", EndDate: "2030-01-02T00:00:00Z", Custom: custom("note", "a\nb, \"c\""), Line: 2},
		{Identity: entity.Values{"ada"}, Custom: custom("note", "é|x"), Line: 4},
	}
	var b bytes.Buffer
	require.NoError(t, people.Write(&b, slices.Values(rows)))
	got, errs := read(people, b.String())
	require.Empty(t, errs, "Read(%q)", b.String())
	require.Equal(t, rows, got, "Read(%q)", b.String())
}
