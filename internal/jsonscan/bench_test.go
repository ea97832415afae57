package jsonscan

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
)

// benchPaths returns the 20 paths that a preset reads, and the 108 names that it writes,
// which an event may already contain.
func benchPaths() []string {
	paths := []string{
		"src_ip", "dest_ip", "host", "id.orig_h", "id.resp_h", "id_orig_h", "id_resp_h", "source.ip", "source.mac", "destination.ip", "destination.mac",
		"host.name", "host.ip", "user.name", "user.email", "TargetUserName", "SubjectUserName", "IpAddress", "Hostname", "winlog.event_data.TargetUserName",
	}
	for _, role := range []string{"src", "dest", "dvc", "host", "user", "src_user"} {
		for _, field := range []string{
			"asset", "asset_id", "asset_tag", "ip", "mac", "nt_host", "dns", "owner", "priority", "lat", "long", "city", "country", "bunit", "category",
			"pci_domain", "is_expected", "should_timesync", "should_update", "requires_av",
		} {
			if name := role + "_" + field; name != "src_ip" && name != "dest_ip" {
				paths = append(paths, name)
			}
		}
	}
	return paths
}

// benchEvents returns events of one shape with different values, and their total size.
func benchEvents(shape string) (events [][]byte, size int) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 1 << 10 {
		event := benchShapes[shape](r)
		events = append(events, event)
		size += len(event)
	}
	return events, size
}

var benchShapes = map[string]func(r *rand.Rand) []byte{"flat": flatEvent, "ecs": ecsEvent, "windows": windowsEvent}

