package listform_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/listform"
	"github.com/kithsec/kith/internal/xlsx/xlsxtest"
)

var identityKeys = [][]string{{"identity"}, {"email"}}

// guessing returns options that allow guesses.
func guessing(kind entity.Kind) listform.Options {
	if kind == entity.Identity {
		return listform.Options{Kind: kind, Keys: identityKeys}
	}
	return listform.Options{Kind: kind, Keys: assetKeys}
}

const adComputers = "Name,DNSHostName,IPv4Address,Enabled\nws-1,ws-1.corp.example,10.0.0.1,True\nws-2,ws-2.corp.example,,True\n"

func TestColumnsOfAnExportAreGuessed(t *testing.T) {
	const line = `columns: {Name: nt_host, DNSHostName: dns, IPv4Address: ip}`
	const found = "the columns are guessed to be those of Active Directory computers; to confirm this, add to the source: "
	rows := []string{"nt_host/dns/ip/Enabled", "ws-1/ws-1.corp.example/10.0.0.1/True", "ws-2/ws-2.corp.example//True"}
	preamble := "2 lines before the header are not read (the header is in line 4): \"Report of computers\""
	for _, test := range []struct {
		name, text string
		o          listform.Options
		form       string
		rows       []string
		notes      []string
	}{
		{"comma", adComputers, listform.Options{}, "UTF-8, comma, header in line 1", rows, []string{found + line}},
		{"semicolon", strings.ReplaceAll(adComputers, ",", ";"), listform.Options{}, "UTF-8, semicolon, header in line 1", rows, []string{found + line}},
		{"preamble", "Report of computers\ncorp, all of them\n\n" + adComputers, listform.Options{}, "UTF-8, comma, header in line 4", rows, []string{preamble, found + line}},
		{"names in another case", strings.ToLower(adComputers), listform.Options{}, "UTF-8, comma, header in line 1", []string{"nt_host/dns/ip/enabled", "ws-1/ws-1.corp.example/10.0.0.1/true", "ws-2/ws-2.corp.example//true"}, []string{found + strings.ToLower(`columns: {Name: nt_host, DNSHostName: dns, IPv4Address: ip}`)}},
		{
			"JSON", `[{"Name":"ws-1","DNSHostName":"ws-1.corp.example","IPv4Address":"10.0.0.1"}]`,
			listform.Options{},
			"UTF-8, JSON array",
			[]string{"nt_host/dns/ip", "ws-1/ws-1.corp.example/10.0.0.1"},
			[]string{found + line},
		},
		{
			"header_line", "x\n" + adComputers, listform.Options{HeaderLine: 2}, "UTF-8, comma, header in line 2", rows, []string{found + line},
		},
		{
			"no header", "ws-1,ws-1.corp.example\nws-2,ws-2.corp.example\n",
			listform.Options{Header: []string{"name", "dnshostname"}},
			"UTF-8, comma, no header",
			[]string{"nt_host/dns", "ws-1/ws-1.corp.example", "ws-2/ws-2.corp.example"},
			[]string{found + "columns: {name: nt_host, dnshostname: dns}"},
		},
		{
			"a configured column is kept, and part of the line", adComputers,
			listform.Options{Columns: map[string]string{"Name": "label", "Enabled": ""}},
			"UTF-8, comma, header in line 1",
			[]string{"Name/dns/ip/Enabled", "ws-1/ws-1.corp.example/10.0.0.1/True", "ws-2/ws-2.corp.example//True"},
			[]string{found + `columns: {Enabled: "", Name: label, DNSHostName: dns, IPv4Address: ip}`},
		},
		{
			"of two columns for one field, the table's first", "cn,Name,DNSHostName\nb,a,a.corp.example\n",
			listform.Options{},
			"UTF-8, comma, header in line 1",
			[]string{"cn/nt_host/dns", "b/a/a.corp.example"},
			[]string{found + "columns: {Name: nt_host, DNSHostName: dns}"},
		},
		{
			"a column without values does not displace one with values", "cn,Name,DNSHostName\nb,,a.corp.example\n",
			listform.Options{},
			"UTF-8, comma, header in line 1",
			[]string{"nt_host/Name/dns", "b//a.corp.example"},
			[]string{found + "columns: {cn: nt_host, DNSHostName: dns}"},
		},
		{
			"a name that occurs twice could be either column", "Name,DNSHostName,name\na,a.corp.example,b\n",
			listform.Options{},
			"UTF-8, comma, header in line 1",
			[]string{"Name/dns/name.2", "a/a.corp.example/b"},
			[]string{`column 3 repeats the name "name": it is read as "name.2"`, found + "columns: {DNSHostName: dns}"},
		},
		{
			"fields that the options set or rename are not guessed", adComputers,
			listform.Options{Constants: []string{"nt_host"}, Columns: map[string]string{"IP": "x"}},
			"UTF-8, comma, header in line 1",
			[]string{"Name/dns/IPv4Address/Enabled", "ws-1/ws-1.corp.example/10.0.0.1/True", "ws-2/ws-2.corp.example//True"},
			[]string{found + "columns: {IP: x, DNSHostName: dns}"},
		},
		{
			"where, make and split see both names", adComputers,
			listform.Options{
				Where: []entity.Clause{{Field: "Name", Op: "=", Value: entity.Literals{"ws-1"}}, {Field: "nt_host", Op: "=", Value: entity.Literals{"ws-1"}}},
				Split: map[string]string{"DNSHostName": `\.corp`},
			},
			"UTF-8, comma, header in line 1",
			[]string{"nt_host/dns/ip/Enabled", "ws-1/ws-1|.example/10.0.0.1/True"},
			[]string{found + line},
		},
	} {
		test.o.Kind, test.o.Keys = entity.Asset, assetKeys
		got, err := readList(t, test.text, test.o)
		require.NoError(t, err, test.name)
		assert.Equal(t, test.form, strings.Replace(got.form, "JSON, ", "", 1), test.name)
		assert.Equal(t, test.rows, got.rows, test.name)
		assert.Equal(t, test.notes, got.notes, test.name)
	}
}

