package event_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/event"
)

// windowsEvent is an event of Windows: its number and its fields, in the order of its XML.
type windowsEvent struct {
	id       int
	userData string // the element below UserData that has the fields, or "" for EventData
	names    []string
	values   []string
	want     string // the values of each role, and the domains of accounts
}

// windowsEvents are events as Microsoft documents them, with other names. Values that are not
// looked up are left out at the end.
var windowsEvents = []windowsEvent{
	{
		4624, "", strings.Fields("SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId TargetUserSid TargetUserName TargetDomainName" +
			" TargetLogonId LogonType LogonProcessName AuthenticationPackageName WorkstationName LogonGuid TransmittedServices LmPackageName" +
			" KeyLength ProcessId ProcessName IpAddress IpPort"),
		strings.Fields("S-1-5-18 SRV-1$ CORP 0x3e7 S-1-5-21-1-1104 jdoe CORP 0x1179 3 NtLmSsp NTLM WS-17 {0} - NTLM 128 0x0 - 10.1.2.3 49822"),
		"src=10.1.2.3,WS-17 dest=srv-1 dvc=srv-1 user=jdoe@CORP,S-1-5-21-1-1104 src_user=SRV-1$@CORP,S-1-5-18",
	},
	{
		4625, "", strings.Fields("SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId TargetUserSid TargetUserName TargetDomainName" +
			" Status FailureReason SubStatus LogonType LogonProcessName AuthenticationPackageName WorkstationName TransmittedServices" +
			" LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort"),
		strings.Fields("S-1-0-0 - - 0x0 S-1-0-0 jdoe CORP 0xc000006d %%2313 0xc000006a 3 NtLmSsp NTLM WS-17 - - 0 0x0 - 10.1.2.3 0"),
		"src=10.1.2.3,WS-17 dest=srv-1 dvc=srv-1 user=jdoe@CORP",
	},
	{
		4634, "", strings.Fields("TargetUserSid TargetUserName TargetDomainName TargetLogonId LogonType"),
		strings.Fields("S-1-5-21-1-1104 jdoe CORP 0x1 3"),
		"dest=srv-1 dvc=srv-1 user=jdoe@CORP,S-1-5-21-1-1104",
	},
	{
		4648, "", strings.Fields("SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId LogonGuid TargetUserName TargetDomainName" +
			" TargetLogonGuid TargetServerName TargetInfo ProcessId ProcessName IpAddress IpPort"),
		strings.Fields("S-1-5-21-1-500 adm1 CORP 0x3 {0} jdoe LAB {0} db-9 db-9 0x3 svchost.exe 10.1.2.3 0"),
		"src=10.1.2.3 dest=db-9 dvc=srv-1 user=jdoe@LAB src_user=adm1@CORP,S-1-5-21-1-500",
	},
	{
		4672, "", strings.Fields("SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId PrivilegeList"),
		strings.Fields("S-1-5-21-1-500 adm1 CORP 0x6 SeTcbPrivilege"),
		"dest=srv-1 dvc=srv-1 user=adm1@CORP,S-1-5-21-1-500",
	},
	{
		4720, "", strings.Fields("TargetUserName TargetDomainName TargetSid SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId"),
		strings.Fields("jdoe CORP S-1-5-21-1-1104 S-1-5-21-1-500 adm1 CORP 0x3"),
		"dest=srv-1 dvc=srv-1 user=jdoe@CORP,S-1-5-21-1-1104 src_user=adm1@CORP,S-1-5-21-1-500",
	},
	{
		4728, "", strings.Fields("MemberName MemberSid TargetUserName TargetDomainName TargetSid SubjectUserSid SubjectUserName SubjectDomainName"),
		strings.Fields("CN=jdoe S-1-5-21-1-1104 Admins CORP S-1-5-21-1-512 S-1-5-21-1-500 adm1 CORP"),
		"dest=srv-1 dvc=srv-1 user=S-1-5-21-1-1104,CN=jdoe src_user=adm1@CORP,S-1-5-21-1-500",
	},
	{
		4732, "", strings.Fields("MemberName MemberSid TargetUserName TargetDomainName TargetSid SubjectUserSid SubjectUserName SubjectDomainName"),
		strings.Fields("- S-1-5-21-1-1104 Users Builtin S-1-5-32-545 S-1-5-21-1-500 adm1 CORP"),
		"dest=srv-1 dvc=srv-1 user=S-1-5-21-1-1104 src_user=adm1@CORP,S-1-5-21-1-500",
	},
	{
		4740, "", strings.Fields("TargetUserName TargetDomainName TargetSid SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId"),
		strings.Fields("jdoe WS-17 S-1-5-21-1-1104 S-1-5-18 SRV-1$ CORP 0x3e7"),
		"src=WS-17 dest=srv-1 dvc=srv-1 user=jdoe,S-1-5-21-1-1104 src_user=SRV-1$@CORP,S-1-5-18",
	},
	{
		4740, "", strings.Fields("TargetUserName TargetDomainName"), strings.Fields("jdoe WS-17"),
		"src=WS-17 dest=srv-1 dvc=srv-1 user=jdoe",
	},
	{
		4768, "", strings.Fields("TargetUserName TargetDomainName TargetSid ServiceName ServiceSid TicketOptions Status TicketEncryptionType PreAuthType IpAddress IpPort"),
		strings.Fields("jdoe CORP.EXAMPLE S-1-5-21-1-1104 krbtgt S-1-5-21-1-502 0x40810010 0x0 0x12 15 ::ffff:10.1.2.3 49273"),
		"src=::ffff:10.1.2.3 dest=srv-1 dvc=srv-1 user=jdoe@CORP.EXAMPLE,S-1-5-21-1-1104",
	},
	{
		4769, "", strings.Fields("TargetUserName TargetDomainName ServiceName ServiceSid TicketOptions TicketEncryptionType IpAddress IpPort Status"),
		strings.Fields("jdoe@CORP.EXAMPLE CORP.EXAMPLE DB-9$ S-1-5-21-1-2102 0x40810000 0x12 ::ffff:10.1.2.3 49272 0x0"),
		"src=::ffff:10.1.2.3 dest=srv-1 dvc=srv-1 user=jdoe@CORP.EXAMPLE@CORP.EXAMPLE",
	},
	{
		4776, "", strings.Fields("PackageName TargetUserName Workstation Status"), strings.Fields("NTLM jdoe WS-17 0x0"),
		"src=WS-17 dest=srv-1 dvc=srv-1 user=jdoe",
	},
	{
		4778, "", strings.Fields("AccountName AccountDomain LogonID SessionName ClientName ClientAddress"), strings.Fields("jdoe CORP 0x1 RDP WS-17 10.1.2.3"),
		"src=10.1.2.3,WS-17 dest=srv-1 dvc=srv-1 user=jdoe@CORP",
	},
	{
		1102, "LogFileCleared", strings.Fields("SubjectUserSid SubjectUserName SubjectDomainName"), strings.Fields("S-1-5-21-1-500 adm1 CORP"),
		"dest=srv-1 dvc=srv-1 user=adm1@CORP,S-1-5-21-1-500",
	},
	{21, "EventXML", strings.Fields("User SessionID Address"), strings.Fields(`CORP\jdoe 2 10.1.2.3`), `src=10.1.2.3 dest=srv-1 dvc=srv-1 user=CORP\jdoe`},
	{24, "EventXML", strings.Fields("User SessionID Address"), strings.Fields(`CORP\jdoe 2 LOCAL`), `dest=srv-1 dvc=srv-1 user=CORP\jdoe`},
	{1149, "EventXML", strings.Fields("Param1 Param2 Param3"), strings.Fields("jdoe CORP 10.1.2.3"), "src=10.1.2.3 dest=srv-1 dvc=srv-1 user=jdoe@CORP"},
	{
		1116, "",
		[]string{"Product Name", "Detection User", "Process Name"},
		[]string{"Microsoft Defender Antivirus", `CORP\jdoe`, "x.exe"},
		`dest=srv-1 dvc=srv-1 user=CORP\jdoe`,
	},
	{
		3, "", strings.Fields("UtcTime User SourceIp SourceHostname DestinationIp DestinationHostname"),
		[]string{"2026-03-01 08:00:00.000", `CORP\jdoe`, "10.1.2.3", "-", "10.9.1.1", "db-9"},
		`src=10.1.2.3 dest=10.9.1.1,db-9 dvc=srv-1 user=CORP\jdoe`,
	},
}

