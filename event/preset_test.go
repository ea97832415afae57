package event_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/cond"
)

// handWrittenPresets repeats the shipped presets in a form that is easy to check: the
// paths of a group are separated by spaces, groups by " / ", and conditions follow
// "if". References such as <dvc> are expanded, and alternative conditions are two
// groups.
var handWrittenPresets = map[string]map[string]string{
	"cim": {
		"src":      "src src_ip src_mac(wire) src_dns src_nt_host src_host",
		"dest":     "dest dest_ip dest_mac(wire) dest_dns dest_nt_host dest_host",
		"dvc":      "dvc dvc_ip dvc_mac dvc_host / host",
		"user":     "user user_name user_id",
		"src_user": "src_user src_user_name src_user_id",
	},
	"ecs": {
		"src":  "source.ip source.mac(wire) source.domain / client.ip client.mac(wire) client.domain",
		"dest": "destination.ip destination.mac(wire) destination.domain / server.ip server.domain",
		"dvc":  "observer.name observer.hostname observer.ip observer.mac",
		"host": "host.name host.hostname host.ip host.mac host.id",
		"user": "user.target.name(domain user.target.domain) user.target.email user.target.id / user.name(domain user.domain) user.email user.id",
		"src_user": "source.user.name(domain source.user.domain) source.user.email / client.user.name(domain client.user.domain) client.user.email" +
			" / user.name(domain user.domain) user.email user.id if user.target.name exists",
	},
	"ocsf": {
		"src":      "src_endpoint.ip src_endpoint.mac(wire) src_endpoint.hostname src_endpoint.name src_endpoint.uid",
		"dest":     "dst_endpoint.ip dst_endpoint.mac(wire) dst_endpoint.hostname dst_endpoint.name dst_endpoint.uid",
		"host":     "device.hostname device.name device.ip device.mac device.uid",
		"user":     "user.name(domain user.domain) user.email_addr user.uid user.uid_alt(after :) user.uid(after_last /) / " + ocsfActor,
		"src_user": ocsfActor + " if user.name exists",
	},
	"zeek": {
		"src":  "id.orig_h id_orig_h orig_l2_addr(wire) / client_addr assigned_addr mac host_name / host / tx_hosts",
		"dest": "id.resp_h id_resp_h resp_l2_addr(wire) / server_addr / rx_hosts",
		"user": "username / user / client(before /) if client regex ^[^/ ]+/[^/ ]+$",
	},
	"suricata": {
		"src":  "alert.source.ip / src_ip ether.src_mac(wire)",
		"dest": "alert.target.ip / dest_ip ether.dest_mac(wire)",
		"dvc":  "host",
		"user": "smb.ntlmssp.user / krb5.cname",
	},
	"windows": {
		"src": "SourceIp IpAddress SourceAddress SourceHostname WorkstationName Workstation ClientAddress ClientName" +
			" / Address if EventID = 21,22,23,24,25 / Param3 if EventID = 1149 / TargetDomainName if EventID = 4740",
		"dest": "DestinationIp DestAddress DestinationHostname TargetServerName / Computer Hostname ComputerName",
		"dvc":  "Computer Hostname ComputerName",
		"user": "MemberSid MemberName if EventID = 4728,4729,4732,4733,4756,4757" +
			" / TargetUserName TargetUserSid TargetSid if EventID = 4740" +
			" / TargetUserName(domain TargetDomainName) TargetUserSid TargetSid / TargetUser / User" +
			" / SubjectUserName(domain SubjectDomainName) SubjectUserSid" +
			" / Param1(domain Param2) if EventID = 1149 / Detection User" +
			" / AccountName(domain AccountDomain) if AccountDomain exists / AccountName(domain Domain)",
		"src_user": "SubjectUserName(domain SubjectDomainName) SubjectUserSid if TargetUserName exists" +
			" / SubjectUserName(domain SubjectDomainName) SubjectUserSid if MemberSid exists" +
			" / SourceUser / ParentUser",
	},
	"cloudtrail": {
		"src": "sourceIPAddress",
		"user": "userIdentity.userName / userIdentity.principalId(after :) userIdentity.sessionContext.sessionIssuer.userName if userIdentity.type = AssumedRole" +
			" / userIdentity.sessionContext.sessionIssuer.userName / userIdentity.onBehalfOf.userId" +
			" / userIdentity.principalId userIdentity.arn / (value root) if userIdentity.type = Root",
	},
	"okta": {
		"src":  "client.ipAddress",
		"user": "target[type=User].alternateId target[type=User].id / actor.alternateId actor.id",
		"src_user": "actor.alternateId actor.id if target[type=User].alternateId exists" +
			" / actor.alternateId actor.id if target[type=User].id exists",
	},
	"entra": {
		"src": "ipAddress(take address) initiatedBy.user.ipAddress(take address) callerIpAddress(take address) deviceDetail.displayName deviceDetail.deviceId",
		"user": "targetResources[type=User].userPrincipalName targetResources[type=User].id / userPrincipalName userId" +
			" / initiatedBy.user.userPrincipalName initiatedBy.user.id / servicePrincipalId servicePrincipalName" +
			" / initiatedBy.app.servicePrincipalId initiatedBy.app.servicePrincipalName initiatedBy.app.displayName",
		"src_user": "initiatedBy.user.userPrincipalName initiatedBy.user.id if targetResources[type=User].userPrincipalName exists" +
			" / initiatedBy.user.userPrincipalName initiatedBy.user.id if targetResources[type=User].id exists" +
			" / initiatedBy.app.servicePrincipalId initiatedBy.app.servicePrincipalName initiatedBy.app.displayName" +
			" if targetResources[type=User].userPrincipalName exists" +
			" / initiatedBy.app.servicePrincipalId initiatedBy.app.servicePrincipalName initiatedBy.app.displayName" +
			" if targetResources[type=User].id exists",
	},
	"defender": {
		"src": "RemoteIP RemoteDeviceName if ActionType = " + inboundActions("LogonSuccess,LogonFailed,LogonAttempted,") +
			" / RemoteIP RemoteDeviceName if AdditionalFields.direction = In" +
			" / LocalIP DeviceName DeviceId if ActionType = " + outboundActions +
			" / LocalIP DeviceName DeviceId if AdditionalFields.direction = Out" +
			" / RequestSourceIP / IPAddress / SenderIPv4 SenderIPv6",
		"dest": "RemoteIP RemoteUrl if ActionType = " + outboundActions +
			" / RemoteIP RemoteUrl if AdditionalFields.direction = Out" +
			" / LocalIP DeviceName DeviceId if ActionType = " + inboundActions("") +
			" / LocalIP DeviceName DeviceId if AdditionalFields.direction = In" +
			" / DestinationIPAddress DestinationDeviceName TargetDeviceName",
		"host": "DeviceName DeviceId",
		"user": "TargetAccountUpn / RecipientEmailAddress RecipientObjectId" +
			" / AccountName(domain AccountDomain) AccountUpn AccountSid AccountObjectId" +
			" / RequestAccountName(domain RequestAccountDomain) RequestAccountSid if RequestSourceIP exists / " + processAccount,
		"src_user": "AccountName(domain AccountDomain) AccountUpn AccountSid AccountObjectId if TargetAccountUpn exists" +
			" / SenderFromAddress SenderMailFromAddress SenderObjectId if RecipientEmailAddress exists / " + processAccount + " if ActionType = " +
			"UserAccountCreated,UserAccountDeleted,UserAccountModified,UserAccountAddedToLocalGroup,UserAccountRemovedFromLocalGroup,PasswordChangeAttempt",
	},
	"crowdstrike": {
		"src": "RemoteAddressIP4 RemoteAddressIP6 ClientComputerName if event_simpleName = UserLogon,UserLogonFailed,UserLogonFailed2" +
			" / ComputerName aid LocalAddressIP4 LocalAddressIP6 if ConnectionDirection = 0" +
			" / RemoteAddressIP4 RemoteAddressIP6 if ConnectionDirection = 1",
		"dest": "RemoteAddressIP4 RemoteAddressIP6 if ConnectionDirection = 0" +
			" / ComputerName aid LocalAddressIP4 LocalAddressIP6 if ConnectionDirection = 1" +
			" / RespondingDnsServer",
		"host": "ComputerName aid LocalAddressIP4 LocalAddressIP6",
		"user": "UserName(domain LogonDomain) UserPrincipal UserSid",
	},
	"gcp": {
		"src": "protoPayload.requestMetadata.callerIp",
		"user": "protoPayload.serviceData.policyDelta.bindingDeltas[].member(after user:)" +
			" / protoPayload.metadata.event[].parameter[name=USER_EMAIL].value" +
			" / resource.labels.email_id if resource.type = service_account" +
			" / " + gcpPrincipal,
		"src_user": "protoPayload.authenticationInfo.serviceAccountDelegationInfo[].firstPartyPrincipal.principalEmail" +
			" protoPayload.authenticationInfo.serviceAccountDelegationInfo[].principalSubject(after /subject/)" +
			" / " + gcpPrincipal + " if protoPayload.serviceData.policyDelta.bindingDeltas[].member like %user:%" +
			" / " + gcpPrincipal + " if protoPayload.metadata.event[].parameter[name=USER_EMAIL].value exists" +
			" / " + gcpPrincipal + " if resource.labels.email_id exists if resource.type = service_account",
	},
	"kubernetes": {
		"src": "sourceIPs",
		"user": "requestObject.subjects[kind=User].name if objectRef.resource = rolebindings,clusterrolebindings" +
			" / impersonatedUser.username / user.username",
		"src_user": "user.username if impersonatedUser.username exists" +
			" / user.username if requestObject.subjects[kind=User].name exists if objectRef.resource = rolebindings,clusterrolebindings",
	},
	"github": {
		"src":      "actor_ip actor_location.ip",
		"user":     "user / external_identity_nameid external_identity_username actor",
		"src_user": "external_identity_nameid external_identity_username actor if user exists",
	},
	"wazuh": {
		"src": "data.srcip / data.src_ip / data.office365.ClientIP(take address) data.office365.ActorIpAddress(take address)" +
			" / data.aws.sourceIPAddress data.aws.source_ip_address" +
			" / data.gcp.protoPayload.requestMetadata.callerIp / data.github.actor_ip",
		"dest": "data.dstip / data.dest_ip",
		"host": "agent.name agent.ip",
		"user": "data.dstuser / data.srcuser / syscheck.audit.login_user.name / syscheck.audit.user.name" +
			" / data.office365.UserId / data.aws.userIdentity.userName" +
			" / data.aws.userIdentity.principalId(after :) data.aws.userIdentity.sessionContext.sessionIssuer.userName" +
			" / data.gcp.protoPayload.authenticationInfo.principalEmail / data.github.user / data.github.actor",
		"src_user": "data.srcuser if data.dstuser exists / data.github.actor if data.github.user exists",
	},
}