func TestColumnsOfASheetAreGuessed(t *testing.T) {
	var data strings.Builder
	data.WriteString(row(1, "All devices") + row(3, "Device name/Primary user UPN/Wi-Fi MAC/OS"))
	for i := range 3 {
		data.WriteString(row(4+i, fmt.Sprintf("ws-%d/ann@corp.example/00005e0053%02d", i, i)))
	}
	list := workbookOf(xlsxtest.Sheet{Name: "Devices", Data: data.String()})
	want := []string{"nt_host/owner/mac/OS", "ws-0/ann@corp.example/00005e005300/", "ws-1/ann@corp.example/00005e005301/", "ws-2/ann@corp.example/00005e005302/"}
	o := guessing(entity.Asset)
	got, err := readList(t, list, o)
	require.NoError(t, err)
	assert.Equal(t, want, got.rows)
	assert.Equal(t, []string{
		`1 line before the header is not read (the header is in line 3): "All devices"`,
		`the columns are guessed to be those of Microsoft Intune devices; to confirm this, add to the source: columns: {"Device name": nt_host, "Primary user UPN": owner, "Wi-Fi MAC": mac}`,
	}, got.notes)

	o.HeaderLine = 3
	got, err = readList(t, list, o)
	require.NoError(t, err)
	assert.Equal(t, want, got.rows)

	o.HeaderLine, o.NoGuess = 0, true
	_, err = readList(t, list, o)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "a guess is not accepted")

	got, err = readList(t, workbookOf(xlsxtest.Sheet{Name: "Hosts", Data: row(1, "ip/hostname") + row(2, "10.0.0.1/ws-1")}), o)
	require.NoError(t, err)
	assert.Equal(t, []string{`"hostname" is not a key: columns: {hostname: nt_host}`}, got.notes)
}

