package table

import "github.com/kithsec/kith/internal/fold"

// serviceClasses are the classes of service principal names whose host part names the
// machine, in lower case. A name such as HTTP/web-3.corp.example is that of a service on the
// machine web-3.corp.example ([MS-ADTS] 2.2.21: class/host:port/service). Classes whose
// second part is a realm or a domain (krbtgt, kadmin) are not among them.
//
// The sources are the classes that Active Directory treats as HOST (the default of the
// attribute sPNMappings, [MS-ADA3] 2.276), and those that these document for themselves:
// Windows (RestrictedKrbHost, TERMSRV, WSMAN, ldap, GC, nfs, Dfsr), Hyper-V and failover
// clusters, SQL Server, Exchange, MIT Kerberos and the IANA registry of GSSAPI service names
// (host, ftp, imap, pop, smtp, sieve, xmpp, postgres), Samba (cifs), and Hadoop and Kafka.
var serviceClasses = makeSet(
	// Active Directory: the same as HOST.
	"host", "alerter", "appmgmt", "browser", "cifs", "cisvc", "clipsrv", "dcom", "dhcp", "dmserver", "dns", "dnscache", "eventlog",
	"eventsystem", "fax", "http", "ias", "iisadmin", "mcsvc", "messenger", "msdtc", "msiserver", "netdde", "netddedsm", "netlogon",
	"netman", "nmagent", "oakley", "plugplay", "policyagent", "protectedstorage", "rasman", "remoteaccess", "replicator", "rpc",
	"rpclocator", "rpcss", "rsvp", "samss", "scardsvr", "scesrv", "schedule", "scm", "seclogon", "snmp", "spooler", "tapisrv", "time",
	"trksvr", "trkwks", "ups", "w3svc", "wins", "www",
	// Windows and its servers.
	"gc", "ldap", "restrictedkrbhost", "termsrv", "termserv", "wsman", "nfs", "dfsr-12f9a27c-bf97-4787-9364-d31b6c55eb04",
	"ntfrs-88f5d2bd-b646-11d2-a6d3-00c04fc9b232", "hyper-v replica service", "microsoft virtual console service",
	"microsoft virtual system migration service", "msclustervirtualserver", "msserverclustermgmtapi", "msservercluster",
	"mssqlsvc", "msolapsvc.3", "msolapdisco.3", "exchangemdb", "exchangerfr", "exchangeab", "smtpsvc",
	// Other systems.
	"afpserver", "ftp", "hbase", "hdfs", "hive", "imap", "imap4", "kafka", "mapred", "oracle", "pop", "pop3", "postgres", "sieve",
	"smtp", "vnc", "xmpp", "yarn", "zookeeper",
)

// makeSet returns the set of some texts.
func makeSet(texts ...string) map[string]bool {
	set := make(map[string]bool, len(texts))
	for _, text := range texts {
		set[text] = true
	}
	return set
}

// maxServiceClass is the length of the longest service class in bytes.
const maxServiceClass = 42

// isServiceClass reports whether a text is the class of a service on a machine, ignoring
// case.
func isServiceClass(class string) bool {
	var room [maxServiceClass]byte
	return len(class) <= maxServiceClass && serviceClasses[string(fold.AppendLower(room[:0], class))]
}
