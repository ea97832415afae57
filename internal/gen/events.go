package gen

import (
	"io"
	"strconv"
	"strings"
	"time"
)

// Shape is a format and size of events.
type Shape uint8

// The shapes, with their presets.
const (
	Flat    Shape = iota // cim: about 400 bytes, one level
	ECS                  // ecs: about 1.9 KB, nested
	Windows              // windows: about 2.1 KB, a logon as NXLog writes it
)

var shapeTemplates = [...]string{flatTemplate, ecsTemplate, windowsTemplate}

// EventOptions select the events to generate. The zero value of a number means its
// default.
type EventOptions struct {
	World
	Shape   Shape
	Seed    uint64  // in addition to that of the World
	HitRate float64 // share of values that name a host or person of the World; 0 means 0.67, negative none
	Zipf    float64 // share of these that follow Zipf's law, the others are uniform; 0 means 0.5, negative none
}

// Events is a sequence of numbered events about a World. Event i is always the same. An
// Events may be used concurrently.
type Events struct {
	opt  EventOptions
	text template
}

// NewEvents returns the events that o describes.
func NewEvents(o EventOptions) *Events {
	o.HitRate = orDefault(o.HitRate, 0.67)
	o.Zipf = orDefault(o.Zipf, 0.5)
	return &Events{opt: o, text: parseTemplate(shapeTemplates[o.Shape])}
}

func orDefault(v, def float64) float64 {
	if v == 0 {
		return def
	}
	return max(v, 0)
}

// WriteN writes the first n events as NDJSON.
func (e *Events) WriteN(w io.Writer, n int) (int64, error) {
	out := rowWriter{w: w}
	for i := range n {
		out.buf = append(e.Append(out.buf, i), '\n')
		out.flushIfFull()
	}
	return out.finish()
}

// Append appends event i, without a newline, and returns the extended buffer.
func (e *Events) Append(dst []byte, i int) []byte {
	d := newDice(e.opt.Seed, streamEvent, uint64(i))
	ev := event{i: i, d: &d, src: e.drawHost(&d), dest: e.drawHost(&d), dvc: e.drawHost(&d), user: e.drawPerson(&d)}
	for _, s := range e.text {
		dst = append(dst, s.text...)
		dst = ev.appendSlot(dst, s.slot)
	}
	return dst
}

// actor is a host or a person in an event. A stranger, who is not in the World, has only
// a number.
type actor struct {
	host     Host
	person   Person
	known    bool
	stranger int
}

func (e *Events) drawHost(d *dice) actor {
	a := actor{stranger: d.intN(1 << 17)}
	if e.opt.Hosts > 0 && d.chance(e.opt.HitRate) {
		a.known, a.host = true, e.opt.World.Host(e.drawIndex(d, e.opt.Hosts))
	}
	return a
}

func (e *Events) drawPerson(d *dice) actor {
	a := actor{stranger: d.intN(1 << 17)}
	if e.opt.People > 0 && d.chance(e.opt.HitRate) {
		a.known, a.person = true, e.opt.World.Person(e.drawIndex(d, e.opt.People))
	}
	return a
}

func (e *Events) drawIndex(d *dice, n int) int { return drawMixed(d, n, e.opt.Zipf) }

func drawMixed(d *dice, n int, skewed float64) int {
	if d.chance(skewed) {
		return scatterRank(d.zipfN(n), n)
	}
	return d.intN(n)
}

// event contains the values for the slots of one event. The event happened on the host
// dest.
type event struct {
	i              int
	d              *dice
	src, dest, dvc actor
	user           actor
}

func (ev *event) appendSlot(dst []byte, slot string) []byte {
	switch slot {
	case "src":
		if ev.d.perMille(850) {
			return ev.src.appendAddr(dst)
		}
		return ev.src.appendName(dst, ev.d)
	case "dest":
		if ev.d.perMille(500) {
			return ev.dest.appendAddr(dst)
		}
		return ev.dest.appendName(dst, ev.d)
	case "dvc":
		return ev.dvc.appendName(dst, ev.d)
	case "srcip":
		return ev.src.appendAddr(dst)
	case "destip", "hostip":
		return ev.dest.appendAddr(dst)
	case "host":
		return ev.dest.appendName(dst, ev.d)
	case "hostmac":
		return ev.dest.host.AppendMAC(dst, MACDashes)
	case "user":
		return ev.user.appendLogin(dst)
	case "sid":
		return ev.user.appendSID(dst)
	}
	return ev.appendFiller(dst, slot)
}