// TestHeadersThatMustNotBeGuessed lists headers of logs, tickets, people and places, and
// headers in which a known name belongs to somebody or something else.
func TestHeadersThatMustNotBeGuessed(t *testing.T) {
	for _, test := range []struct {
		name, header, row string
	}{
		{"a login log", "User,IP Address,Last Login", "jdoe,10.0.0.1,2026-01-01"},
		{"a list of people", "Name,Email,Manager", "Ann,ann@corp.example,Bob"},
		{"a list of sites", "Name,Address,State", "Berlin,Am Ring 1,active"},
		{"an owner's e-mail", "Asset Tag,Owner Email,Purchased", "A1,ann@corp.example,2026-01-01"},
		{"findings of a scanner", "Scanner IP,Plugin ID,Severity,Host", "10.0.0.1,1001,high,web"},
		{"findings with the address of the scanner", "IP Address,Plugin,Plugin Name,Severity,DNS Name,VRF,Tenant", "10.0.0.1,1,x,high,a.example,v,t"},
		{"findings as ServiceNow exports them", "name,sys_class_name,ip_address,severity", "a,cmdb_ci,10.0.0.1,1"},
		{"leases", "IP Address,MAC Address,Hostname,Lease Expires", "10.0.0.1,00:00:5e:00:53:01,ws-1,2026-01-01"},
		{"leases of a Windows server", "IPAddress,ScopeId,ClientId,HostName,AddressState,LeaseExpiryTime", "10.0.0.1,10.0.0.0,00-00-5e-00-53-01,ws-1,Active,2026"},
		{"a DHCP log", "ID,Date,Time,Description,IP Address,Host Name,MAC Address", "10,01/01/26,10:00,Assign,10.0.0.1,ws-1,00005E005301"},
		{"tickets", "Number,Short description,Caller,Configuration item,IP Address", "INC1,slow,Ann,ws-1,10.0.0.1"},
		{"tickets as ServiceNow exports them", "number,name,sys_class_name,ip_address,caller_id", "INC1,x,incident,10.0.0.1,ann"},
		{"VPN sessions", "Username,Assigned IP,Public IP,Duration", "jdoe,10.0.0.1,192.0.2.1,1:00"},
		{"VPN sessions with names of machines", "Hostname,Local IP,External IP,Connected Since", "ws-1,10.0.0.1,192.0.2.1,2026"},
		{"a gateway", "Site,Gateway IP,Circuit", "Berlin,10.0.0.1,x"},
		{"public addresses", "Customer,Public IP,PublicIpAddress", "x,192.0.2.1,192.0.2.1"},
		{"the last user", "Serial Number,Last Logged On User,Last IP", "S1,jdoe,10.0.0.1"},
		{"the previous host", "Serial Number,Previous Hostname,Previous IP", "S1,ws-1,10.0.0.1"},
		{"two columns of hosts", "Hostname,Hostname,Rule", "ws-1,ws-2,allow"},
		{"the hosts of a connection", "Source Hostname,Destination Hostname,IP Address", "ws-1,ws-2,10.0.0.1"},
		{"a firewall log", "Hostname,Local IP,MAC Address,Action", "ws-1,10.0.0.1,00:00:5e:00:53:01,deny"},
		{"events of CrowdStrike", "aid,ComputerName,event_simpleName,timestamp", "a1,ws-1,ProcessRollup2,1"},
		{"licences", "Computer Name,User,Product,Licence", "ws-1,jdoe,x,y"},
		{"software", "Name,Version,Publisher,Installed On", "x,1,y,ws-1"},
		{"groups of ServiceNow", "name,manager,sys_id,email", "ops,ann,0,ops@corp.example"},
		{"users of ServiceNow", "name,user_name,sys_class_name,ip_address", "Ann,ann,sys_user,10.0.0.1"},
		{"users of Entra", "displayName,deviceId,operatingSystem,userPrincipalName", "Ann,d,Windows,ann@corp.example"},
		{"users of Active Directory", "Name,SamAccountName,DistinguishedName,Enabled", "Ann,ann,CN=Ann,True"},
		{"DNS records", "Name,Type,Data,Timestamp", "www,A,10.0.0.1,static"},
		{"names alone", "Name,id", "ws-1,1"},
		{"a price list", "Device name,Serial number,Price", "ws-1,S1,3"},
	} {
		assertNotGuessed(t, entity.Asset, test.name, test.header, test.row)
	}
	for _, test := range []struct {
		name, header, row string
	}{
		{"a login log", "User,IP Address,Last Login", "jdoe,10.0.0.1,2026-01-01"},
		{"machines", "Hostname,IP Address,Owner", "ws-1,10.0.0.1,jdoe"},
		{"machine accounts", "Name,SamAccountName,DNSHostName,UserPrincipalName", "ws-1,ws-1$,ws-1.corp.example,"},
		{"groups", "Name,SamAccountName,GroupScope,mail", "ops,ops,Global,ops@corp.example"},
		{"the manager's address", "Employee,Manager,Manager Email", "Ann,Bob,bob@corp.example"},
		{"the manager's account", "Employee Name,manager_userPrincipalName,manager_mail", "Ann,bob@corp.example,bob@corp.example"},
		{"sign-ins", "createdDateTime,userPrincipalName,userType,ipAddress,appDisplayName", "2026,ann@corp.example,member,10.0.0.1,x"},
		{"sign-ins without an address", "Date,userPrincipalName,userType,Application,Status", "2026,ann@corp.example,member,x,ok"},
		{"devices of users", "deviceName,userPrincipalName,mail,serialNumber", "ws-1,ann@corp.example,ann@corp.example,S1"},
		{"a name and an id", "Name,id,Department", "Ann,1,x"},
		{"sAMAccountName alone", "sAMAccountName,Description", "ann,x"},
		{"Jamf computers", "Computer Name,Username,Full Name,Email Address,Position,Serial Number", "m-1,ann,Ann,ann@corp.example,x,S1"},
		{"sessions", "Username,Full Name,Email Address,Position,Session Start", "ann,Ann,ann@corp.example,x,2026"},
	} {
		assertNotGuessed(t, entity.Identity, test.name, test.header, test.row)
	}
}