const ocsfActor = "actor.user.name(domain actor.user.domain) actor.user.email_addr actor.user.uid" +
	" actor.user.uid_alt(after :) actor.user.uid(after_last /)"

const gcpPrincipal = "protoPayload.authenticationInfo.principalEmail" +
	" protoPayload.authenticationInfo.principalSubject(after /subject/)" +
	" protoPayload.authenticationInfo.principalSubject(after user:)"

// The actions of Defender in which the machine opens a connection, or accepts one.
const outboundActions = "ConnectionSuccess,ConnectionFailed,ConnectionRequest,ConnectionAttempt,ConnectionFound,ConnectionAcknowledged"

func inboundActions(before string) string {
	return before + "InboundConnectionAccepted,InboundConnectionAttempt,InboundConnectionBlocked"
}

// processAccount is the account of the process that acts, in events of Defender.
const processAccount = "InitiatingProcessAccountName(domain InitiatingProcessAccountDomain)" +
	" InitiatingProcessAccountUpn InitiatingProcessAccountSid InitiatingProcessAccountObjectId"

func describeRole(r event.PresetRole) string {
	var groups []string
	for _, g := range r.Groups {
		var words []string
		for _, p := range g.Paths {
			switch {
			case p.Value != "":
				words = append(words, "(value "+p.Value+")")
			default:
				words = append(words, p.Field+describeWord("after", p.After)+describeWord("after_last", p.AfterLast)+
					describeWord("before", p.Before)+describeWord("take", p.Take)+describeWord("domain", p.Domain)+
					map[bool]string{true: "(wire)"}[p.Wire])
			}
		}
		for _, c := range g.When {
			words = append(words, strings.TrimSpace("if "+c.Field+" "+c.Op+" "+strings.Join(c.Value, ",")))
		}
		groups = append(groups, strings.Join(words, " "))
	}
	return strings.Join(groups, " / ")
}