// appendFiller appends a value that is not looked up: a time, a number or an identifier.
func (ev *event) appendFiller(dst []byte, slot string) []byte {
	switch slot {
	case "epoch":
		dst = strconv.AppendInt(dst, eventEpoch+int64(ev.i/100), 10)
		dst = append(dst, '.')
		return appendPadded(dst, ev.i%100*10000+ev.d.intN(10000), 6)
	case "iso":
		return time.UnixMilli(eventEpoch*1000+int64(ev.i)*10).UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	case "port":
		return strconv.AppendInt(dst, int64(1024+ev.d.intN(64512)), 10)
	case "number":
		return strconv.AppendInt(dst, int64(ev.d.intN(1<<30)), 10)
	case "fraction":
		dst = append(dst, "0."...)
		return appendPadded(dst, ev.d.intN(1000000), 6)
	case "hex16":
		return appendHex(dst, ev.d.pcg.Uint64(), 16)
	case "guid":
		x, y := ev.d.pcg.Uint64(), ev.d.pcg.Uint64()
		dst = append(appendHex(dst, x>>32, 8), '-')
		dst = append(appendHex(dst, x>>16, 4), '-')
		dst = append(appendHex(dst, x, 4), '-')
		dst = append(appendHex(dst, y>>48, 4), '-')
		return appendHex(dst, y, 12)
	}
	return dst
}

// eventEpoch is 2026-03-01T00:00:00Z, the time of the first event.
const eventEpoch = 1772323200

// appendHex appends the lowest hexadecimal digits of v.
func appendHex(dst []byte, v uint64, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		dst = append(dst, "0123456789abcdef"[v>>shift&15])
	}
	return dst
}

// appendAddr appends the first address of the host. The addresses of strangers are in
// 198.18.0.0/15, which a World does not use.
func (a *actor) appendAddr(dst []byte) []byte {
	if a.known {
		return a.host.Addr().AppendTo(dst)
	}
	return addr4(198<<24 | 18<<16 | uint32(a.stranger)).AppendTo(dst)
}

// appendName appends the short or full name of the host, sometimes in upper case.
func (a *actor) appendName(dst []byte, d *dice) []byte {
	from := len(dst)
	switch {
	case !a.known:
		dst = append(dst, "stranger-"...)
		dst = strconv.AppendInt(dst, int64(a.stranger), 10)
		dst = append(dst, ".example.net"...)
	case d.perMille(500):
		dst = a.host.AppendFQDN(dst)
	default:
		dst = a.host.AppendName(dst)
	}
	if d.perMille(250) {
		upperASCII(dst[from:])
	}
	return dst
}

func (a *actor) appendLogin(dst []byte) []byte {
	if !a.known {
		dst = append(dst, "nobody"...)
		return strconv.AppendInt(dst, int64(a.stranger), 10)
	}
	if a.person.kind == sharedMailbox {
		return a.person.AppendEmail(dst)
	}
	return a.person.AppendLogin(dst)
}

func (a *actor) appendSID(dst []byte) []byte {
	if !a.known {
		return append(dst, "S-1-5-18"...)
	}
	return a.person.AppendSID(dst)
}

// template is the text of an event with <<slots>>, parsed into segments.
type template []segment

type segment struct {
	text string // the text before the slot
	slot string // the name of the slot, "" at the end
}

func parseTemplate(text string) template {
	var t template
	for {
		before, rest, found := strings.Cut(text, "<<")
		if !found {
			return append(t, segment{text: text})
		}
		slot, after, _ := strings.Cut(rest, ">>")
		t = append(t, segment{before, slot})
		text = after
	}
}

// flatTemplate is a Zeek connection mapped to the Common Information Model, about 400
// bytes.
const flatTemplate = `{"_time":<<epoch>>,"sourcetype":"zeek:conn","uid":"C<<hex16>>","src":"<<src>>","src_port":<<port>>,` +
	`"dest":"<<dest>>","dest_port":443,"dvc":"<<dvc>>","user":"<<user>>","transport":"tcp","app":"ssl","duration":<<fraction>>,` +
	`"bytes_in":<<number>>,"bytes_out":<<number>>,"action":"allowed","conn_state":"SF",` +
	`"history":"ShADadFf","local_orig":true}`