func assertNotGuessed(t *testing.T, kind entity.Kind, name, header, row string) {
	t.Helper()
	comma := header + "\n" + row + "\n"
	workbook := workbookOf(xlsxtest.Sheet{Name: "S", Data: xlsxtest.Row(1, strings.Split(header, ",")...) + xlsxtest.Row(2, strings.Split(row, ",")...)})
	for _, text := range []string{comma, "A report\n\n" + comma, strings.ReplaceAll(comma, ",", ";"), jsonOf(header, row), workbook} {
		got, err := readList(t, text, guessing(kind))
		require.NoError(t, err, name)
		for _, note := range got.notes {
			assert.NotContains(t, note, "guessed", name)
		}
		for _, column := range strings.FieldsFunc(got.rows[0], func(r rune) bool { return r == '/' }) {
			assert.NotContains(t, []string{"ip", "mac", "nt_host", "dns", "identity"}, column, name)
		}
	}
}

// jsonOf returns a list of one object.
func jsonOf(header, row string) string {
	values := strings.Split(row, ",")
	var members []string
	for i, name := range strings.Split(header, ",") {
		members = append(members, fmt.Sprintf("%q:%q", name, values[i]))
	}
	return "[{" + strings.Join(members, ",") + "}]"
}

func TestColumnIsGuessedOnlyIfItsValuesFit(t *testing.T) {
	for _, test := range []struct {
		name          string
		fitting, rest int
		value         string
		want          bool
	}{
		{"all fit", 10, 0, "", true},
		{"nine of ten fit", 9, 1, "n.a.", true},
		{"eight of nine fit", 8, 1, "n.a.", false},
		{"blank cells do not count", 9, 100, "", true},
		{"placeholders do not count", 9, 100, "unknown", true},
		{"nothing fits", 0, 5, "rack 7", false},
		{"no values", 0, 5, "", true},
		{"the first 1,000 values decide", 1000, 500, "rack 7", true},
	} {
		for _, form := range []string{"comma", "JSON"} {
			var text strings.Builder
			text.WriteString("DNSHostName,IPv4Address\n")
			var objects []string
			for i := range test.fitting + test.rest {
				value := fmt.Sprintf("10.0.%d.%d", i/256, i%256)
				if i >= test.fitting {
					value = test.value
				}
				fmt.Fprintf(&text, "h%d.corp.example,%s\n", i, value)
				objects = append(objects, fmt.Sprintf(`{"DNSHostName":"h%d.corp.example","IPv4Address":%q}`, i, value))
			}
			list := text.String()
			if form == "JSON" {
				list = "[" + strings.Join(objects, ",\n") + "]"
			}
			got, err := readList(t, list, guessing(entity.Asset))
			require.NoError(t, err, test.name)
			want := "dns/IPv4Address"
			if test.want {
				want = "dns/ip"
			}
			assert.Equal(t, want, got.rows[0], "%s: %s", form, test.name)
			assert.Len(t, got.rows, 1+test.fitting+test.rest, test.name)
		}
	}
}