func address(r *rand.Rand) string {
	return fmt.Sprintf("10.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256))
}

// flatEvent returns a flat event of about 400 bytes: a connection logged by Zeek.
func flatEvent(r *rand.Rand) []byte {
	return fmt.Appendf(nil, `{"ts":%d.%06d,"uid":"C%016x","src_ip":"%s","src_port":%d,"dest_ip":"%s","dest_port":%d,"proto":"tcp","service":"ssl",`+
		`"duration":%f,"orig_bytes":%d,"resp_bytes":%d,"conn_state":"SF","missed_bytes":0,"history":"ShADadFf",`+
		`"orig_pkts":%d,"orig_ip_bytes":%d,"resp_pkts":%d,"resp_ip_bytes":%d,"host":"ws-%05d.corp.example"}`,
		1700000000+r.IntN(1e6), r.IntN(1e6), r.Uint64(), address(r), r.IntN(65536), address(r), r.IntN(1024), r.Float64()*100, r.IntN(1e6), r.IntN(1e7),
		r.IntN(1000), r.IntN(1e6), r.IntN(1000), r.IntN(1e7), r.IntN(1e5))
}

// ecsEvent returns a nested event of about 1.9 KB: a network event in ECS form.
func ecsEvent(r *rand.Rand) []byte {
	return fmt.Appendf(nil, `{"@timestamp":"2026-03-01T10:%02d:%02d.%03dZ","agent":{"ephemeral_id":"%016x","id":"%016x","name":"fw-%03d","type":"filebeat"},`+
		`"data_stream":{"dataset":"panw.panos","namespace":"default","type":"logs"},"destination":{"address":"%[8]s","as":{"number":%d,"organization":{"name":"Example Networks, Inc."}},`+
		`"bytes":%d,"geo":{"city_name":"Ashburn","continent_name":"North America","country_iso_code":"US","country_name":"United States","location":{"lat":39.0469,"lon":-77.4903},"region_iso_code":"US-VA","region_name":"Virginia"},`+
		`"ip":"%[8]s","packets":%d,"port":443},"ecs":{"version":"8.11.0"},"event":{"action":"flow_terminated","agent_id_status":"verified","category":["network"],"created":"2026-03-01T10:30:01.120Z",`+
		`"dataset":"panw.panos","duration":%d000000,"id":"%016x","ingested":"2026-03-01T10:30:04Z","kind":"event","module":"panw","outcome":"success","severity":5,"timezone":"+00:00","type":["end","connection"]},`+
		`"host":{"architecture":"x86_64","hostname":"ws-%05[14]d","id":"%016[4]x","ip":["%[15]s","fe80::250:56ff:fe9c:1"],"mac":["00-50-56-9C-12-34"],"name":"ws-%05[14]d","os":{"family":"windows","kernel":"10.0.19041.3803","name":"Windows 10 Enterprise","platform":"windows","type":"windows","version":"10.0"}},`+
		`"input":{"type":"udp"},"network":{"application":"ssl","bytes":%[10]d,"community_id":"1:%016[4]x=","direction":"outbound","iana_number":"6","packets":%[11]d,"transport":"tcp","type":"ipv4"},`+
		`"observer":{"egress":{"interface":{"name":"ethernet1/1"},"zone":"untrust"},"hostname":"PA-220","ingress":{"interface":{"name":"ethernet1/2"},"zone":"trust"},"product":"PAN-OS","serial_number":"012801096514","type":"firewall","vendor":"Palo Alto Networks"},`+
		`"source":{"address":"%[15]s","bytes":%[11]d,"ip":"%[15]s","nat":{"ip":"203.0.113.7","port":50211},"packets":12,"port":%[16]d,"user":{"name":"jdoe%[14]d"}},"tags":["panw-panos","forwarded"],"user":{"domain":"ACME","name":"jdoe%[14]d"}}`,
		r.IntN(60), r.IntN(60), r.IntN(1000), r.Uint64(), r.Uint64(), r.IntN(1000), 0, address(r), r.IntN(65536), r.IntN(1e6), r.IntN(1e4), r.IntN(1e4), r.Uint64(), r.IntN(1e5), address(r), r.IntN(65536))
}

// windowsEvent returns a flat event of about 2.1 KB with many escapes: a logon with its
// message.
func windowsEvent(r *rand.Rand) []byte {
	return fmt.Appendf(nil, `{"EventTime":"2026-03-01 10:%02d:%02d","Hostname":"WS-%05d.corp.example","Keywords":-9214364837600034816,"EventType":"AUDIT_SUCCESS","SeverityValue":2,"Severity":"INFO","EventID":4624,`+
		`"SourceName":"Microsoft-Windows-Security-Auditing","ProviderGuid":"{54849625-5478-4994-A5BA-3E3B0328C30D}","Version":2,"Task":12544,"OpcodeValue":0,"RecordNumber":%d,"ProcessID":676,"ThreadID":5144,"Channel":"Security",`+
		`"Message":"An account was successfully logged on.\r\n\r\nSubject:\r\n\tSecurity ID:\t\tS-1-5-18\r\n\tAccount Name:\t\tWS-%05[3]d$\r\n\tAccount Domain:\t\tACME\r\n\tLogon ID:\t\t0x3E7\r\n\r\nLogon Information:\r\n\tLogon Type:\t\t3\r\n\tRestricted Admin Mode:\t-\r\n\tVirtual Account:\t\tNo\r\n\tElevated Token:\t\tYes\r\n\r\n`+
		`Impersonation Level:\t\tImpersonation\r\n\r\nNew Logon:\r\n\tSecurity ID:\t\tS-1-5-21-4228717743-1032521047-1810997296-%[5]d\r\n\tAccount Name:\t\tjdoe%[5]d\r\n\tAccount Domain:\t\tACME\r\n\tLogon ID:\t\t0x%[6]x\r\n\tLogon GUID:\t\t{00000000-0000-0000-0000-000000000000}\r\n\r\n`+
		`Process Information:\r\n\tProcess ID:\t\t0x2a4\r\n\tProcess Name:\t\tC:\\Windows\\System32\\lsass.exe\r\n\r\nNetwork Information:\r\n\tWorkstation Name:\tWS-%05[3]d\r\n\tSource Network Address:\t%[7]s\r\n\tSource Port:\t\t%[8]d",`+
		`"Category":"Logon","Opcode":"Info","SubjectUserSid":"S-1-5-18","SubjectUserName":"WS-%05[3]d$","SubjectDomainName":"ACME","SubjectLogonId":"0x3e7","TargetUserSid":"S-1-5-21-4228717743-1032521047-1810997296-%[5]d",`+
		`"TargetUserName":"jdoe%[5]d","TargetDomainName":"ACME","TargetLogonId":"0x%[6]x","LogonType":"3","LogonProcessName":"Kerberos","AuthenticationPackageName":"Kerberos","WorkstationName":"WS-%05[3]d",`+
		`"LogonGuid":"{00000000-0000-0000-0000-000000000000}","TransmittedServices":"-","LmPackageName":"-","KeyLength":"0","ProcessName":"C:\\Windows\\System32\\lsass.exe","IpAddress":"%[7]s","IpPort":"%[8]d","ImpersonationLevel":"%%%%1833","ElevatedToken":"%%%%1842",`+
		`"EventReceivedTime":"2026-03-01 10:31:00","SourceModuleName":"eventlog","SourceModuleType":"im_msvistalog"}`,
		r.IntN(60), r.IntN(60), r.IntN(1e5), r.IntN(1e6), 1000+r.IntN(9000), r.IntN(1<<30), address(r), r.IntN(65536))
}

// The results of the benchmarks refer to these sizes.
func TestBenchmarkEventsAreValidAndOfTheirSize(t *testing.T) {
	for shape, want := range map[string]int{"flat": 400, "ecs": 1900, "windows": 2100} {
		events, size := benchEvents(shape)
		checkTwin(t, benchPaths(), events[0])
		if !json.Valid(events[7]) || size < want*9/10*len(events) || size > want*11/10*len(events) {
			t.Errorf("%s: %d bytes on average: %s", shape, size/len(events), events[7])
		}
	}
}

func benchmarkEvents(b *testing.B, f func(event []byte) error) {
	for _, shape := range []string{"flat", "ecs", "windows"} {
		b.Run("event="+shape, func(b *testing.B) {
			events, size := benchEvents(shape)
			b.SetBytes(int64(size / len(events)))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := f(events[i%len(events)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkScan finds the paths of one role, and those of a whole preset.
//
// Tried and rejected: extracting the marks of a block without branches, as parsers of whole
// documents do. They write eight offsets at once, regardless of the number of marks, and
// here the next mark overwrote a key that ends like no key of a path. This was faster for
// flat events (303 instead of 372 ns), but much slower for nested events (1,587 instead of
// 805 ns) and for events with escapes (1,241 instead of 817 ns; best of three interleaved
// rounds, 100 to 30,000 different events). In a stream of similar events the branches are
// predicted well, while the filter costs time for every mark. Filtering all keys of a block
// at once by their last three bytes is faster: it takes 22 instructions for 32 bytes. In
// the portable kernel, which filters one key after another, it was slower (935 instead of
// 735 ns for a flat event).
func BenchmarkScan(b *testing.B) {
	for _, paths := range [][]string{{"src_ip", "source.ip", "IpAddress"}, benchPaths()} {
		b.Run(fmt.Sprintf("paths=%d", len(paths)), func(b *testing.B) {
			p := mustCompile(b, paths...)
			var s Scanner
			benchmarkEvents(b, func(event []byte) error { return p.Scan(event, &s) })
		})
	}
}

func BenchmarkClassify(b *testing.B) {
	p := mustCompile(b, benchPaths()...)
	for name, kernel := range kernels() {
		b.Run("kernel="+name, func(b *testing.B) {
			out := make([]block, 1<<10)
			benchmarkEvents(b, func(event []byte) error {
				var c carry
				kernel.classify(event, 0, out[:len(event)/blockSize], ^uint64(0), &c, &p.filter)
				return nil
			})
		})
	}
}

func BenchmarkValid(b *testing.B) {
	benchmarkEvents(b, Valid)
}

func BenchmarkRivals(b *testing.B) {
	b.Run("by=encoding/json.Unmarshal", func(b *testing.B) {
		benchmarkEvents(b, func(event []byte) error {
			var m map[string]any
			return json.Unmarshal(event, &m)
		})
	})
	b.Run("by=encoding/json.Valid", func(b *testing.B) {
		benchmarkEvents(b, func(event []byte) error {
			json.Valid(event)
			return nil
		})
	})
}