// ecsTemplate is a network event of an Elastic agent, about 1.9 KB.
const ecsTemplate = `{"@timestamp":"<<iso>>","ecs":{"version":"8.11.0"},"data_stream":{"type":"logs","dataset":"endpoint.events.network","namespace":"default"},` +
	`"agent":{"id":"<<guid>>","ephemeral_id":"<<guid>>","name":"<<host>>","type":"endpoint","version":"8.15.3"},` +
	`"event":{"id":"<<hex16>>","kind":"event","category":["network"],"type":["start","connection"],"action":"connection_attempted","outcome":"success","module":"endpoint","dataset":"endpoint.events.network","created":"<<iso>>","ingested":"<<iso>>","sequence":<<number>>,"severity":21},` +
	`"host":{"id":"<<hex16>><<hex16>>","name":"<<host>>","hostname":"<<host>>","architecture":"x86_64","ip":["<<hostip>>","127.0.0.1","::1"],"mac":["<<hostmac>>"],` +
	`"os":{"name":"Windows","full":"Windows 11 Enterprise 23H2 (10.0.22631.4317)","family":"windows","type":"windows","platform":"windows","version":"23H2 (10.0.22631.4317)"}},` +
	`"process":{"entity_id":"<<guid>>","pid":<<port>>,"name":"chrome.exe","executable":"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe","code_signature":{"exists":true,"status":"trusted","subject_name":"Google LLC","trusted":true}},` +
	`"user":{"name":"<<user>>","domain":"CORP","id":"<<sid>>"},"observer":{"name":"<<dvc>>","type":"endpoint","vendor":"Elastic"},` +
	`"source":{"ip":"<<srcip>>","address":"<<srcip>>","port":<<port>>,"bytes":<<number>>,"packets":<<port>>},"destination":{"ip":"<<destip>>","address":"<<destip>>","port":443,"bytes":<<number>>,"packets":<<port>>},` +
	`"network":{"transport":"tcp","type":"ipv4","direction":"egress","community_id":"1:<<hex16>>="},"message":"Endpoint network event","tags":["endpoint","forwarded"],` +
	`"labels":{"env":"production","pipeline":"edge \"blue\""}}`

// windowsTemplate is a logon as NXLog writes it, about 2.1 KB.
const windowsTemplate = `{"EventTime":"<<iso>>","Hostname":"<<host>>","Keywords":-9214364837600034816,"EventType":"AUDIT_SUCCESS","SeverityValue":2,"Severity":"INFO","EventID":4624,` +
	`"SourceName":"Microsoft-Windows-Security-Auditing","ProviderGuid":"{54849625-5478-4994-A5BA-3E3B0328C30D}","Version":2,"Task":12544,"OpcodeValue":0,"RecordNumber":<<number>>,"ActivityID":"{<<guid>>}",` +
	`"ProcessID":748,"ThreadID":<<port>>,"Channel":"Security","Message":"An account was successfully logged on.\r\n\r\nSubject:\r\n\tSecurity ID:\t\tS-1-0-0\r\n\tAccount Name:\t\t-\r\n\tAccount Domain:\t\t-\r\n\tLogon ID:\t\t0x0\r\n\r\n` +
	`Logon Information:\r\n\tLogon Type:\t\t3\r\n\tRestricted Admin Mode:\t-\r\n\tVirtual Account:\t\tNo\r\n\tElevated Token:\t\tYes\r\n\r\nImpersonation Level:\t\tImpersonation\r\n\r\n` +
	`New Logon:\r\n\tSecurity ID:\t\t<<sid>>\r\n\tAccount Name:\t\t<<user>>\r\n\tAccount Domain:\t\tCORP\r\n\tLogon ID:\t\t0x<<hex16>>\r\n\tLogon GUID:\t\t{<<guid>>}\r\n\r\n` +
	`Process Information:\r\n\tProcess ID:\t\t0x0\r\n\tProcess Name:\t\t-\r\n\r\nNetwork Information:\r\n\tWorkstation Name:\t-\r\n\tSource Network Address:\t<<srcip>>\r\n\tSource Port:\t\t<<port>>\r\n\r\n` +
	`Detailed Authentication Information:\r\n\tLogon Process:\t\tKerberos\r\n\tAuthentication Package:\tKerberos\r\n\tTransited Services:\t-\r\n\tKey Length:\t\t0\r\n\r\nThis event is generated when a logon session is created.",` +
	`"Category":"Logon","Opcode":"Info","SubjectUserSid":"S-1-0-0","SubjectUserName":"-","SubjectDomainName":"-","SubjectLogonId":"0x0","TargetUserSid":"<<sid>>","TargetUserName":"<<user>>","TargetDomainName":"CORP","TargetLogonId":"0x<<hex16>>",` +
	`"LogonType":"3","LogonProcessName":"Kerberos","AuthenticationPackageName":"Kerberos","WorkstationName":"-","LogonGuid":"{<<guid>>}","TransmittedServices":"-","LmPackageName":"-","KeyLength":"0","ProcessName":"-",` +
	`"IpAddress":"<<srcip>>","IpPort":"<<port>>","ImpersonationLevel":"%%1833","RestrictedAdminMode":"-","VirtualAccount":"%%1843","ElevatedToken":"%%1842","EventReceivedTime":"<<iso>>","SourceModuleName":"eventlog","SourceModuleType":"im_msvistalog"}`