// TestValuesOfOtherFieldsDoNotFit checks the fields that accept almost any text.
func TestValuesOfOtherFieldsDoNotFit(t *testing.T) {
	for _, test := range []struct {
		kind         entity.Kind
		header, row  string
		want, reason string
	}{
		{entity.Asset, "Name,DNSHostName", "10.0.0.1,ws-1.corp.example", "Name/dns", "an address is not a name"},
		{entity.Asset, "Name,DNSHostName", "ann@corp.example,ws-1.corp.example", "Name/dns", "an e-mail address is not a name"},
		{entity.Asset, "Name,DNSHostName", "Ann's Mac,ws-1.corp.example", "nt_host/dns", "a name may have blanks"},
		{entity.Identity, "SamAccountName,GivenName,mail", "Ann Doe,Ann,ann@corp.example", "SamAccountName/first/email", "an account has no blanks"},
		{entity.Identity, "SamAccountName,GivenName,mail", "ann,Ann,yes", "identity/first/mail", "a word is not an e-mail address"},
		{entity.Identity, "SamAccountName,GivenName,mail", "ann,Ann,n/a\nbob,Bob,bob@corp.example", "identity/first/email", "a placeholder is not a value"},
		{entity.Identity, "SamAccountName,GivenName,mail", "10.0.0.1,Ann,yes", "SamAccountName/GivenName/mail", "without a key, nothing is guessed"},
	} {
		got, err := readList(t, test.header+"\n"+test.row+"\n", guessing(test.kind))
		require.NoError(t, err, test.reason)
		assert.Equal(t, test.want, got.rows[0], test.reason)
	}
}

// TestRowThatNamesAFieldIsNotTheHeader checks rows that contain the name of a key column.
func TestRowThatNamesAFieldIsNotTheHeader(t *testing.T) {
	const list = "Name,DNSHostName,OperatingSystem\nm-1,m-1.corp.example,Mac\nm-2,m-2.corp.example,Mac\n"
	got, err := readList(t, list, guessing(entity.Asset))
	require.NoError(t, err)
	assert.Equal(t, []string{"nt_host/dns/OperatingSystem", "m-1/m-1.corp.example/Mac", "m-2/m-2.corp.example/Mac"}, got.rows)

	// A key column below a preamble that looks like an export wins if it is not as wide.
	got, err = readList(t, "Name,DNSHostName\nip,owner,city\n10.0.0.1,x,y\n", guessing(entity.Asset))
	require.NoError(t, err)
	assert.Equal(t, []string{"ip/owner/city", "10.0.0.1/x/y"}, got.rows)
}

func TestGuessIsRefused(t *testing.T) {
	o := guessing(entity.Asset)
	o.NoGuess = true
	for _, text := range []string{"Report\n" + adComputers, jsonOf("Name,DNSHostName,IPv4Address", "ws-1,ws-1.corp.example,10.0.0.1")} {
		_, err := readList(t, text, o)
		var bad *csvio.SyntaxError
		require.ErrorAs(t, err, &bad)
		line := 1
		if text[0] == 'R' {
			line = 2
		}
		assert.Equal(t, line, bad.Line)
		assert.EqualError(t, bad.Err, "no key column: the header looks like that of Active Directory computers, but a guess is not accepted; "+
			"add to the source: columns: {Name: nt_host, DNSHostName: dns, IPv4Address: ip}")
	}
	got, err := readList(t, "ip,DNSHostName\n10.0.0.1,a.corp.example\n", o)
	require.NoError(t, err, "a list with a key column is not guessed")
	assert.Len(t, got.notes, 1)
}