// describeWord describes a key of a path, "" if it has no value.
func describeWord(key, value string) string {
	if value == "" {
		return ""
	}
	return "(" + key + " " + value + ")"
}

func TestPresetsMatchTheHandWrittenList(t *testing.T) {
	got := map[string]map[string]string{}
	for _, p := range event.Presets() {
		got[p.Name] = map[string]string{}
		for _, r := range p.Roles {
			got[p.Name][r.Name] = describeRole(r)
		}
	}
	assert.Equal(t, handWrittenPresets, got)
}

func TestPresetsListRolesInOrderWithValidConditions(t *testing.T) {
	assert.Equal(t, "cim", event.PresetNames()[0])
	assert.Len(t, event.Presets(), len(event.PresetNames()))
	for _, p := range event.Presets() {
		assert.Contains(t, event.PresetNames(), p.Name)
		at := 0
		for _, name := range event.RoleNames() {
			if at < len(p.Roles) && p.Roles[at].Name == name {
				at++
			}
		}
		assert.Len(t, p.Roles, at, "the roles of %s are in the order of RoleNames", p.Name)
		for _, r := range p.Roles {
			for _, g := range r.Groups {
				_, err := cond.Compile(g.When)
				assert.NoError(t, err, "conditions of role %s of %s", r.Name, p.Name)
			}
		}
	}
}

