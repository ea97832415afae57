package merge

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/kithsec/kith/entity"
)

// noKeyColumn says which columns a header needs, and how this one may come to
// have one.
func (r *reader) noKeyColumn(head *columns) error {
	want, cure := "ip, mac, nt_host or dns", "rename one with columns: {hostname: nt_host}"
	if r.schema.kind == entity.Identity {
		want, cure = "identity or email", "rename one with columns: {login: identity}"
	}
	first := head.names[0]
	switch likely := r.likelyKeys(head); {
	case strings.HasPrefix(first, "#") || strings.HasPrefix(entity.Fold(first), "sep="):
		cure = fmt.Sprintf("delete what stands before it, %q", first)
	case len(head.names) == 1 && strings.ContainsAny(first, ";\t"):
		cure = fmt.Sprintf("part cells by a comma, not by %q", first[strings.IndexAny(first, ";\t")])
	case likely != "":
		cure = "rename with columns: {" + likely + "}"
	}
	return fmt.Errorf("no key column: the header needs %s; %s", want, cure)
}

// usualNames are what inventories and directories call key columns, in letters
// and digits alone.
var usualNames = map[entity.Kind][]struct{ column, names string }{
	entity.Asset: {
		{"ip", " ipaddress ipaddr ipaddresses ips ipv4 ipv4address ipv6 ipv6address privateip publicip primaryip address network cidr subnet "},
		{"mac", " macaddress macaddr macaddresses macs hwaddress physicaladdress "},
		{"nt_host", " hostname host computer computername machine machinename device devicename server servername netbiosname assetname name "},
		{"dns", " fqdn dnsname dnshostname fullyqualifieddomainname "},
	},
	entity.Identity: {
		{"identity", " user username userid uid login loginname logonname account accountname samaccountname upn userprincipalname "},
		{"email", " mail emailaddress mailaddress primaryemail workemail "},
	},
}

// likelyKeys returns the entries of Columns that make key columns of those
// that are usually called so, each key once.
func (r *reader) likelyKeys(head *columns) string {
	var entries []string
	for _, usual := range usualNames[r.schema.kind] {
		for i, name := range head.names {
			bare := strings.Map(letterOrDigit, entity.Fold(name))
			if head.fields[i] >= 0 && strings.Contains(usual.names, " "+bare+" ") {
				entries = append(entries, quotedKey(name)+": "+usual.column)
				break
			}
		}
	}
	return strings.Join(entries, ", ")
}

func letterOrDigit(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return r
	}
	return -1
}

// quotedKey is a name as a key of YAML.
func quotedKey(name string) string {
	if strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789_") == "" {
		return name
	}
	return strconv.Quote(name)
}
