package enrich_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/snapshot"
)

func TestStreamAddsCellsToCSV(t *testing.T) {
	l := newLists(t, assetsCSV, identitiesCSV, listOptions{})
	for _, c := range []struct {
		name, in, want string
		options        enrich.Options
	}{
		{
			name:    "columns of the roles in the header, cells joined by |, booleans true",
			options: enrich.Options{Fields: []string{"asset", "priority", "category", "is_expected", "watchlist"}},
			in:      "time,src,user\n1,10.1.2.3,jdoe\n2,nobody,\n",
			want: "time,src,user,src_asset,src_priority,src_category,src_is_expected,user_priority,user_category,user_watchlist\n" +
				"1,10.1.2.3,jdoe,ws-17.corp.example,high,workstation|eng,true,medium,staff,true\n2,nobody,,,,,,,,\n",
		},
		{
			name:    "the record's own bytes are kept: quotes, blanks, CR LF, byte order mark, no last line end",
			options: enrich.Options{Fields: []string{"priority"}},
			in:      "\ufeff\"src\",note\r\n \"10.1.2.3\" ,x\r\n\"10.1.2.3\",\"a \"\"b\"\"\n,c\"\r\n\r\n10.1.2.3, y ",
			want:    "\ufeff\"src\",note,src_priority\r\n \"10.1.2.3\" ,x\r\n\"10.1.2.3\",\"a \"\"b\"\"\n,c\",high\r\n\r\n10.1.2.3, y ,high",
		},
		{
			name:    "an existing column is kept",
			options: enrich.Options{Fields: []string{"priority", "category"}},
			in:      "src,src_priority\n10.1.2.3,\n10.1.2.3,mine\n",
			want:    "src,src_priority,src_category\n10.1.2.3,,workstation|eng\n10.1.2.3,mine,workstation|eng\n",
		},
		{
			name:    "overwrite replaces a cell where there is a value",
			options: enrich.Options{Fields: []string{"priority", "category"}, Overwrite: true},
			in:      "src_category,src,src_priority,\"z\"\n\"a,b\",10.1.2.3,,\"q\"\nx,nobody,mine,\"q\"\n",
			want:    "src_category,src,src_priority,\"z\"\nworkstation|eng,10.1.2.3,high,\"q\"\nx,nobody,mine,\"q\"\n",
		},
		{
			name:    "into names the columns",
			options: enrich.Options{Fields: []string{"priority"}, Into: "kith"},
			in:      "src\n10.1.2.3\n", want: "src,kith.src.priority\n10.1.2.3,high\n",
		},
		{
			name:    "flat keys with dots, and auto decides from the header",
			options: enrich.Options{Fields: []string{"priority"}, Format: "auto"},
			in:      "ts,id.orig_h,src\n1,10.1.2.3,x\n2,,10.1.2.3\n", want: "ts,id.orig_h,src,src_priority\n1,10.1.2.3,x,high\n2,,10.1.2.3,\n",
		},
		{
			name:    "owner, match and urgency if configured",
			options: enrich.Options{Fields: []string{"priority"}, Owner: true, Match: true, Urgency: true},
			in:      "src,severity\n10.1.2.3,high\n",
			want: "src,severity,src_priority,src_owner_priority,src_match,urgency\n" +
				"10.1.2.3,high,high,medium,\"{\"\"key\"\":\"\"10.1.2.3\"\",\"\"kind\"\":\"\"asset\"\",\"\"step\"\":\"\"exact\"\"}\",high\n",
		},
		{
			name:    "a blank severity is unknown",
			options: enrich.Options{Fields: []string{"priority"}, Urgency: true},
			in:      "src,severity\n10.1.2.3,\n10.9.9.9,\n10.1.2.3,high\n",
			want:    "src,severity,src_priority,urgency\n10.1.2.3,,high,medium\n10.9.9.9,,,low\n10.1.2.3,high,high,high\n",
		},
		{
			name:    "an existing urgency is kept",
			options: enrich.Options{Fields: []string{"priority"}, Urgency: true},
			in:      "src,urgency,severity\n10.1.2.3,mine,high\n10.1.2.3,,high\n",
			want:    "src,urgency,severity,src_priority\n10.1.2.3,mine,high,high\n10.1.2.3,,high,high\n",
		},
		{
			name:    "the zone of the record",
			options: enrich.Options{Fields: []string{"priority"}},
			in:      "cim_entity_zone,src\nEMEA,10.1.2.3\n,10.1.2.3\n",
			want:    "cim_entity_zone,src,src_priority\nEMEA,10.1.2.3,critical\n,10.1.2.3,high\n",
		},
		{name: "nothing", in: "", want: ""},
		{name: "a header alone", in: "src", want: "src,src_priority", options: enrich.Options{Fields: []string{"priority"}}},
		{name: "no role", in: "a,b\n1,2\n", want: "a,b\n1,2\n"},
		{name: "one empty cell", in: "src\n\"\"\n", want: "src,src_priority\n\"\",\n", options: enrich.Options{Fields: []string{"priority"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := enricher(t, l, c.options)
			var out, byteWise bytes.Buffer
			_, err := e.Stream(t.Context(), &out, strings.NewReader(c.in), enrich.StreamOptions{In: enrich.FormatCSV})
			require.NoError(t, err)
			assert.Equal(t, c.want, out.String())
			_, err = e.Stream(t.Context(), &byteWise, iotest.OneByteReader(strings.NewReader(c.in)), enrich.StreamOptions{In: enrich.FormatCSV, Workers: 3})
			require.NoError(t, err)
			assert.Equal(t, c.want, byteWise.String(), "read byte by byte")
		})
	}
}

func TestStreamPassesOrDropsBadRecords(t *testing.T) {
	l := newLists(t, assetsCSV, "", listOptions{})
	e := enricher(t, l, enrich.Options{Fields: []string{"priority"}})
	in := "\nsrc,n\n\"10.1.2.3\",\"1\n2\"\n10.1.2.3\n10.1.2.3,1,2\na\"b,3\n\n" + strings.Repeat("x", 100) + "\n10.1.2.3,4\n"
	var bad []enrich.BadEvent
	var raws []string
	o := enrich.StreamOptions{In: enrich.FormatCSV, MaxLine: 60, DeadLetter: func(b enrich.BadEvent) error {
		raws = append(raws, string(b.Raw))
		bad = append(bad, b)
		return nil
	}}
	for _, c := range []struct {
		on   enrich.OnError
		want string
	}{
		{enrich.Pass, "\nsrc,n,src_priority\n\"10.1.2.3\",\"1\n2\",high\n10.1.2.3\n10.1.2.3,1,2\na\"b,3\n\n10.1.2.3,4,high\n"},
		{enrich.Drop, "\nsrc,n,src_priority\n\"10.1.2.3\",\"1\n2\",high\n\n10.1.2.3,4,high\n"},
	} {
		bad, raws, o.OnError = nil, nil, c.on
		var out bytes.Buffer
		stats, err := e.Stream(t.Context(), &out, iotest.HalfReader(strings.NewReader(in)), o)
		require.NoError(t, err)
		assert.Equal(t, c.want, out.String())
		assert.Equal(t, []string{"10.1.2.3\n", "10.1.2.3,1,2\n", "a\"b,3\n", ""}, raws)
		require.Len(t, bad, 4)
		assert.Equal(t, []int64{5, 6, 7, 9}, []int64{bad[0].Line, bad[1].Line, bad[2].Line, bad[3].Line})
		assert.ErrorIs(t, bad[0].Err, enrich.ErrWidth)
		assert.ErrorIs(t, bad[3].Err, enrich.ErrLineTooLong)
		assert.Equal(t, int64(10), stats.Lines)
		assert.Equal(t, int64(6), stats.Events)
		assert.Equal(t, int64(4), stats.Bad)
		assert.Equal(t, int64(2), stats.Matched(event.Src))
		assert.Equal(t, int64(len(in)-101), stats.BytesIn, "all but the record that is too long")
	}
	o.OnError = enrich.Fail
	_, err := e.Stream(t.Context(), new(bytes.Buffer), strings.NewReader(in), o)
	var event *enrich.BadEvent
	require.True(t, errors.As(err, &event), "%v", err)
	assert.EqualError(t, err, "line 5: record is not as wide as the header: 1 cells instead of 2")
}

func TestStreamFailsIfTheHeaderCannotBeRead(t *testing.T) {
	l := newLists(t, assetsCSV, "", listOptions{})
	e := enricher(t, l, enrich.Options{})
	_, err := e.Stream(t.Context(), new(bytes.Buffer), strings.NewReader("a\"b\n1\n"), enrich.StreamOptions{In: enrich.FormatCSV})
	assert.EqualError(t, err, "header: 1:2: quote in an unquoted cell; quote the whole cell and double the quotes in it")
	_, err = e.Stream(t.Context(), new(bytes.Buffer), iotest.ErrReader(errors.New("torn")), enrich.StreamOptions{In: enrich.FormatCSV})
	assert.EqualError(t, err, "torn")
}

// TestCSVAppendAddsAndReplacesCells enriches single records, which the stream does with
// the same code.
func TestCSVAppendAddsAndReplacesCells(t *testing.T) {
	l := newLists(t, assetsCSV, identitiesCSV, listOptions{})
	e := enricher(t, l, enrich.Options{Fields: []string{"priority", "category"}, Overwrite: true})
	c, err := e.CSV([]string{"src_priority", "src", "user"})
	require.NoError(t, err)
	assert.Equal(t, []string{"src_priority", "src", "user", "src_category", "user_priority", "user_category"}, c.Header())
	got, _, err := c.Append(nil, []string{"x", "10.1.2.3", "boss"})
	require.NoError(t, err)
	assert.Equal(t, []string{"high", "10.1.2.3", "boss", "workstation|eng", "critical", "vip"}, got)
	got, _, err = c.Append(got[:1], []string{"x", "10.1.2.3"})
	assert.ErrorIs(t, err, enrich.ErrWidth)
	assert.Equal(t, []string{"high", "x", "10.1.2.3"}, got)
	_, err = e.CSV(nil)
	assert.ErrorIs(t, err, enrich.ErrNoHeader)
}

// TestCSVKeepsItsHeaderAfterSwap swaps in tables with other columns.
func TestCSVKeepsItsHeaderAfterSwap(t *testing.T) {
	before := newLists(t, "ip,os\n10.0.0.1,linux\n", "", listOptions{})
	after := newLists(t, "ip,rack,os\n10.0.0.1,r7,bsd\n", "", listOptions{})
	e := enricher(t, before, enrich.Options{Fields: []string{"os", "rack"}})
	c, err := e.CSV([]string{"src"})
	require.NoError(t, err)
	got, _, err := c.Append(nil, []string{"10.0.0.1"})
	require.NoError(t, err)
	assert.Equal(t, []string{"10.0.0.1", "linux"}, got)
	require.NoError(t, e.Swap(after.snapshot))
	got, _, err = c.Append(nil, []string{"10.0.0.1"})
	require.NoError(t, err)
	assert.Equal(t, []string{"10.0.0.1", "bsd"}, got)
	require.NoError(t, e.Swap(&snapshot.Snapshot{}))
	got, _, err = c.Append(nil, []string{"10.0.0.1"})
	require.NoError(t, err)
	assert.Equal(t, []string{"10.0.0.1", ""}, got)
}

func TestStreamConvertsBetweenNDJSONAndCSV(t *testing.T) {
	l := newLists(t, assetsCSV, identitiesCSV, listOptions{})
	e := enricher(t, l, enrich.Options{Fields: []string{"priority", "category"}})
	var out bytes.Buffer
	in := "src,\"a \"\"b\"\"\",n\r\n10.1.2.3,,\"1\n2\"\r\n\r\nx,y\r\n"
	stats, err := e.Stream(t.Context(), &out, strings.NewReader(in), enrich.StreamOptions{In: enrich.FormatCSV, Out: enrich.FormatNDJSON})
	require.NoError(t, err)
	assert.Equal(t, `{"src":"10.1.2.3","a \"b\"":"","n":"1\n2","src_priority":"high","src_category":["workstation","eng"]}`+"\n\r\nx,y\r\n", out.String())
	assert.Equal(t, int64(1), stats.Bad)
	assert.Equal(t, int64(len(in)), stats.BytesIn)

	out.Reset()
	e = enricher(t, l, enrich.Options{Fields: []string{"priority"}})
	in = `no event` + "\n" +
		`{"src":"10.1.2.3","n":1.50,"list":["a",2,null,true],"deep":{"x":[1]},"lists":[[1]],"src":"x"}` + "\n\n" +
		`{"user_priority":null,"new":1,"n":null,"src":"10.1.2.3","user":"boss"}` + "\n" +
		`{"dest":"srv-9","dest_priority":["p","q"]}`
	stats, err = e.Stream(t.Context(), &out, strings.NewReader(in), enrich.StreamOptions{Out: enrich.FormatCSV})
	require.NoError(t, err)
	assert.Equal(t, "src,n,list,deep,lists,src_priority,dest_priority,dvc_priority,user_priority,src_user_priority\n"+
		"no event\n"+
		"x,1.50,a|2||true,\"{\"\"x\"\":[1]}\",[[1]],,,,,\n\n"+
		"10.1.2.3,,,,,high,,,,\n"+
		",,,,,,p|q,,,\n", out.String())
	assert.Equal(t, int64(3), stats.LostMembers, "new, user, dest")
}