func TestPresetsReturnsACopy(t *testing.T) {
	event.Presets()[0].Roles[0].Groups[0].Paths[0].Field = "changed"
	assert.Equal(t, "src", event.Presets()[0].Roles[0].Groups[0].Paths[0].Field)
}

func TestNullTokensOfPresets(t *testing.T) {
	tokens := map[string][]string{
		"windows":     {"::1", "127.0.0.1", "LOCAL"},
		"defender":    {"::1", "127.0.0.1"},
		"crowdstrike": {"0:0:0:0:0:0:0:0", "0:0:0:0:0:0:0:1", "::1", "127.0.0.1"},
		"gcp":         {"private", "gce-internal-ip", "::1", "127.0.0.1"},
		"kubernetes":  {"::1", "127.0.0.1"},
	}
	for _, p := range event.Presets() {
		assert.Equal(t, tokens[p.Name], p.Null, "null tokens of %s", p.Name)
	}
}

func TestPresetByNameFindsExactlyPresetNames(t *testing.T) {
	for _, name := range event.PresetNames() {
		p, ok := event.PresetByName(name)
		require.True(t, ok, "PresetByName(%q)", name)
		assert.Equal(t, name, p.Name)
	}
	for _, name := range []string{"", event.Auto, "CIM", "edr"} {
		_, ok := event.PresetByName(name)
		assert.False(t, ok, "PresetByName(%q)", name)
	}
}

func TestPresetRoleReportsAbsentRoles(t *testing.T) {
	zeek, _ := event.PresetByName("zeek")
	r, ok := zeek.Role("dest")
	assert.True(t, ok)
	assert.Equal(t, "dest", r.Name)
	_, ok = zeek.Role("dvc")
	assert.False(t, ok)
}

func TestSpellingsListPrefixesThenAliases(t *testing.T) {
	windows, _ := event.PresetByName("windows")
	sid := windows.Spellings("MemberSid")
	assert.Equal(t, []string{
		"MemberSid", "memberSid", "winlog.event_data.MemberSid", "winlog.event_data.memberSid",
		"Event.EventData.MemberSid", "Event.EventData.memberSid", "EventData.MemberSid", "EventData.memberSid",
	}, sid[:8])
	assert.Subset(t, sid, []string{
		"winlog.user_data.MemberSid", "UserData.*.MemberSid", "Event.UserData.*.MemberSid", "event_data.MemberSid",
		"data.win.eventdata.memberSid", "data.win.system.memberSid", "EventData.Data.MemberSid", "StringInserts.MemberSid",
	})
	id := windows.Spellings("EventID")
	assert.Equal(t, []string{"EventID", "eventID"}, id[:2])
	assert.Equal(t, []string{
		"winlog.event_id", "Event.System.EventID", "event_id", "EventID.#text", "Event.System.EventID.#text", "System.EventID", "System.EventID.#text",
	}, id[len(id)-7:], "aliases have no prefixes and one case")

	cim, _ := event.PresetByName("cim")
	assert.Equal(t, []string{"src"}, cim.Spellings("src"))

	p := event.Preset{Prefixes: []string{"a.", "a.", ""}, Aliases: []event.Alias{{Field: "x", Also: []string{"x", "y"}}}}
	assert.Equal(t, []string{"a.x", "x", "y"}, p.Spellings("x"), "without duplicates")
}

func TestRolesAreASet(t *testing.T) {
	roles := event.Roles(0).With(event.SrcUser).With(event.Dest)
	assert.True(t, roles.Has(event.Dest))
	assert.False(t, roles.Has(event.Src))
	assert.Equal(t, "dest,src_user", roles.String())
	assert.Empty(t, event.Roles(0).String())
}
