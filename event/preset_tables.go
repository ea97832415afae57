// Code generated from presets/*.yaml; DO NOT EDIT.

package event

import "github.com/kithsec/kith/entity"

const fallbackPreset = "cim"

func shippedPresets() []Preset {
	return []Preset{
		{
			Name:     "cim",
			Prefixes: []string{""},
			Roles: []PresetRole{
				{Name: "src", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "src"}, {Field: "src_ip"}, {Field: "src_mac", Wire: true}, {Field: "src_dns"}, {Field: "src_nt_host"}, {Field: "src_host"}}},
				}},
				{Name: "dest", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "dest"}, {Field: "dest_ip"}, {Field: "dest_mac", Wire: true}, {Field: "dest_dns"}, {Field: "dest_nt_host"}, {Field: "dest_host"}}},
				}},
				{Name: "dvc", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "dvc"}, {Field: "dvc_ip"}, {Field: "dvc_mac"}, {Field: "dvc_host"}}},
					{Paths: []PresetPath{{Field: "host"}}},
				}},
				{Name: "user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "user"}, {Field: "user_name"}, {Field: "user_id"}}},
				}},
				{Name: "src_user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "src_user"}, {Field: "src_user_name"}, {Field: "src_user_id"}}},
				}},
			},
			Times: []string{"@timestamp", "timestamp", "ts", "time", "eventTime", "EventTime", "TimeCreated", "UtcTime", "published", "createdDateTime", "activityDateTime", "Timestamp", "requestReceivedTimestamp"},
		},
		{
			Name:     "ecs",
			Prefixes: []string{""},
			Roles: []PresetRole{
				{Name: "src", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "source.ip"}, {Field: "source.mac", Wire: true}, {Field: "source.domain"}}},
					{Paths: []PresetPath{{Field: "client.ip"}, {Field: "client.mac", Wire: true}, {Field: "client.domain"}}},
				}},
				{Name: "dest", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "destination.ip"}, {Field: "destination.mac", Wire: true}, {Field: "destination.domain"}}},
					{Paths: []PresetPath{{Field: "server.ip"}, {Field: "server.domain"}}},
				}},
				{Name: "dvc", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "observer.name"}, {Field: "observer.hostname"}, {Field: "observer.ip"}, {Field: "observer.mac"}}},
				}},
				{Name: "host", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "host.name"}, {Field: "host.hostname"}, {Field: "host.ip"}, {Field: "host.mac"}, {Field: "host.id"}}},
				}},
				{Name: "user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "user.target.name", Domain: "user.target.domain"}, {Field: "user.target.email"}, {Field: "user.target.id"}}},
					{Paths: []PresetPath{{Field: "user.name", Domain: "user.domain"}, {Field: "user.email"}, {Field: "user.id"}}},
				}},
				{Name: "src_user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "source.user.name", Domain: "source.user.domain"}, {Field: "source.user.email"}}},
					{Paths: []PresetPath{{Field: "client.user.name", Domain: "client.user.domain"}, {Field: "client.user.email"}}},
					{
						Paths: []PresetPath{{Field: "user.name", Domain: "user.domain"}, {Field: "user.email"}, {Field: "user.id"}},
						When: []entity.Clause{
							{Field: "user.target.name", Op: "exists"},
						},
					},
				}},
			},
			Times: []string{"@timestamp"},
		},
		{
			Name:     "ocsf",
			Prefixes: []string{""},
			Roles: []PresetRole{
				{Name: "src", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "src_endpoint.ip"}, {Field: "src_endpoint.mac", Wire: true}, {Field: "src_endpoint.hostname"}, {Field: "src_endpoint.name"}, {Field: "src_endpoint.uid"}}},
				}},
				{Name: "dest", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "dst_endpoint.ip"}, {Field: "dst_endpoint.mac", Wire: true}, {Field: "dst_endpoint.hostname"}, {Field: "dst_endpoint.name"}, {Field: "dst_endpoint.uid"}}},
				}},
				{Name: "host", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "device.hostname"}, {Field: "device.name"}, {Field: "device.ip"}, {Field: "device.mac"}, {Field: "device.uid"}}},
				}},
				{Name: "user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "user.name", Domain: "user.domain"}, {Field: "user.email_addr"}, {Field: "user.uid"}, {Field: "user.uid_alt", After: ":"}, {Field: "user.uid", AfterLast: "/"}}},
					{Paths: []PresetPath{{Field: "actor.user.name", Domain: "actor.user.domain"}, {Field: "actor.user.email_addr"}, {Field: "actor.user.uid"}, {Field: "actor.user.uid_alt", After: ":"}, {Field: "actor.user.uid", AfterLast: "/"}}},
				}},
				{Name: "src_user", Groups: []PresetGroup{
					{
						Paths: []PresetPath{{Field: "actor.user.name", Domain: "actor.user.domain"}, {Field: "actor.user.email_addr"}, {Field: "actor.user.uid"}, {Field: "actor.user.uid_alt", After: ":"}, {Field: "actor.user.uid", AfterLast: "/"}},
						When: []entity.Clause{
							{Field: "user.name", Op: "exists"},
						},
					},
				}},
			},
			Times: []string{"time"},
		},
		{
			Name:     "zeek",
			Prefixes: []string{""},
			Roles: []PresetRole{
				{Name: "src", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "id.orig_h"}, {Field: "id_orig_h"}, {Field: "orig_l2_addr", Wire: true}}},
					{Paths: []PresetPath{{Field: "client_addr"}, {Field: "assigned_addr"}, {Field: "mac"}, {Field: "host_name"}}},
					{Paths: []PresetPath{{Field: "host"}}},
					{Paths: []PresetPath{{Field: "tx_hosts"}}},
				}},
				{Name: "dest", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "id.resp_h"}, {Field: "id_resp_h"}, {Field: "resp_l2_addr", Wire: true}}},
					{Paths: []PresetPath{{Field: "server_addr"}}},
					{Paths: []PresetPath{{Field: "rx_hosts"}}},
				}},
				{Name: "user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "username"}}},
					{Paths: []PresetPath{{Field: "user"}}},
					{
						Paths: []PresetPath{{Field: "client", Before: "/"}},
						When: []entity.Clause{
							{Field: "client", Op: "regex", Value: entity.Literals{"^[^/ ]+/[^/ ]+$"}},
						},
					},
				}},
			},
			Times: []string{"ts"},
		},
		{
			Name:     "suricata",
			Prefixes: []string{""},
			Roles: []PresetRole{
				{Name: "src", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "alert.source.ip"}}},
					{Paths: []PresetPath{{Field: "src_ip"}, {Field: "ether.src_mac", Wire: true}}},
				}},
				{Name: "dest", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "alert.target.ip"}}},
					{Paths: []PresetPath{{Field: "dest_ip"}, {Field: "ether.dest_mac", Wire: true}}},
				}},
				{Name: "dvc", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "host"}}},
				}},
				{Name: "user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "smb.ntlmssp.user"}}},
					{Paths: []PresetPath{{Field: "krb5.cname"}}},
				}},
			},
			Times: []string{"timestamp"},
		},
		{
			Name:       "windows",
			Prefixes:   []string{"", "winlog.event_data.", "Event.EventData.", "EventData.", "winlog.user_data.", "UserData.*.", "Event.UserData.*.", "event_data.", "user_data.", "data.win.eventdata.", "data.win.system.", "Event.EventData.Data.", "EventData.Data.", "StringInserts."},
			EitherCase: true,
			Lists: []PresetList{
				{
					Paths: []string{"Event.EventData.Data", "EventData.Data"},
					Name:  []string{"@Name", "Name", "#attributes.Name", "-Name", "_Name", "$.Name"},
					Value: []string{"#text", "Value", "content", "Content", "_", "__text"},
				},
				{
					Paths: []string{"StringInserts"},
					By:    "EventID",
					Names: []ListNames{
						{By: "4624", Names: []string{"SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId", "TargetUserSid", "TargetUserName", "TargetDomainName", "TargetLogonId", "LogonType", "LogonProcessName", "AuthenticationPackageName", "WorkstationName", "LogonGuid", "TransmittedServices", "LmPackageName", "KeyLength", "ProcessId", "ProcessName", "IpAddress"}},
						{By: "4625", Names: []string{"SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId", "TargetUserSid", "TargetUserName", "TargetDomainName", "Status", "FailureReason", "SubStatus", "LogonType", "LogonProcessName", "AuthenticationPackageName", "WorkstationName", "TransmittedServices", "LmPackageName", "KeyLength", "ProcessId", "ProcessName", "IpAddress"}},
						{By: "4634", Names: []string{"TargetUserSid", "TargetUserName", "TargetDomainName"}},
						{By: "4647", Names: []string{"TargetUserSid", "TargetUserName", "TargetDomainName"}},
						{By: "4648", Names: []string{"SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId", "LogonGuid", "TargetUserName", "TargetDomainName", "TargetLogonGuid", "TargetServerName", "TargetInfo", "ProcessId", "ProcessName", "IpAddress"}},
						{By: "4672", Names: []string{"SubjectUserSid", "SubjectUserName", "SubjectDomainName"}},
						{By: "4720", Names: []string{"TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName", "SubjectDomainName"}},
						{By: "4722", Names: []string{"TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName", "SubjectDomainName"}},
						{By: "4723", Names: []string{"TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName", "SubjectDomainName"}},
						{By: "4724", Names: []string{"TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName", "SubjectDomainName"}},
						{By: "4725", Names: []string{"TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName", "SubjectDomainName"}},
						{By: "4726", Names: []string{"TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName", "SubjectDomainName"}},
						{By: "4728", Names: []string{"MemberName", "MemberSid", "TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName", "SubjectDomainName"}},
						{By: "4729", Names: []string{"MemberName", "MemberSid", "TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName", "SubjectDomainName"}},
						{By: "4732", Names: []string{"MemberName", "MemberSid", "TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName", "SubjectDomainName"}},
						{By: "4733", Names: []string{"MemberName", "MemberSid", "TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName", "SubjectDomainName"}},
						{By: "4740", Names: []string{"TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName", "SubjectDomainName"}},
						{By: "4756", Names: []string{"MemberName", "MemberSid", "TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName", "SubjectDomainName"}},
						{By: "4757", Names: []string{"MemberName", "MemberSid", "TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName", "SubjectDomainName"}},
						{By: "4767", Names: []string{"TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName", "SubjectDomainName"}},
						{By: "4768", Names: []string{"TargetUserName", "TargetDomainName", "TargetSid", "ServiceName", "ServiceSid", "TicketOptions", "Status", "TicketEncryptionType", "PreAuthType", "IpAddress"}},
						{By: "4769", Names: []string{"TargetUserName", "TargetDomainName", "ServiceName", "ServiceSid", "TicketOptions", "TicketEncryptionType", "IpAddress"}},
						{By: "4771", Names: []string{"TargetUserName", "TargetSid", "ServiceName", "TicketOptions", "Status", "PreAuthType", "IpAddress"}},
						{By: "4776", Names: []string{"PackageName", "TargetUserName", "Workstation", "Status"}},
						{By: "4778", Names: []string{"AccountName", "AccountDomain", "LogonID", "SessionName", "ClientName", "ClientAddress"}},
						{By: "4779", Names: []string{"AccountName", "AccountDomain", "LogonID", "SessionName", "ClientName", "ClientAddress"}},
					},
				},
			},
			Aliases: []Alias{
				{Field: "Computer", Also: []string{"winlog.computer_name", "Event.System.Computer", "computer_name", "System.Computer"}},
				{Field: "EventID", Also: []string{"winlog.event_id", "Event.System.EventID", "event_id", "EventID.#text", "Event.System.EventID.#text", "System.EventID", "System.EventID.#text"}},
				{Field: "TimeCreated", Also: []string{"Event.System.TimeCreated.#attributes.SystemTime", "data.win.system.systemTime", "Event.System.TimeCreated.@SystemTime", "System.TimeCreated.#attributes.SystemTime", "System.TimeCreated.SystemTime", "winlog.time_created", "TimeGenerated"}},
			},
			Null: []string{"::1", "127.0.0.1", "LOCAL"},
			Roles: []PresetRole{
				{Name: "src", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "SourceIp"}, {Field: "IpAddress"}, {Field: "SourceAddress"}, {Field: "SourceHostname"}, {Field: "WorkstationName"}, {Field: "Workstation"}, {Field: "ClientAddress"}, {Field: "ClientName"}}},
					{
						Paths: []PresetPath{{Field: "Address"}},
						When: []entity.Clause{
							{Field: "EventID", Op: "=", Value: entity.Literals{"21", "22", "23", "24", "25"}},
						},
					},
					{
						Paths: []PresetPath{{Field: "Param3"}},
						When: []entity.Clause{
							{Field: "EventID", Op: "=", Value: entity.Literals{"1149"}},
						},
					},
					{
						Paths: []PresetPath{{Field: "TargetDomainName"}},
						When: []entity.Clause{
							{Field: "EventID", Op: "=", Value: entity.Literals{"4740"}},
						},
					},
				}},
				{Name: "dest", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "DestinationIp"}, {Field: "DestAddress"}, {Field: "DestinationHostname"}, {Field: "TargetServerName"}}},
					{Paths: []PresetPath{{Field: "Computer"}, {Field: "Hostname"}, {Field: "ComputerName"}}},
				}},
				{Name: "dvc", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "Computer"}, {Field: "Hostname"}, {Field: "ComputerName"}}},
				}},
				{Name: "user", Groups: []PresetGroup{
					{
						Paths: []PresetPath{{Field: "MemberSid"}, {Field: "MemberName"}},
						When: []entity.Clause{
							{Field: "EventID", Op: "=", Value: entity.Literals{"4728", "4729", "4732", "4733", "4756", "4757"}},
						},
					},
					{
						Paths: []PresetPath{{Field: "TargetUserName"}, {Field: "TargetUserSid"}, {Field: "TargetSid"}},
						When: []entity.Clause{
							{Field: "EventID", Op: "=", Value: entity.Literals{"4740"}},
						},
					},
					{Paths: []PresetPath{{Field: "TargetUserName", Domain: "TargetDomainName"}, {Field: "TargetUserSid"}, {Field: "TargetSid"}}},
					{Paths: []PresetPath{{Field: "TargetUser"}}},
					{Paths: []PresetPath{{Field: "User"}}},
					{Paths: []PresetPath{{Field: "SubjectUserName", Domain: "SubjectDomainName"}, {Field: "SubjectUserSid"}}},
					{
						Paths: []PresetPath{{Field: "Param1", Domain: "Param2"}},
						When: []entity.Clause{
							{Field: "EventID", Op: "=", Value: entity.Literals{"1149"}},
						},
					},
					{Paths: []PresetPath{{Field: "Detection User"}}},
					{
						Paths: []PresetPath{{Field: "AccountName", Domain: "AccountDomain"}},
						When: []entity.Clause{
							{Field: "AccountDomain", Op: "exists"},
						},
					},
					{Paths: []PresetPath{{Field: "AccountName", Domain: "Domain"}}},
				}},
				{Name: "src_user", Groups: []PresetGroup{
					{
						Paths: []PresetPath{{Field: "SubjectUserName", Domain: "SubjectDomainName"}, {Field: "SubjectUserSid"}},
						When: []entity.Clause{
							{Field: "TargetUserName", Op: "exists"},
						},
					},
					{
						Paths: []PresetPath{{Field: "SubjectUserName", Domain: "SubjectDomainName"}, {Field: "SubjectUserSid"}},
						When: []entity.Clause{
							{Field: "MemberSid", Op: "exists"},
						},
					},
					{Paths: []PresetPath{{Field: "SourceUser"}}},
					{Paths: []PresetPath{{Field: "ParentUser"}}},
				}},
			},
			Times: []string{"EventTime", "TimeCreated", "UtcTime", "@timestamp"},
		},
		{
			Name:     "cloudtrail",
			Prefixes: []string{""},
			Roles: []PresetRole{
				{Name: "src", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "sourceIPAddress"}}},
				}},
				{Name: "user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "userIdentity.userName"}}},
					{
						Paths: []PresetPath{{Field: "userIdentity.principalId", After: ":"}, {Field: "userIdentity.sessionContext.sessionIssuer.userName"}},
						When: []entity.Clause{
							{Field: "userIdentity.type", Op: "=", Value: entity.Literals{"AssumedRole"}},
						},
					},
					{Paths: []PresetPath{{Field: "userIdentity.sessionContext.sessionIssuer.userName"}}},
					{Paths: []PresetPath{{Field: "userIdentity.onBehalfOf.userId"}}},
					{Paths: []PresetPath{{Field: "userIdentity.principalId"}, {Field: "userIdentity.arn"}}},
					{
						Paths: []PresetPath{{Value: "root"}},
						When: []entity.Clause{
							{Field: "userIdentity.type", Op: "=", Value: entity.Literals{"Root"}},
						},
					},
				}},
			},
			Times: []string{"eventTime"},
		},
		{
			Name:     "okta",
			Prefixes: []string{""},
			Roles: []PresetRole{
				{Name: "src", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "client.ipAddress"}}},
				}},
				{Name: "user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "target[type=User].alternateId"}, {Field: "target[type=User].id"}}},
					{Paths: []PresetPath{{Field: "actor.alternateId"}, {Field: "actor.id"}}},
				}},
				{Name: "src_user", Groups: []PresetGroup{
					{
						Paths: []PresetPath{{Field: "actor.alternateId"}, {Field: "actor.id"}},
						When: []entity.Clause{
							{Field: "target[type=User].alternateId", Op: "exists"},
						},
					},
					{
						Paths: []PresetPath{{Field: "actor.alternateId"}, {Field: "actor.id"}},
						When: []entity.Clause{
							{Field: "target[type=User].id", Op: "exists"},
						},
					},
				}},
			},
			Times: []string{"published"},
		},
		{
			Name:     "entra",
			Prefixes: []string{"", "properties."},
			Roles: []PresetRole{
				{Name: "src", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "ipAddress", Take: "address"}, {Field: "initiatedBy.user.ipAddress", Take: "address"}, {Field: "callerIpAddress", Take: "address"}, {Field: "deviceDetail.displayName"}, {Field: "deviceDetail.deviceId"}}},
				}},
				{Name: "user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "targetResources[type=User].userPrincipalName"}, {Field: "targetResources[type=User].id"}}},
					{Paths: []PresetPath{{Field: "userPrincipalName"}, {Field: "userId"}}},
					{Paths: []PresetPath{{Field: "initiatedBy.user.userPrincipalName"}, {Field: "initiatedBy.user.id"}}},
					{Paths: []PresetPath{{Field: "servicePrincipalId"}, {Field: "servicePrincipalName"}}},
					{Paths: []PresetPath{{Field: "initiatedBy.app.servicePrincipalId"}, {Field: "initiatedBy.app.servicePrincipalName"}, {Field: "initiatedBy.app.displayName"}}},
				}},
				{Name: "src_user", Groups: []PresetGroup{
					{
						Paths: []PresetPath{{Field: "initiatedBy.user.userPrincipalName"}, {Field: "initiatedBy.user.id"}},
						When: []entity.Clause{
							{Field: "targetResources[type=User].userPrincipalName", Op: "exists"},
						},
					},
					{
						Paths: []PresetPath{{Field: "initiatedBy.user.userPrincipalName"}, {Field: "initiatedBy.user.id"}},
						When: []entity.Clause{
							{Field: "targetResources[type=User].id", Op: "exists"},
						},
					},
					{
						Paths: []PresetPath{{Field: "initiatedBy.app.servicePrincipalId"}, {Field: "initiatedBy.app.servicePrincipalName"}, {Field: "initiatedBy.app.displayName"}},
						When: []entity.Clause{
							{Field: "targetResources[type=User].userPrincipalName", Op: "exists"},
						},
					},
					{
						Paths: []PresetPath{{Field: "initiatedBy.app.servicePrincipalId"}, {Field: "initiatedBy.app.servicePrincipalName"}, {Field: "initiatedBy.app.displayName"}},
						When: []entity.Clause{
							{Field: "targetResources[type=User].id", Op: "exists"},
						},
					},
				}},
			},
			Times: []string{"createdDateTime", "activityDateTime"},
		},
		{
			Name:     "defender",
			Prefixes: []string{"", "properties."},
			Null:     []string{"::1", "127.0.0.1"},
			Roles: []PresetRole{
				{Name: "src", Groups: []PresetGroup{
					{
						Paths: []PresetPath{{Field: "RemoteIP"}, {Field: "RemoteDeviceName"}},
						When: []entity.Clause{
							{Field: "ActionType", Op: "=", Value: entity.Literals{"LogonSuccess", "LogonFailed", "LogonAttempted", "InboundConnectionAccepted", "InboundConnectionAttempt", "InboundConnectionBlocked"}},
						},
					},
					{
						Paths: []PresetPath{{Field: "RemoteIP"}, {Field: "RemoteDeviceName"}},
						When: []entity.Clause{
							{Field: "AdditionalFields.direction", Op: "=", Value: entity.Literals{"In"}},
						},
					},
					{
						Paths: []PresetPath{{Field: "LocalIP"}, {Field: "DeviceName"}, {Field: "DeviceId"}},
						When: []entity.Clause{
							{Field: "ActionType", Op: "=", Value: entity.Literals{"ConnectionSuccess", "ConnectionFailed", "ConnectionRequest", "ConnectionAttempt", "ConnectionFound", "ConnectionAcknowledged"}},
						},
					},
					{
						Paths: []PresetPath{{Field: "LocalIP"}, {Field: "DeviceName"}, {Field: "DeviceId"}},
						When: []entity.Clause{
							{Field: "AdditionalFields.direction", Op: "=", Value: entity.Literals{"Out"}},
						},
					},
					{Paths: []PresetPath{{Field: "RequestSourceIP"}}},
					{Paths: []PresetPath{{Field: "IPAddress"}}},
					{Paths: []PresetPath{{Field: "SenderIPv4"}, {Field: "SenderIPv6"}}},
				}},
				{Name: "dest", Groups: []PresetGroup{
					{
						Paths: []PresetPath{{Field: "RemoteIP"}, {Field: "RemoteUrl"}},
						When: []entity.Clause{
							{Field: "ActionType", Op: "=", Value: entity.Literals{"ConnectionSuccess", "ConnectionFailed", "ConnectionRequest", "ConnectionAttempt", "ConnectionFound", "ConnectionAcknowledged"}},
						},
					},
					{
						Paths: []PresetPath{{Field: "RemoteIP"}, {Field: "RemoteUrl"}},
						When: []entity.Clause{
							{Field: "AdditionalFields.direction", Op: "=", Value: entity.Literals{"Out"}},
						},
					},
					{
						Paths: []PresetPath{{Field: "LocalIP"}, {Field: "DeviceName"}, {Field: "DeviceId"}},
						When: []entity.Clause{
							{Field: "ActionType", Op: "=", Value: entity.Literals{"InboundConnectionAccepted", "InboundConnectionAttempt", "InboundConnectionBlocked"}},
						},
					},
					{
						Paths: []PresetPath{{Field: "LocalIP"}, {Field: "DeviceName"}, {Field: "DeviceId"}},
						When: []entity.Clause{
							{Field: "AdditionalFields.direction", Op: "=", Value: entity.Literals{"In"}},
						},
					},
					{Paths: []PresetPath{{Field: "DestinationIPAddress"}, {Field: "DestinationDeviceName"}, {Field: "TargetDeviceName"}}},
				}},
				{Name: "host", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "DeviceName"}, {Field: "DeviceId"}}},
				}},
				{Name: "user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "TargetAccountUpn"}}},
					{Paths: []PresetPath{{Field: "RecipientEmailAddress"}, {Field: "RecipientObjectId"}}},
					{Paths: []PresetPath{{Field: "AccountName", Domain: "AccountDomain"}, {Field: "AccountUpn"}, {Field: "AccountSid"}, {Field: "AccountObjectId"}}},
					{
						Paths: []PresetPath{{Field: "RequestAccountName", Domain: "RequestAccountDomain"}, {Field: "RequestAccountSid"}},
						When: []entity.Clause{
							{Field: "RequestSourceIP", Op: "exists"},
						},
					},
					{Paths: []PresetPath{{Field: "InitiatingProcessAccountName", Domain: "InitiatingProcessAccountDomain"}, {Field: "InitiatingProcessAccountUpn"}, {Field: "InitiatingProcessAccountSid"}, {Field: "InitiatingProcessAccountObjectId"}}},
				}},
				{Name: "src_user", Groups: []PresetGroup{
					{
						Paths: []PresetPath{{Field: "AccountName", Domain: "AccountDomain"}, {Field: "AccountUpn"}, {Field: "AccountSid"}, {Field: "AccountObjectId"}},
						When: []entity.Clause{
							{Field: "TargetAccountUpn", Op: "exists"},
						},
					},
					{
						Paths: []PresetPath{{Field: "SenderFromAddress"}, {Field: "SenderMailFromAddress"}, {Field: "SenderObjectId"}},
						When: []entity.Clause{
							{Field: "RecipientEmailAddress", Op: "exists"},
						},
					},
					{
						Paths: []PresetPath{{Field: "InitiatingProcessAccountName", Domain: "InitiatingProcessAccountDomain"}, {Field: "InitiatingProcessAccountUpn"}, {Field: "InitiatingProcessAccountSid"}, {Field: "InitiatingProcessAccountObjectId"}},
						When: []entity.Clause{
							{Field: "ActionType", Op: "=", Value: entity.Literals{"UserAccountCreated", "UserAccountDeleted", "UserAccountModified", "UserAccountAddedToLocalGroup", "UserAccountRemovedFromLocalGroup", "PasswordChangeAttempt"}},
						},
					},
				}},
			},
			Times: []string{"Timestamp"},
		},
		{
			Name:     "crowdstrike",
			Prefixes: []string{""},
			Null:     []string{"0:0:0:0:0:0:0:0", "0:0:0:0:0:0:0:1", "::1", "127.0.0.1"},
			Roles: []PresetRole{
				{Name: "src", Groups: []PresetGroup{
					{
						Paths: []PresetPath{{Field: "RemoteAddressIP4"}, {Field: "RemoteAddressIP6"}, {Field: "ClientComputerName"}},
						When: []entity.Clause{
							{Field: "event_simpleName", Op: "=", Value: entity.Literals{"UserLogon", "UserLogonFailed", "UserLogonFailed2"}},
						},
					},
					{
						Paths: []PresetPath{{Field: "ComputerName"}, {Field: "aid"}, {Field: "LocalAddressIP4"}, {Field: "LocalAddressIP6"}},
						When: []entity.Clause{
							{Field: "ConnectionDirection", Op: "=", Value: entity.Literals{"0"}},
						},
					},
					{
						Paths: []PresetPath{{Field: "RemoteAddressIP4"}, {Field: "RemoteAddressIP6"}},
						When: []entity.Clause{
							{Field: "ConnectionDirection", Op: "=", Value: entity.Literals{"1"}},
						},
					},
				}},
				{Name: "dest", Groups: []PresetGroup{
					{
						Paths: []PresetPath{{Field: "RemoteAddressIP4"}, {Field: "RemoteAddressIP6"}},
						When: []entity.Clause{
							{Field: "ConnectionDirection", Op: "=", Value: entity.Literals{"0"}},
						},
					},
					{
						Paths: []PresetPath{{Field: "ComputerName"}, {Field: "aid"}, {Field: "LocalAddressIP4"}, {Field: "LocalAddressIP6"}},
						When: []entity.Clause{
							{Field: "ConnectionDirection", Op: "=", Value: entity.Literals{"1"}},
						},
					},
					{Paths: []PresetPath{{Field: "RespondingDnsServer"}}},
				}},
				{Name: "host", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "ComputerName"}, {Field: "aid"}, {Field: "LocalAddressIP4"}, {Field: "LocalAddressIP6"}}},
				}},
				{Name: "user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "UserName", Domain: "LogonDomain"}, {Field: "UserPrincipal"}, {Field: "UserSid"}}},
				}},
			},
			Times: []string{"timestamp"},
		},
		{
			Name:     "gcp",
			Prefixes: []string{""},
			Null:     []string{"private", "gce-internal-ip", "::1", "127.0.0.1"},
			Roles: []PresetRole{
				{Name: "src", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "protoPayload.requestMetadata.callerIp"}}},
				}},
				{Name: "user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "protoPayload.serviceData.policyDelta.bindingDeltas[].member", After: "user:"}}},
					{Paths: []PresetPath{{Field: "protoPayload.metadata.event[].parameter[name=USER_EMAIL].value"}}},
					{
						Paths: []PresetPath{{Field: "resource.labels.email_id"}},
						When: []entity.Clause{
							{Field: "resource.type", Op: "=", Value: entity.Literals{"service_account"}},
						},
					},
					{Paths: []PresetPath{{Field: "protoPayload.authenticationInfo.principalEmail"}, {Field: "protoPayload.authenticationInfo.principalSubject", After: "/subject/"}, {Field: "protoPayload.authenticationInfo.principalSubject", After: "user:"}}},
				}},
				{Name: "src_user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "protoPayload.authenticationInfo.serviceAccountDelegationInfo[].firstPartyPrincipal.principalEmail"}, {Field: "protoPayload.authenticationInfo.serviceAccountDelegationInfo[].principalSubject", After: "/subject/"}}},
					{
						Paths: []PresetPath{{Field: "protoPayload.authenticationInfo.principalEmail"}, {Field: "protoPayload.authenticationInfo.principalSubject", After: "/subject/"}, {Field: "protoPayload.authenticationInfo.principalSubject", After: "user:"}},
						When: []entity.Clause{
							{Field: "protoPayload.serviceData.policyDelta.bindingDeltas[].member", Op: "like", Value: entity.Literals{"%user:%"}},
						},
					},
					{
						Paths: []PresetPath{{Field: "protoPayload.authenticationInfo.principalEmail"}, {Field: "protoPayload.authenticationInfo.principalSubject", After: "/subject/"}, {Field: "protoPayload.authenticationInfo.principalSubject", After: "user:"}},
						When: []entity.Clause{
							{Field: "protoPayload.metadata.event[].parameter[name=USER_EMAIL].value", Op: "exists"},
						},
					},
					{
						Paths: []PresetPath{{Field: "protoPayload.authenticationInfo.principalEmail"}, {Field: "protoPayload.authenticationInfo.principalSubject", After: "/subject/"}, {Field: "protoPayload.authenticationInfo.principalSubject", After: "user:"}},
						When: []entity.Clause{
							{Field: "resource.labels.email_id", Op: "exists"},
							{Field: "resource.type", Op: "=", Value: entity.Literals{"service_account"}},
						},
					},
				}},
			},
			Times: []string{"timestamp"},
		},
		{
			Name:     "kubernetes",
			Prefixes: []string{""},
			Null:     []string{"::1", "127.0.0.1"},
			Roles: []PresetRole{
				{Name: "src", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "sourceIPs"}}},
				}},
				{Name: "user", Groups: []PresetGroup{
					{
						Paths: []PresetPath{{Field: "requestObject.subjects[kind=User].name"}},
						When: []entity.Clause{
							{Field: "objectRef.resource", Op: "=", Value: entity.Literals{"rolebindings", "clusterrolebindings"}},
						},
					},
					{Paths: []PresetPath{{Field: "impersonatedUser.username"}}},
					{Paths: []PresetPath{{Field: "user.username"}}},
				}},
				{Name: "src_user", Groups: []PresetGroup{
					{
						Paths: []PresetPath{{Field: "user.username"}},
						When: []entity.Clause{
							{Field: "impersonatedUser.username", Op: "exists"},
						},
					},
					{
						Paths: []PresetPath{{Field: "user.username"}},
						When: []entity.Clause{
							{Field: "requestObject.subjects[kind=User].name", Op: "exists"},
							{Field: "objectRef.resource", Op: "=", Value: entity.Literals{"rolebindings", "clusterrolebindings"}},
						},
					},
				}},
			},
			Times: []string{"requestReceivedTimestamp", "stageTimestamp"},
		},
		{
			Name:     "github",
			Prefixes: []string{""},
			Roles: []PresetRole{
				{Name: "src", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "actor_ip"}, {Field: "actor_location.ip"}}},
				}},
				{Name: "user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "user"}}},
					{Paths: []PresetPath{{Field: "external_identity_nameid"}, {Field: "external_identity_username"}, {Field: "actor"}}},
				}},
				{Name: "src_user", Groups: []PresetGroup{
					{
						Paths: []PresetPath{{Field: "external_identity_nameid"}, {Field: "external_identity_username"}, {Field: "actor"}},
						When: []entity.Clause{
							{Field: "user", Op: "exists"},
						},
					},
				}},
			},
			Times: []string{"@timestamp", "created_at"},
		},
		{
			Name:     "wazuh",
			Prefixes: []string{""},
			Roles: []PresetRole{
				{Name: "src", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "data.srcip"}}},
					{Paths: []PresetPath{{Field: "data.src_ip"}}},
					{Paths: []PresetPath{{Field: "data.office365.ClientIP", Take: "address"}, {Field: "data.office365.ActorIpAddress", Take: "address"}}},
					{Paths: []PresetPath{{Field: "data.aws.sourceIPAddress"}, {Field: "data.aws.source_ip_address"}}},
					{Paths: []PresetPath{{Field: "data.gcp.protoPayload.requestMetadata.callerIp"}}},
					{Paths: []PresetPath{{Field: "data.github.actor_ip"}}},
				}},
				{Name: "dest", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "data.dstip"}}},
					{Paths: []PresetPath{{Field: "data.dest_ip"}}},
				}},
				{Name: "host", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "agent.name"}, {Field: "agent.ip"}}},
				}},
				{Name: "user", Groups: []PresetGroup{
					{Paths: []PresetPath{{Field: "data.dstuser"}}},
					{Paths: []PresetPath{{Field: "data.srcuser"}}},
					{Paths: []PresetPath{{Field: "syscheck.audit.login_user.name"}}},
					{Paths: []PresetPath{{Field: "syscheck.audit.user.name"}}},
					{Paths: []PresetPath{{Field: "data.office365.UserId"}}},
					{Paths: []PresetPath{{Field: "data.aws.userIdentity.userName"}}},
					{Paths: []PresetPath{{Field: "data.aws.userIdentity.principalId", After: ":"}, {Field: "data.aws.userIdentity.sessionContext.sessionIssuer.userName"}}},
					{Paths: []PresetPath{{Field: "data.gcp.protoPayload.authenticationInfo.principalEmail"}}},
					{Paths: []PresetPath{{Field: "data.github.user"}}},
					{Paths: []PresetPath{{Field: "data.github.actor"}}},
				}},
				{Name: "src_user", Groups: []PresetGroup{
					{
						Paths: []PresetPath{{Field: "data.srcuser"}},
						When: []entity.Clause{
							{Field: "data.dstuser", Op: "exists"},
						},
					},
					{
						Paths: []PresetPath{{Field: "data.github.actor"}},
						When: []entity.Clause{
							{Field: "data.github.user", Op: "exists"},
						},
					},
				}},
			},
			Times: []string{"timestamp", "@timestamp"},
		},
	}
}

