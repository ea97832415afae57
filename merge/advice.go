package merge

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
)

// noKeyColumnError returns the error for a header without key columns. It names the
// columns that make keys, and suggests how to correct the list or the configuration.
func (s *listFields) noKeyColumnError(head *header) error {
	names := s.keyColumns()
	cure := "rename one with columns: {" + exampleRename(names) + "}"
	first := head.names[0]
	switch likely := s.likelyRenames(head); {
	case strings.HasPrefix(first, "#") || strings.HasPrefix(fold.Lower(first), "sep="):
		cure = fmt.Sprintf("delete the lines before the header, which begin with %s", problem.Quote(first))
	case len(head.names) == 1 && strings.ContainsAny(first, ";\t"):
		cure = fmt.Sprintf("separate cells with commas, not %q", first[strings.IndexAny(first, ";\t")])
	case len(names) > 0 && slices.ContainsFunc(head.names, looksLikeKey):
		cure = "if the list has no header, name its columns, as in header: [" + names[0] + ", owner]"
	case likely != "":
		cure = "rename with columns: {" + likely + "}"
	case s.unlistedKeyColumn(head) != "":
		cure += ", or add " + s.unlistedKeyColumn(head) + " to identities.keys"
	}
	return fmt.Errorf("no key column: the header needs %s; %s", joinAlternatives(names), cure)
}

// looksLikeKey reports whether a cell is an address, a MAC address or an e-mail address, as
// in the first line of a list without a header.
func looksLikeKey(cell string) bool {
	class, _ := schema.ShapeOf(cell)
	name, domain, isMail := strings.Cut(cell, "@")
	return class != schema.NameKey || isMail && name != "" && strings.Contains(domain, ".")
}

// keyColumns returns the columns that make keys: the key fields of the kind, and for each
// convention its columns joined by "and".
func (s *listFields) keyColumns() []string {
	var names []string
	for i := range s.fields {
		if f := &s.fields[i]; !f.Custom && s.isKeyField(f) {
			names = append(names, f.Name)
		}
	}
	for _, g := range s.generators {
		if all := strings.Join(g.columns, " and "); !slices.Contains(names, all) {
			names = append(names, all)
		}
	}
	return names
}

// exampleRename returns an example of an entry of Columns that makes a key column.
func exampleRename(names []string) string {
	for _, example := range []struct{ column, entry string }{
		{"nt_host", "hostname: nt_host"},
		{"identity", "login: identity"},
		{"email", "mail: email"},
	} {
		if slices.Contains(names, example.column) {
			return example.entry
		}
	}
	return "..."
}

// joinAlternatives joins names as in prose: "a, b or c", or "a, b and c, or d".
func joinAlternatives(names []string) string {
	switch n := len(names); n {
	case 0:
		return "a column that identities.keys names"
	case 1:
		return names[0]
	default:
		or := " or "
		if strings.Contains(strings.Join(names, ""), " and ") {
			or = ", or "
		}
		return strings.Join(names[:n-1], ", ") + or + names[n-1]
	}
}

// unlistedKeyColumn returns the first key column of the header that is not in
// Options.Keys, or "" if there is none.
func (s *listFields) unlistedKeyColumn(head *header) string {
	for _, field := range head.fields {
		if field >= 0 && s.fields[field].Key && !s.isKeyField(&s.fields[field]) {
			return s.fields[field].Name
		}
	}
	return ""
}

// commonNames holds the names that inventories and directories commonly give to key
// columns, reduced to letters and digits and enclosed in spaces.
var commonNames = map[entity.Kind][]struct{ column, names string }{
	entity.Asset: {
		{"ip", " ipaddress ipaddr ipaddresses ips ipv4 ipv4address ipv6 ipv6address privateip primaryip network cidr subnet "},
		{"mac", " macaddress macaddr macaddresses macs hwaddress physicaladdress "},
		{"nt_host", " hostname host computer computername machine machinename device devicename server servername netbiosname assetname "},
		{"dns", " fqdn dnsname dnshostname fullyqualifieddomainname "},
	},
	entity.Identity: {
		{"identity", " user username userid uid login loginname logonname account accountname samaccountname upn userprincipalname "},
		{"email", " mail emailaddress mailaddress primaryemail workemail "},
	},
}

// likelyRenames returns entries of Columns that rename header columns with common names
// to key columns, at most one per key column.
func (s *listFields) likelyRenames(head *header) string {
	var entries []string
	wanted := s.keyColumns()
	for _, usual := range commonNames[s.kind] {
		if !slices.Contains(wanted, usual.column) {
			continue
		}
		for i, name := range head.names {
			bare := strings.Map(letterOrDigit, fold.Lower(name))
			if head.fields[i] >= 0 && strings.Contains(usual.names, " "+bare+" ") {
				entries = append(entries, problem.YAMLKey(name)+": "+usual.column)
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
