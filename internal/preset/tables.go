// Code generated from the YAML files of this folder; DO NOT EDIT.

package preset

import "github.com/kithsec/kith/internal/cond"

const fallback = "cim"

func tables() []Preset {
	return []Preset{
		{
			Name:     "cim",
			Prefixes: []string{""},
			Roles: []Role{
				{Name: "src", Groups: []Group{
					{Paths: []Path{{Field: "src"}, {Field: "src_ip"}, {Field: "src_mac"}, {Field: "src_dns"}, {Field: "src_nt_host"}, {Field: "src_host"}}},
				}},
				{Name: "dest", Groups: []Group{
					{Paths: []Path{{Field: "dest"}, {Field: "dest_ip"}, {Field: "dest_mac"}, {Field: "dest_dns"}, {Field: "dest_nt_host"}, {Field: "dest_host"}}},
				}},
				{Name: "dvc", Groups: []Group{
					{Paths: []Path{{Field: "dvc"}, {Field: "dvc_ip"}, {Field: "dvc_mac"}, {Field: "dvc_host"}}},
				}},
				{Name: "user", Groups: []Group{
					{Paths: []Path{{Field: "user"}, {Field: "user_name"}, {Field: "user_id"}}},
				}},
				{Name: "src_user", Groups: []Group{
					{Paths: []Path{{Field: "src_user"}, {Field: "src_user_name"}, {Field: "src_user_id"}}},
				}},
			},
		},
		{
			Name:     "ocsf",
			Prefixes: []string{""},
			Roles: []Role{
				{Name: "src", Groups: []Group{
					{Paths: []Path{{Field: "src_endpoint.ip"}, {Field: "src_endpoint.mac"}, {Field: "src_endpoint.hostname"}, {Field: "src_endpoint.name"}, {Field: "src_endpoint.uid"}}},
				}},
				{Name: "dest", Groups: []Group{
					{Paths: []Path{{Field: "dst_endpoint.ip"}, {Field: "dst_endpoint.mac"}, {Field: "dst_endpoint.hostname"}, {Field: "dst_endpoint.name"}, {Field: "dst_endpoint.uid"}}},
				}},
				{Name: "host", Groups: []Group{
					{Paths: []Path{{Field: "device.hostname"}, {Field: "device.name"}, {Field: "device.ip"}, {Field: "device.mac"}, {Field: "device.uid"}}},
				}},
				{Name: "user", Groups: []Group{
					{Paths: []Path{{Field: "user.name"}, {Field: "user.email_addr"}, {Field: "user.uid"}}},
					{Paths: []Path{{Field: "actor.user.name"}, {Field: "actor.user.email_addr"}, {Field: "actor.user.uid"}}},
				}},
				{Name: "src_user", Groups: []Group{
					{
						Paths: []Path{{Field: "actor.user.name"}, {Field: "actor.user.email_addr"}, {Field: "actor.user.uid"}},
						When: []cond.Clause{
							{Field: "user.name", Op: "exists"},
						},
					},
				}},
			},
		},
		{
			Name:     "cloudtrail",
			Prefixes: []string{""},
			Roles: []Role{
				{Name: "src", Groups: []Group{
					{Paths: []Path{{Field: "sourceIPAddress"}}},
				}},
				{Name: "user", Groups: []Group{
					{Paths: []Path{{Field: "userIdentity.userName"}}},
					{
						Paths: []Path{{Field: "userIdentity.principalId", After: ":"}},
						When: []cond.Clause{
							{Field: "userIdentity.type", Op: "=", Value: cond.Values{"AssumedRole"}},
						},
					},
					{Paths: []Path{{Field: "userIdentity.sessionContext.sessionIssuer.userName"}}},
					{Paths: []Path{{Field: "userIdentity.onBehalfOf.userId"}}},
					{Paths: []Path{{Field: "userIdentity.principalId"}, {Field: "userIdentity.arn"}}},
					{
						Paths: []Path{{Value: "root"}},
						When: []cond.Clause{
							{Field: "userIdentity.type", Op: "=", Value: cond.Values{"Root"}},
						},
					},
				}},
			},
		},
		{
			Name:     "ecs",
			Prefixes: []string{""},
			Roles: []Role{
				{Name: "src", Groups: []Group{
					{Paths: []Path{{Field: "source.ip"}, {Field: "source.mac"}, {Field: "source.domain"}}},
					{Paths: []Path{{Field: "client.ip"}, {Field: "client.domain"}}},
				}},
				{Name: "dest", Groups: []Group{
					{Paths: []Path{{Field: "destination.ip"}, {Field: "destination.mac"}, {Field: "destination.domain"}}},
					{Paths: []Path{{Field: "server.ip"}, {Field: "server.domain"}}},
				}},
				{Name: "dvc", Groups: []Group{
					{Paths: []Path{{Field: "observer.name"}, {Field: "observer.hostname"}, {Field: "observer.ip"}, {Field: "observer.mac"}}},
				}},
				{Name: "host", Groups: []Group{
					{Paths: []Path{{Field: "host.name"}, {Field: "host.hostname"}, {Field: "host.ip"}, {Field: "host.mac"}, {Field: "host.id"}}},
				}},
				{Name: "user", Groups: []Group{
					{Paths: []Path{{Field: "user.target.name"}, {Field: "user.target.email"}, {Field: "user.target.id"}}},
					{Paths: []Path{{Field: "user.name"}, {Field: "user.email"}, {Field: "user.id"}}},
				}},
				{Name: "src_user", Groups: []Group{
					{Paths: []Path{{Field: "source.user.name"}}},
					{Paths: []Path{{Field: "client.user.name"}}},
					{
						Paths: []Path{{Field: "user.name"}, {Field: "user.email"}, {Field: "user.id"}},
						When: []cond.Clause{
							{Field: "user.target.name", Op: "exists"},
						},
					},
				}},
			},
		},
		{
			Name:     "suricata",
			Prefixes: []string{""},
			Roles: []Role{
				{Name: "src", Groups: []Group{
					{Paths: []Path{{Field: "alert.source.ip"}}},
					{Paths: []Path{{Field: "src_ip"}, {Field: "ether.src_mac"}}},
				}},
				{Name: "dest", Groups: []Group{
					{Paths: []Path{{Field: "alert.target.ip"}}},
					{Paths: []Path{{Field: "dest_ip"}, {Field: "ether.dest_mac"}}},
				}},
				{Name: "dvc", Groups: []Group{
					{Paths: []Path{{Field: "host"}}},
				}},
				{Name: "user", Groups: []Group{
					{Paths: []Path{{Field: "smb.ntlmssp.user"}}},
					{Paths: []Path{{Field: "krb5.cname"}}},
				}},
			},
		},
		{
			Name:     "zeek",
			Prefixes: []string{""},
			Roles: []Role{
				{Name: "src", Groups: []Group{
					{Paths: []Path{{Field: "id.orig_h"}, {Field: "id_orig_h"}, {Field: "orig_l2_addr"}}},
					{Paths: []Path{{Field: "client_addr"}, {Field: "assigned_addr"}, {Field: "mac"}, {Field: "host_name"}}},
				}},
				{Name: "dest", Groups: []Group{
					{Paths: []Path{{Field: "id.resp_h"}, {Field: "id_resp_h"}, {Field: "resp_l2_addr"}}},
					{Paths: []Path{{Field: "server_addr"}}},
				}},
				{Name: "user", Groups: []Group{
					{Paths: []Path{{Field: "username"}}},
					{Paths: []Path{{Field: "user"}}},
				}},
			},
		},
		{
			Name:     "windows",
			Prefixes: []string{"", "winlog.event_data.", "Event.EventData.", "EventData."},
			Aliases: []Alias{
				{Field: "EventID", Also: []string{"winlog.event_id", "Event.System.EventID"}},
			},
			Null: []string{"::1", "127.0.0.1", "LOCAL"},
			Roles: []Role{
				{Name: "src", Groups: []Group{
					{Paths: []Path{{Field: "SourceIp"}, {Field: "IpAddress"}, {Field: "SourceAddress"}, {Field: "SourceHostname"}, {Field: "WorkstationName"}}},
				}},
				{Name: "dest", Groups: []Group{
					{Paths: []Path{{Field: "DestinationIp"}, {Field: "DestAddress"}, {Field: "DestinationHostname"}, {Field: "TargetServerName"}}},
					{Paths: []Path{{Field: "Computer"}, {Field: "Hostname"}, {Field: "ComputerName"}, {Field: "winlog.computer_name"}, {Field: "Event.System.Computer"}}},
				}},
				{Name: "dvc", Groups: []Group{
					{Paths: []Path{{Field: "Computer"}, {Field: "Hostname"}, {Field: "ComputerName"}, {Field: "winlog.computer_name"}, {Field: "Event.System.Computer"}}},
				}},
				{Name: "user", Groups: []Group{
					{
						Paths: []Path{{Field: "MemberSid"}, {Field: "MemberName"}},
						When: []cond.Clause{
							{Field: "EventID", Op: "=", Value: cond.Values{"4728", "4729", "4732", "4733", "4756", "4757"}},
						},
					},
					{Paths: []Path{{Field: "TargetUserName"}, {Field: "TargetUserSid"}, {Field: "TargetSid"}}},
					{Paths: []Path{{Field: "TargetUser"}}},
					{Paths: []Path{{Field: "User"}}},
					{Paths: []Path{{Field: "SubjectUserName"}, {Field: "SubjectUserSid"}}},
				}},
				{Name: "src_user", Groups: []Group{
					{
						Paths: []Path{{Field: "SubjectUserName"}, {Field: "SubjectUserSid"}},
						When: []cond.Clause{
							{Field: "TargetUserName", Op: "exists"},
						},
					},
					{
						Paths: []Path{{Field: "SubjectUserName"}, {Field: "SubjectUserSid"}},
						When: []cond.Clause{
							{Field: "MemberSid", Op: "exists"},
						},
					},
					{Paths: []Path{{Field: "SourceUser"}}},
					{Paths: []Path{{Field: "ParentUser"}}},
				}},
			},
		},
	}
}