func formatRules() []formatRule {
	return []formatRule{
		{preset: "windows", then: "ecs", all: [][]string{{"winlog.*", "data.win.*", "winlog.channel", "data.win.system.channel"}}},
		{preset: "ocsf", all: [][]string{{"class_uid"}}},
		{preset: "cloudtrail", all: [][]string{{"eventVersion"}, {"userIdentity"}}},
		{preset: "ecs", all: [][]string{{"event_type", "id.orig_h", "id_orig_h"}, {"flow_id", "src_ip", "id.orig_h", "id_orig_h"}, {"@timestamp", "ecs.version"}, {"ecs.version", "source.*", "destination.*", "event.*"}}},
		{preset: "suricata", all: [][]string{{"event_type"}, {"flow_id", "src_ip"}}},
		{preset: "zeek", all: [][]string{{"id.orig_h", "id_orig_h"}}},
		{preset: "okta", all: [][]string{{"eventType"}, {"actor.alternateId"}}},
		{preset: "entra", all: [][]string{{"createdDateTime", "activityDateTime", "properties.createdDateTime", "properties.activityDateTime"}, {"userPrincipalName", "initiatedBy", "servicePrincipalId", "properties.userPrincipalName", "properties.initiatedBy", "properties.servicePrincipalId"}}},
		{preset: "defender", all: [][]string{{"ActionType", "properties.ActionType"}, {"DeviceId", "properties.DeviceId"}}},
		{preset: "defender", all: [][]string{{"Timestamp", "ActionType", "properties.Timestamp", "properties.ActionType"}, {"ReportId", "ServiceSource", "properties.ReportId", "properties.ServiceSource"}}},
		{preset: "crowdstrike", all: [][]string{{"aid"}, {"event_simpleName", "cid"}}},
		{preset: "gcp", all: [][]string{{"protoPayload.*"}, {"protoPayload.authenticationInfo", "protoPayload.requestMetadata", "protoPayload.methodName"}}},
		{preset: "kubernetes", all: [][]string{{"auditID"}, {"verb"}}},
		{preset: "github", all: [][]string{{"actor"}, {"action"}, {"org", "_document_id", "business", "actor_location"}}},
		{preset: "wazuh", all: [][]string{{"rule.*"}, {"rule.level"}, {"agent.id"}, {"timestamp", "decoder", "data"}}},
		{preset: "ecs", all: [][]string{{"@timestamp", "ecs.version"}, {"ecs.version", "source.*", "destination.*", "event.*"}}},
		{preset: "zeek", all: [][]string{{"ts"}, {"uid", "uids", "client_addr", "host", "tx_hosts"}}},
		{preset: "windows", all: [][]string{{"EventID", "Event.System"}}},
		{preset: "windows", all: [][]string{{"event_data.*", "user_data.*"}, {"event_id"}}},
	}
}
