package listform_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/listform"
)

func clause(field, op string, value ...string) []entity.Clause {
	return []entity.Clause{{Field: field, Op: op, Value: value}}
}

func TestWhereSeesTheTextsOfCells(t *testing.T) {
	const text = "ip,Status,n\n1,Active,10\n2,,9\n3, retired ,8\n4\n"
	for _, test := range []struct {
		where []entity.Clause
		rows  string
	}{
		{clause("Status", "=", "Active"), "1"},
		{clause("status", "!=", "Retired"), "1 2 4"},
		{clause("Status", "exists"), "1 3"},
		{clause("state", "=", "active"), "1"},
		{clause("n", ">=", "9"), "1 2"},
		{clause("Status", "=", "active", "retired"), "1 3"},
		{[]entity.Clause{{Field: "ip", Op: "!=", Value: entity.Literals{"1"}}, {Field: "n", Op: "exists"}}, "2 3"},
	} {
		got, err := readList(t, text, listform.Options{Where: test.where, Columns: map[string]string{"Status": "state"}})
		require.NoError(t, err)
		var rows []string
		for _, row := range got.rows[1:] {
			ip, _, _ := strings.Cut(row, "/")
			rows = append(rows, ip)
		}
		assert.Equal(t, test.rows, strings.Join(rows, " "), "%v", test.where)
		assert.Equal(t, 4-len(rows), got.list.LeftOut, "%v", test.where)
	}
}

func TestMissingColumnOfAStepIsAnError(t *testing.T) {
	for _, test := range []struct {
		o    listform.Options
		want string
	}{
		{listform.Options{Where: clause("Statsu", "=", "x")}, `3:1: where: the list has no column "Statsu" (did you mean "Status"?)`},
		{listform.Options{Make: map[string]string{"dns": "$ip$.$zone$"}}, `3:1: make: the list has no column "zone"`},
		{listform.Options{Split: map[string]string{"dns": ","}}, `3:1: split: the list has no column "dns"`},
		{listform.Options{Make: map[string]string{"dns": "$ip$", "nt_host": "$dns$"}}, `3:1: make: the list has no column "dns"`},
	} {
		_, err := readList(t, "title\n\nip,Status\n1,2\n", test.o)
		assert.EqualError(t, err, test.want)
	}
}

func TestMakeReplacesTheCellIfEveryTokenHasAValue(t *testing.T) {
	for _, test := range []struct {
		text string
		make map[string]string
		rows []string
	}{
		{
			"name,domain,owner\nweb-1,corp.example,ops\nweb-2,,ops\nweb-3\n",
			map[string]string{"dns": "$name$.$domain$"},
			[]string{"name/domain/owner/dns", "web-1/corp.example/ops/web-1.corp.example", "web-2//ops/", "web-3///"},
		},
		{
			"Address,CIDR,ip\n10.1.0.0, 16 ,x\n10.2.0.0, ,y\n",
			map[string]string{"ip": "$address$/$CIDR$"},
			[]string{"Address/CIDR/ip", "10.1.0.0/ 16 /10.1.0.0/16", "10.2.0.0/ /y"},
		},
		{
			"ip,n\n1,2\n",
			map[string]string{"ip": "$n$", "n": "$ip$"},
			[]string{"ip/n", "2/1"},
		},
		{
			"ip,n\n1,2,beyond\n",
			map[string]string{"dns": "a$ip$b$n$c$"},
			[]string{"ip/n/dns", "1/2/a1b2c$/beyond"},
		},
	} {
		got, err := readList(t, test.text, listform.Options{Make: test.make})
		require.NoError(t, err)
		assert.Equal(t, test.rows, got.rows, "%v", test.make)
	}
	assert.ErrorContains(t, listform.ParseTemplate("constant"), "reads no column")
}

func TestSplitSeparatesValuesBesideTheBar(t *testing.T) {
	got, err := readList(t, "ip,Names\n1,\"a,b; c|d\"\n", listform.Options{Columns: map[string]string{"Names": "nt_host"}, Split: map[string]string{"nt_host": "[,;]+ *"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"ip/Names", "1/a|b|c|d"}, got.rows)
	for pattern, want := range map[string]string{"(": "bad regular expression", "x*": "matches the empty text"} {
		_, err := listform.ParseSplit(pattern)
		assert.ErrorContains(t, err, want)
	}
}

func TestMakeReadsCellsBeforeSplit(t *testing.T) {
	got, err := readList(t, "nt_host\na;b\n", listform.Options{Make: map[string]string{"nt_host": "$nt_host$;c"}, Split: map[string]string{"nt_host": ";"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"nt_host", "a|b|c"}, got.rows)
}

func TestPlacesOfStepsAreThoseOfTheirRows(t *testing.T) {
	list, err := listform.Open(strings.NewReader("ip,n\n1,2,x\n"), &listform.Options{Keys: assetKeys, Make: map[string]string{"dns": "$n$"}}, nil)
	require.NoError(t, err)
	require.True(t, list.Next())
	require.True(t, list.Next())
	for i, want := range [][2]int{{2, 1}, {2, 3}, {2, 1}, {2, 5}} {
		line, column := list.Pos(i)
		assert.Equal(t, want, [2]int{line, column}, "cell %d", i)
	}
}