func recognitions() []recognition {
	return []recognition{
		{preset: "ocsf", all: [][]string{{"class_uid"}}},
		{preset: "cloudtrail", all: [][]string{{"eventVersion"}, {"userIdentity"}}},
		{preset: "ecs", all: [][]string{{"ecs.version"}}},
		{preset: "ecs", all: [][]string{{"@timestamp"}, {"source.*", "destination.*", "event.*"}}},
		{preset: "suricata", all: [][]string{{"event_type"}, {"flow_id", "src_ip"}}},
		{preset: "zeek", all: [][]string{{"id.orig_h", "id_orig_h"}}},
		{preset: "zeek", all: [][]string{{"ts"}, {"uid"}}},
		{preset: "windows", all: [][]string{{"EventID", "winlog", "Event.System"}}},
	}
}

func objects() []object {
	return []object{
		{name: "source", keys: []string{
			"ip",
			"address",
			"mac",
			"domain",
			"port",
			"bytes",
			"packets",
			"registered_domain",
			"subdomain",
			"top_level_domain",
			"nat",
			"nat.ip",
			"nat.port",
			"as",
			"as.number",
			"as.organization",
			"as.organization.name",
			"geo",
			"geo.city_name",
			"geo.continent_code",
			"geo.continent_name",
			"geo.country_iso_code",
			"geo.country_name",
			"geo.location",
			"geo.location.lat",
			"geo.location.lon",
			"geo.name",
			"geo.postal_code",
			"geo.region_iso_code",
			"geo.region_name",
			"geo.timezone",
			"user",
			"user.name",
			"user.id",
			"user.domain",
			"user.email",
			"user.full_name",
			"user.hash",
			"user.roles",
			"user.group",
			"user.group.name",
			"user.group.id",
			"user.group.domain",
		}},
		{name: "destination", keys: []string{
			"ip",
			"address",
			"mac",
			"domain",
			"port",
			"bytes",
			"packets",
			"registered_domain",
			"subdomain",
			"top_level_domain",
			"nat",
			"nat.ip",
			"nat.port",
			"as",
			"as.number",
			"as.organization",
			"as.organization.name",
			"geo",
			"geo.city_name",
			"geo.continent_code",
			"geo.continent_name",
			"geo.country_iso_code",
			"geo.country_name",
			"geo.location",
			"geo.location.lat",
			"geo.location.lon",
			"geo.name",
			"geo.postal_code",
			"geo.region_iso_code",
			"geo.region_name",
			"geo.timezone",
			"user",
			"user.name",
			"user.id",
			"user.domain",
			"user.email",
			"user.full_name",
			"user.hash",
			"user.roles",
			"user.group",
			"user.group.name",
			"user.group.id",
			"user.group.domain",
		}},
		{name: "event", keys: []string{
			"kind",
			"category",
			"type",
			"action",
			"outcome",
			"code",
			"dataset",
			"module",
			"provider",
			"created",
			"ingested",
			"id",
			"original",
			"severity",
			"start",
			"end",
			"duration",
			"hash",
			"reason",
			"reference",
			"risk_score",
			"risk_score_norm",
			"sequence",
			"timezone",
			"url",
			"agent_id_status",
		}},
		{name: "userIdentity", keys: []string{
			"type",
			"principalId",
			"arn",
			"accountId",
			"userName",
			"invokedBy",
			"accessKeyId",
		}},
		{name: "winlog", keys: []string{
			"event_id",
			"channel",
			"computer_name",
			"provider_name",
			"provider_guid",
			"record_id",
			"event_data",
			"api",
			"opcode",
			"task",
		}},
		{name: "EventID", keys: []string{
			"#text",
		}},
		{name: "Event.System", keys: []string{
			"EventID",
			"EventID.#text",
			"Channel",
			"Computer",
			"Provider",
			"EventRecordID",
			"TimeCreated",
			"Level",
			"Task",
			"Version",
		}},
	}
}