func TestKnownNamesBesideAKeyColumnAreNoted(t *testing.T) {
	for _, test := range []struct {
		name, text string
		kind       entity.Kind
		o          listform.Options
		notes      []string
	}{
		{"hostname", "ip,hostname,owner\n10.0.0.1,ws-1,x\n", entity.Asset, listform.Options{}, []string{`"hostname" is not a key: columns: {hostname: nt_host}`}},
		{"JSON", `[{"ip":"10.0.0.1","hostname":"ws-1"}]`, entity.Asset, listform.Options{}, []string{`"hostname" is not a key: columns: {hostname: nt_host}`}},
		{"several", "ip,hostname,DNSHostName\n10.0.0.1,ws-1,a.corp.example\n", entity.Asset, listform.Options{}, []string{`"hostname" and "DNSHostName" are not keys: columns: {hostname: nt_host, DNSHostName: dns}`}},
		{"with other columns", "ip,hostname,x\n10.0.0.1,ws-1,\n", entity.Asset, listform.Options{Columns: map[string]string{"x": "owner"}}, []string{`"hostname" is not a key: columns: {x: owner, hostname: nt_host}`}},
		{"vague names, if the header is that of an export", "mac,ip address,ip state,hostname\n00:00:5e:00:53:01,10.0.0.1,,ws-1\n", entity.Asset, listform.Options{}, []string{`"ip address" and "hostname" are not keys: columns: {"ip address": ip, hostname: nt_host}`}},
		{"identities", "email,login\nann@corp.example,ann\n", entity.Identity, listform.Options{}, []string{`"login" is not a key: columns: {login: identity}`}},

		{"vague names", "ip,Name,id\n10.0.0.1,ws-1,7\n", entity.Asset, listform.Options{}, nil},
		{"the field is there", "nt_host,hostname\nws-1,ws-2\n", entity.Asset, listform.Options{}, nil},
		{"renamed", "ip,hostname\n10.0.0.1,ws-1\n", entity.Asset, listform.Options{Columns: map[string]string{"hostname": "label"}}, nil},
		{"declared as a field", "ip,hostname\n10.0.0.1,ws-1\n", entity.Asset, listform.Options{Declared: []string{"hostname"}}, nil},
		{"values that do not fit", "nt_host,IPv4Address\nws-1,none of them\n", entity.Asset, listform.Options{}, nil},
		{"no values", "ip,hostname\n10.0.0.1,\n", entity.Asset, listform.Options{}, nil},
		{"of the other kind", "identity,hostname\nann,ws-1\n", entity.Identity, listform.Options{}, nil},
		{"twice", "ip,hostname,hostname\n10.0.0.1,ws-1,ws-2\n", entity.Asset, listform.Options{}, []string{`column 3 repeats the name "hostname": it is read as "hostname.2"`}},
	} {
		test.o.Kind, test.o.Keys = test.kind, guessing(test.kind).Keys
		got, err := readList(t, test.text, test.o)
		require.NoError(t, err, test.name)
		assert.Equal(t, test.notes, got.notes, test.name)
	}
}

// FuzzGuess checks that a list is rejected without guesses exactly if its columns are
// guessed with them.
func FuzzGuess(f *testing.F) {
	f.Add(adComputers, true)
	f.Add("Hostname;Host ID;Local IP\nws-1;1;10.0.0.1\n", true)
	f.Add("login,firstName,lastName\nann,Ann,Doe\n", false)
	f.Add("Name,DNSHostName,OS\na,b,Mac\nc,d,Mac\n", true)
	f.Fuzz(func(t *testing.T, text string, isAsset bool) {
		o := guessing(entity.Identity)
		if isAsset {
			o = guessing(entity.Asset)
		}
		with, err := readList(t, text, o)
		isGuess := err == nil && slices.ContainsFunc(with.notes, func(note string) bool { return strings.Contains(note, "are guessed to be") })
		o.NoGuess = true
		_, errWithout := readList(t, text, o)
		isRefused := errWithout != nil && strings.Contains(errWithout.Error(), "a guess is not accepted")
		if err == nil && isGuess != isRefused {
			t.Fatalf("guessed: %v, refused: %v", isGuess, errWithout)
		}
	})
}