// object returns the fields as a JSON object.
func (e windowsEvent) object() string {
	return e.members(func(name string) string { return name })
}

func (e windowsEvent) members(rename func(string) string) string {
	var all []string
	for i, name := range e.names {
		value, _ := json.Marshal(e.values[i])
		all = append(all, strconv.Quote(rename(name))+":"+string(value))
	}
	return "{" + strings.Join(all, ",") + "}"
}

// payload returns the element of the event that has the fields, as converters of XML write it.
func (e windowsEvent) payload() string {
	if e.userData != "" {
		return fmt.Sprintf(`"UserData":{"#attributes":{"xmlns":"x"},%q:%s}`, e.userData, e.object())
	}
	return `"EventData":` + e.object()
}

// pairs returns the fields as objects with a name and a text.
func (e windowsEvent) pairs(name, value string) string {
	var all []string
	for i, field := range e.names {
		text, _ := json.Marshal(e.values[i])
		all = append(all, fmt.Sprintf(`{%q:%q,%q:%s}`, name, field, value, text))
	}
	return "[" + strings.Join(all, ",") + "]"
}

func (e windowsEvent) list() string {
	text, _ := json.Marshal(e.values)
	return string(text)
}

func lowerFirst(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// windowsShapes are the ways in which an event is written: what a program makes of it. A
// shape returns "" for an event that is not written like that.
var windowsShapes = map[string]func(e windowsEvent) string{
	"NXLog": func(e windowsEvent) string {
		return fmt.Sprintf(`{"EventTime":"2026-03-01 08:00:00","Hostname":"srv-1","EventID":%d,%s`, e.id, e.object()[1:])
	},
	"flat, small first letters": func(e windowsEvent) string {
		return fmt.Sprintf(`{"eventID":%d,"computer":"srv-1","EventID":%d,%s`, e.id, e.id, e.members(lowerFirst)[1:])
	},
	"Winlogbeat 6": func(e windowsEvent) string {
		member := map[bool]string{true: "user_data", false: "event_data"}[e.userData != ""]
		return fmt.Sprintf(`{"@timestamp":"2026-03-01T08:00:00Z","computer_name":"srv-1","event_id":%d,%q:%s}`, e.id, member, e.object())
	},
	"Winlogbeat 7": func(e windowsEvent) string {
		member := map[bool]string{true: "user_data", false: "event_data"}[e.userData != ""]
		return fmt.Sprintf(`{"@timestamp":"2026-03-01T08:00:00Z","ecs":{"version":"1.12.0"},"event":{"code":%d},"user":{"id":"S-1-5-18"},"winlog":{"computer_name":"srv-1","event_id":%d,%q:%s}}`,
			e.id, e.id, member, e.object())
	},
	"Winlogbeat 8, flat keys": func(e windowsEvent) string {
		prefix := map[bool]string{true: "winlog.user_data.", false: "winlog.event_data."}[e.userData != ""]
		return fmt.Sprintf(`{"@timestamp":"2026-03-01T08:00:00Z","event.code":"%d","winlog.computer_name":"srv-1","winlog.event_id":"%d",%s`,
			e.id, e.id, e.members(func(n string) string { return prefix + n })[1:])
	},
	"Wazuh": func(e windowsEvent) string {
		return fmt.Sprintf(`{"timestamp":"2026-03-01T08:00:00.000+0000","rule":{"level":3},"agent":{"id":"001","name":"srv-1"},"data":{"win":{"system":{"eventID":"%d","computer":"srv-1"},"eventdata":%s}}}`,
			e.id, e.members(lowerFirst))
	},
	"evtx_dump": func(e windowsEvent) string {
		return fmt.Sprintf(`{"Event":{"System":{"EventID":%d,"Computer":"srv-1"},%s}}`, e.id, e.payload())
	},
	"evtx_dump with qualifiers": func(e windowsEvent) string {
		return fmt.Sprintf(`{"Event":{"#attributes":{"xmlns":"x"},"System":{"EventID":{"#attributes":{"Qualifiers":""},"#text":%d},"Computer":"srv-1"},%s}}`, e.id, e.payload())
	},
	"evtx_dump, flat keys": func(e windowsEvent) string {
		prefix := "Event.EventData."
		if e.userData != "" {
			prefix = "Event.UserData." + e.userData + "."
		}
		return fmt.Sprintf(`{"Event.System.EventID":%d,"Event.System.Computer":"srv-1",%s`, e.id, e.members(func(n string) string { return prefix + n })[1:])
	},
	"XML with attributes as @": func(e windowsEvent) string {
		if e.userData != "" {
			return fmt.Sprintf(`{"Event":{"System":{"EventID":"%d","Computer":"srv-1"},"UserData":{%q:%s}}}`, e.id, e.userData, e.object())
		}
		return fmt.Sprintf(`{"Event":{"System":{"EventID":"%d","Computer":"srv-1"},"EventData":{"Data":%s}}}`, e.id, e.pairs("@Name", "#text"))
	},
	"XML without its root": func(e windowsEvent) string {
		if e.userData != "" {
			return ""
		}
		return fmt.Sprintf(`{"EventID":{"#text":"%d"},"Computer":"srv-1","EventData":{"Data":%s}}`, e.id, e.pairs("Name", "Value"))
	},
	"Fluent Bit": func(e windowsEvent) string {
		return fmt.Sprintf(`{"ProviderName":"x","EventID":%d,"Channel":"Security","Computer":"srv-1",%s}`, e.id, e.payload())
	},
	"Fluent Bit, values only": func(e windowsEvent) string {
		if e.id < 4624 {
			return ""
		}
		return fmt.Sprintf(`{"EventID":%d,"Channel":"Security","ComputerName":"srv-1","StringInserts":%s}`, e.id, e.list())
	},
}

func TestWindowsEventsHaveTheSameRolesInAllShapes(t *testing.T) {
	for _, format := range []string{"windows", event.Auto} {
		s := buildRoles(t, event.Options{Format: format})
		for name, shape := range windowsShapes {
			for _, e := range windowsEvents {
				text := shape(e)
				if text == "" {
					continue
				}
				require.True(t, json.Valid([]byte(text)), text)
				for _, form := range representations(t, s, text) {
					assert.Equal(t, e.want, allRoles(s, form), "%s of %s as %T: %s", format, name, form, text)
				}
				if header, cells, isFlat := asRecord(text); isFlat {
					r := s.NewRecord(header)
					r.ResetStrings(cells)
					assert.Equal(t, e.want, allRoles(s, r), "%s of %s as record: %s", format, name, text)
				}
			}
		}
	}
}

// asRecord returns the members of an event as a record, and reports whether it is flat.
func asRecord(text string) (header, cells []string, isFlat bool) {
	var m map[string]any
	_ = json.Unmarshal([]byte(text), &m)
	for key, value := range m {
		switch value.(type) {
		case map[string]any, []any:
			return nil, nil, false
		}
		header, cells = append(header, key), append(cells, fmt.Sprint(value))
	}
	return header, cells, true
}

// buildRoles returns a schema that reads all roles.
func buildRoles(t *testing.T, o event.Options) *event.Schema {
	t.Helper()
	b := event.NewBuilder(o)
	require.NoError(t, b.Roles())
	s, err := b.Build()
	require.NoError(t, err)
	return s
}

// allRoles returns the candidates of all roles, without their paths and the repeated ones.
func allRoles(s *event.Schema, e event.Event) string {
	var all []string
	for role := range event.Role(event.NumRoles) {
		var values []string
		for _, one := range readRole(s, e, role) {
			if _, value, _ := strings.Cut(one, "="); !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
		if len(values) > 0 {
			all = append(all, role.String()+"="+strings.Join(values, ","))
		}
	}
	return strings.Join(all, " ")
}

func TestAutoAddsWhatOnlyECSNames(t *testing.T) {
	const text = `{"@timestamp":"x","host":{"name":"srv-1"},"user":{"name":"jdoe","domain":"CORP"},"source":{"ip":"10.1.2.3"},
		"winlog":{"computer_name":"srv-1","event_id":4104,"event_data":{"ScriptBlockText":"x"}}}`
	for format, want := range map[string]string{
		"windows":  "dest=srv-1 dvc=srv-1",
		event.Auto: "src=10.1.2.3 dest=srv-1 dvc=srv-1 host=srv-1 user=jdoe@CORP",
	} {
		s := buildRoles(t, event.Options{Format: format})
		for _, e := range representations(t, s, text) {
			assert.Equal(t, want, allRoles(s, e), "%s of %T", format, e)
		}
	}
}

func TestListsNameElementsByPositionOrByName(t *testing.T) {
	p, err := event.PresetFile{
		Name: "p",
		Lists: []event.PresetFileList{
			{Paths: []string{"args"}, By: "type", Names: map[string][]string{"login": {"user", "-", "ip"}, "7": {"ip"}}},
			{Paths: []string{"data.kv"}, Name: []string{"@n", "k.name"}, Value: []string{"#t", "v"}},
		},
		Roles: map[string][]event.PresetFileGroup{
			"user": {{Paths: []event.PresetFilePath{{Field: "user"}}}},
			"src":  {{Paths: []event.PresetFilePath{{Field: "ip"}}}},
		},
	}.Preset()
	require.NoError(t, err)
	assert.Equal(t, []string{"", "args.", "data.kv."}, p.Prefixes)
	s := buildRoles(t, event.Options{Format: "p", Presets: []event.Preset{p}})
	for _, tt := range []struct{ event, want string }{
		{`{"type":"login","args":["jdoe","x","10.1.2.3","y"]}`, "src=10.1.2.3 user=jdoe"},
		{`{"args":["jdoe","x","10.1.2.3"],"type":" login "}`, "src=10.1.2.3 user=jdoe"},
		{`{"type":"login","args":["jdoe"]}`, "user=jdoe"},
		{`{"type":"login","args":[null,{"a":[1]},["10.1.2.3"]]}`, "src=10.1.2.3"},
		{`{"type":"login","args":["-","x"," 10.1.2.3 "]}`, "src=10.1.2.3"},
		{`{"type":7,"args":["10.1.2.3"]}`, "src=10.1.2.3"},
		{`{"type":"logout","args":["jdoe"]}`, ""},
		{`{"args":["jdoe"]}`, ""},
		{`{"type":"login","args":"jdoe"}`, ""},
		{`{"type":"login","args":[]}`, ""},
		{`{"type":"login","args":{"user":"jdoe"}}`, "user=jdoe"},
		{`{"type":"login","args":["jdoe"],"user":"adm1"}`, "user=adm1,jdoe"},
		{`{"data":{"kv":[{"@n":"user","#t":"jdoe"},{"k":{"name":"ip"},"v":"10.1.2.3"},{"@n":"other","v":1}]}}`, "src=10.1.2.3 user=jdoe"},
		{`{"data.kv":[{"@n":"user","k":{"name":"ip"},"#t":"jdoe","v":"x"}]}`, "user=jdoe"},
		{`{"data":{"kv":[{"@n":"user"},{"#t":"x"},"user",null,{"@n":7,"#t":"x"},{"@n":["user"],"#t":"x"},[{"@n":"user","#t":"x"}]]}}`, ""},
		{`{"data":{"kv":[{"@n":"u\u0073er","#t":"j\u0064oe"}]}}`, "user=jdoe"},
		{`{"data":{"kv":[{"@n":"user","#t":"x"},{"@n":"user","#t":"jdoe"}]}}`, "user=jdoe"},
		{`{"data":{"kv":[{"@n":"user","#t":["x","y"]}]}}`, "user=x,y"},
	} {
		for _, e := range representations(t, s, tt.event) {
			assert.Equal(t, tt.want, allRoles(s, e), "%T of %s", e, tt.event)
		}
	}
}

func TestListsThatCannotBeReadAreErrors(t *testing.T) {
	roles := map[string][]event.PresetFileGroup{"user": {{Paths: []event.PresetFilePath{{Field: "user"}}}}}
	for _, tt := range []struct {
		list event.PresetFileList
		want string
	}{
		{event.PresetFileList{By: "a", Names: map[string][]string{"b": {"c"}}}, "lists[0].paths: is missing: name at least one path of an array"},
		{event.PresetFileList{Paths: []string{"a[].b"}, By: "a", Names: map[string][]string{"b": {"c"}}}, `lists[0].paths[0]: "a[].b" goes through an array itself: use a path without brackets`},
		{event.PresetFileList{Paths: []string{"a"}}, "lists[0]: needs either by and names, for elements with a position, or name and value, for elements with a name"},
		{event.PresetFileList{Paths: []string{"a"}, By: "b", Name: []string{"c"}, Value: []string{"d"}}, "lists[0]: needs either by and names, for elements with a position, or name and value, for elements with a name"},
		{event.PresetFileList{Paths: []string{"a"}, By: "b"}, "lists[0]: needs both by and names"},
		{event.PresetFileList{Paths: []string{"a"}, Name: []string{"b"}}, "lists[0]: needs both name and value"},
		{event.PresetFileList{Paths: []string{"a..b"}, Name: []string{"b"}, Value: []string{"c"}}, `lists[0].paths[0]: path "a..b" has an empty name: names need exactly one dot between them, and none around them`},
	} {
		_, err := event.PresetFile{Name: "p", Roles: roles, Lists: []event.PresetFileList{tt.list}}.Preset()
		assert.EqualError(t, err, tt.want)
	}
}

func TestTimesOfWindowsEventsAreReadInAllShapes(t *testing.T) {
	want := time.Date(2026, 3, 1, 8, 0, 0, 500e6, time.UTC)
	for _, text := range []string{
		`{"EventID":1,"EventTime":"2026-03-01 08:00:00.5"}`,
		`{"EventID":1,"eventTime":"2026-03-01T08:00:00.5Z"}`,
		`{"EventID":1,"UtcTime":"2026-03-01 08:00:00.500","@timestamp":"2026-03-02T00:00:00Z"}`,
		`{"EventID":1,"TimeCreated":"2026-03-01 09:00:00.5 +0100","EventData":{}}`,
		`{"EventID":1,"TimeGenerated":"2026-03-01 09:00:00.5 +0100","StringInserts":[]}`,
		`{"event_id":1,"@timestamp":"2026-03-01T08:00:00.500Z","event_data":{"Image":"x"}}`,
		`{"event_id":1,"event_data":{"UtcTime":"2026-03-01 08:00:00.500"}}`,
		`{"winlog":{"event_id":1,"event_data":{"UtcTime":"2026-03-01 08:00:00.500"}}}`,
		`{"winlog":{"event_id":1},"@timestamp":"2026-03-01T08:00:00.500Z","event":{"kind":"event"}}`,
		`{"winlog.event_id":1,"winlog.time_created":"2026-03-01T08:00:00.500Z"}`,
		`{"Event":{"System":{"EventID":1,"TimeCreated":{"#attributes":{"SystemTime":"2026-03-01T08:00:00.500000Z"}}}}}`,
		`{"Event":{"System":{"EventID":1,"TimeCreated":{"@SystemTime":"2026-03-01T08:00:00.5000000Z"}}}}`,
		`{"Event":{"System":{"EventID":1},"EventData":{"UtcTime":"2026-03-01 08:00:00.500"}}}`,
		`{"Event":{"System":{"EventID":1},"UserData":{"X":{"UtcTime":"2026-03-01 08:00:00.500"}}}}`,
		`{"data":{"win":{"system":{"eventID":"1","systemTime":"2026-03-01T08:00:00.5000000Z"},"eventdata":{"utcTime":"x"}}},"timestamp":"2026-03-02T00:00:00Z"}`,
		`{"data":{"win":{"system":{"eventID":"1"},"eventdata":{"utcTime":"2026-03-01 08:00:00.500"}}}}`,
	} {
		for _, format := range []string{"windows", event.Auto} {
			b := event.NewBuilder(event.Options{Format: format})
			require.NoError(t, b.PresetTimes())
			s, err := b.Build()
			require.NoError(t, err)
			for _, e := range representations(t, s, text) {
				var r event.Reader
				r.Reset(s)
				r.Read(e)
				at, ok := r.Time()
				assert.True(t, ok, "%s: Time of %T %s", format, e, text)
				assert.Equal(t, want, at.UTC(), "%s: Time of %T %s", format, e, text)
			}
		}
	}
}
