package gen

import "strings"

// A template is the text of an event with <<slots>> in it. It is cut up once and then filled.
type template []segment

type segment struct {
	text string // what stands before the slot
	slot string // its name, "" for the end
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

// flatTemplate is about 400 bytes, what a Zeek connection looks like after it
// was mapped to the Common Information Model.
const flatTemplate = `{"_time":<<epoch>>,"sourcetype":"zeek:conn","uid":"C<<hex16>>","src":"<<src>>","src_port":<<port>>,` +
	`"dest":"<<dest>>","dest_port":443,"dvc":"<<dvc>>","user":"<<user>>","transport":"tcp","app":"ssl","duration":<<fraction>>,` +
	`"bytes_in":<<number>>,"bytes_out":<<number>>,"action":"allowed","conn_state":"SF",` +
	`"history":"ShADadFf","local_orig":true}`

// ecsTemplate is about 1.9 KB, an Elastic agent's network event.
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

// windowsTemplate is about 2.1 KB, a logon as NXLog writes it.
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
