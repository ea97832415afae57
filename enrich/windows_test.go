package enrich_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
)

const (
	windowsAssets     = "ip,nt_host,dns\n10.0.0.5,kali,\n,dc1,dc1.corp.example\n10.0.0.7,ws7,ws7.corp.example\n"
	windowsIdentities = "identity,email,first\nS-1-5-21-1-2-3-500|admin,,Admin\nS-1-5-21-1-2-3-1107|jdoe,jdoe@corp.example,Jane\nWS7$,,Machine\n"
)

// TestWindowsEventsHaveTheRightRoles states the roles of the most important events by
// hand. The value of a role is the canonical key or first name of the expected entity.
func TestWindowsEventsHaveTheRightRoles(t *testing.T) {
	e := enricher(t, newLists(t, windowsAssets, windowsIdentities, listOptions{}), enrich.Options{Format: "windows", Fields: []string{"asset", "first"}})
	for _, c := range []struct {
		name   string
		fields string // of the event's data
		want   map[string]string
	}{
		{
			"4624 logon: the target logs on from an address; the subject is src_user",
			`"EventID":4624,"Computer":"DC1.corp.example","SubjectUserSid":"S-1-5-18","SubjectUserName":"WS7$","TargetUserSid":"S-1-5-21-1-2-3-1107","TargetUserName":"jdoe","WorkstationName":"KALI","IpAddress":"::ffff:10.0.0.5"`,
			map[string]string{"src": "kali", "dest": "dc1.corp.example", "dvc": "dc1.corp.example", "user": "Jane", "src_user": "Machine"},
		},
		{
			"4624 without user and address: null tokens are absent",
			`"EventID":4624,"Computer":"dc1","SubjectUserSid":"S-1-0-0","SubjectUserName":"-","TargetUserSid":"S-1-5-21-1-2-3-500","TargetUserName":"ADMIN","WorkstationName":"-","IpAddress":"::1"`,
			map[string]string{"dest": "dc1.corp.example", "dvc": "dc1.corp.example", "user": "Admin"},
		},
		{
			"4624 locally: LOCAL is a null token, so the workstation is src",
			`"EventID":4624,"Computer":"dc1","TargetUserName":"jdoe","IpAddress":"LOCAL","WorkstationName":"ws7"`,
			map[string]string{"src": "ws7.corp.example", "dest": "dc1.corp.example", "dvc": "dc1.corp.example", "user": "Jane"},
		},
		{
			"4625 failed logon: NULL SID is a null token, so the name matches",
			`"EventID":"4625","Computer":"ws7","SubjectUserSid":"NULL SID","SubjectUserName":"-","TargetUserSid":"NULL SID","TargetUserName":"CORP\\jdoe","WorkstationName":"KALI","IpAddress":"127.0.0.1"`,
			map[string]string{"src": "kali", "dest": "ws7.corp.example", "dvc": "ws7.corp.example", "user": "Jane"},
		},
		{
			"4625 for an unknown name: no user, and the subject does not replace it",
			`"EventID":4625,"Computer":"ws7","SubjectUserSid":"S-1-5-21-1-2-3-500","SubjectUserName":"admin","TargetUserName":"mallory","IpAddress":"-"`,
			map[string]string{"dest": "ws7.corp.example", "dvc": "ws7.corp.example", "src_user": "Admin"},
		},
		{
			"4688 new process without a target: the subject is the user",
			`"EventID":4688,"Computer":"ws7.corp.example","SubjectUserSid":"S-1-5-21-1-2-3-1107","SubjectUserName":"jdoe","TargetUserSid":"S-1-0-0","TargetUserName":"-","NewProcessName":"C:\\x.exe"`,
			map[string]string{"dest": "ws7.corp.example", "dvc": "ws7.corp.example", "user": "Jane"},
		},
		{
			"4688 as another user: the target is the user",
			`"EventID":4688,"Computer":"ws7","SubjectUserName":"jdoe","TargetUserSid":"S-1-0-0","TargetUserName":"admin"`,
			map[string]string{"dest": "ws7.corp.example", "dvc": "ws7.corp.example", "user": "Admin", "src_user": "Jane"},
		},
		{
			"4720 account created: the user is the new account, by its SID; src_user is the subject",
			`"EventID":4720,"Computer":"dc1","TargetUserName":"new.one","TargetSid":"S-1-5-21-1-2-3-1107","SubjectUserSid":"S-1-5-21-1-2-3-500","SubjectUserName":"admin"`,
			map[string]string{"dest": "dc1.corp.example", "dvc": "dc1.corp.example", "user": "Jane", "src_user": "Admin"},
		},
		{
			"4732 added to a group: the user is the member, not the group",
			`"EventID":4732,"Computer":"dc1","MemberName":"-","MemberSid":"S-1-5-21-1-2-3-1107","TargetUserName":"admin","TargetSid":"S-1-5-32-544","SubjectUserSid":"S-1-5-21-1-2-3-500","SubjectUserName":"admin"`,
			map[string]string{"dest": "dc1.corp.example", "dvc": "dc1.corp.example", "user": "Jane", "src_user": "Admin"},
		},
		{
			"4732 with an unknown member",
			`"EventID":4732,"Computer":"dc1","MemberName":"CN=x","MemberSid":"S-1-5-21-9","TargetUserName":"admin","SubjectUserName":"jdoe"`,
			map[string]string{"dest": "dc1.corp.example", "dvc": "dc1.corp.example", "src_user": "Jane"},
		},
		{
			"MemberSid in another event is not a user",
			`"EventID":4799,"Computer":"dc1","MemberSid":"S-1-5-21-1-2-3-1107","TargetUserName":"admin"`,
			map[string]string{"dest": "dc1.corp.example", "dvc": "dc1.corp.example", "user": "Admin"},
		},
		{
			"4768 ticket: a machine account from a mapped address",
			`"EventID":4768,"Computer":"dc1","TargetUserName":"WS7$","TargetSid":"S-1-5-21-1-2-3-9","ServiceName":"krbtgt","IpAddress":"::ffff:10.0.0.7"`,
			map[string]string{"src": "ws7.corp.example", "dest": "dc1.corp.example", "dvc": "dc1.corp.example", "user": "Machine"},
		},
		{
			"Sysmon 3: both ends of a connection, DOMAIN\\user",
			`"EventID":3,"Computer":"ws7.corp.example","User":"CORP\\jdoe","SourceIp":"10.0.0.7","DestinationIp":"10.0.0.5","DestinationHostname":"dc1"`,
			map[string]string{"src": "ws7.corp.example", "dest": "kali", "dvc": "ws7.corp.example", "user": "Jane"},
		},
		{
			"Sysmon 10: one user accesses the process of another",
			`"EventID":10,"Computer":"ws7","SourceUser":"CORP\\jdoe","TargetUser":"CORP\\admin"`,
			map[string]string{"dest": "ws7.corp.example", "dvc": "ws7.corp.example", "user": "Admin", "src_user": "Jane"},
		},
	} {
		for _, shape := range windowsShapes {
			t.Run(c.name+"/"+shape.name, func(t *testing.T) {
				event := shape.event(c.fields)
				got, _, err := e.AppendJSON(nil, []byte(event))
				require.NoError(t, err)
				want := event[:len(event)-1]
				for _, role := range []string{"src_asset", "dest_asset", "dvc_asset", "user_first", "src_user_first"} {
					if value := c.want[role[:strings.LastIndexByte(role, '_')]]; value != "" {
						want += fmt.Sprintf(`,"%s":%q`, role, value)
					}
				}
				assert.Equal(t, want+"}", string(got))
			})
		}
	}
}

// windowsShapes are the forms in which log shippers write the data of an event.
var windowsShapes = []struct {
	name  string
	event func(fields string) string
}{
	{"NXLog", func(fields string) string { return "{" + fields + "}" }},
	{"EventData", func(fields string) string {
		id, rest, _ := strings.Cut(fields, ",")
		return "{" + id + `,"EventData":{` + rest + "}}"
	}},
	{"Winlogbeat", func(fields string) string {
		id, rest, _ := strings.Cut(strings.TrimPrefix(fields, `"EventID":`), ",")
		return `{"winlog":{"event_id":` + id + `,"event_data":{` + rest + "}}}"
	}},
	{"Winlogbeat, dotted", func(fields string) string {
		id, rest, _ := strings.Cut(strings.TrimPrefix(fields, `"EventID":`), ",")
		return `{"winlog.event_id":"` + strings.Trim(id, `"`) + `","winlog.event_data":{` + rest + "}}"
	}},
	{"evtx-dump", func(fields string) string {
		id, rest, _ := strings.Cut(strings.TrimPrefix(fields, `"EventID":`), ",")
		return `{"Event":{"System":{"EventID":` + id + `},"EventData":{` + rest + "}}}"
	}},
}
