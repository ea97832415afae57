package lists

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReloadGuardsEachList changes one file at a time, and checks what a reload reports. ""
// as the new text removes the file.
func TestReloadGuardsEachList(t *testing.T) {
	const (
		refused = "refused\n"
		restart = "hint: if this is intended, restart\n" + refused
		raise   = "hint: if this is intended, restart, or raise reload.max_loss in the configuration\n" + refused
		hosts   = "ip,mac,Host,City\n10.0.0.1,,a,x\n10.0.0.2,,b,y\n10.0.0.3,,c,z\n"
		scan    = "ip,nt_host\n10.0.0.1,a\n10.0.0.2,b\n10.0.0.3,c\n"
	)
	files := map[string]string{
		"kith.yaml": "assets: {sources: [{path: hosts.csv, columns: {Host: nt_host, City: city}}, {path: scan.csv, optional: true}, " +
			"{name: parts, path: part-*.csv, columns: {site: \"\"}}]}\n",
		"hosts.csv": hosts, "scan.csv": scan,
		"part-1.csv": "dns,site\nd1,\nd2,\n", "part-2.csv": "dns\nd3\n",
	}
	for _, c := range []struct {
		claim, file, text, want string
	}{
		{
			"the assets of a list that shrinks can still be in another", "scan.csv", "ip,nt_host\n10.0.0.1,a\n",
			"scan: 3 → 1 row, 3 → 1 asset: more than the allowed share of 0.5 is missing\n" + raise,
		},
		{
			"half of the rows is the allowed share, and the change is reported", "scan.csv", "ip,nt_host\n10.0.0.1,a\n10.0.0.2,b\n",
			"reloaded 6 assets and 0 identities\nchanged scan: 3 → 2 rows, 3 → 2 assets\n",
		},
		{
			"rows that become one asset are a loss", "scan.csv", "ip,nt_host\n10.0.0.1,a\n10.0.0.1,A\n10.0.0.1,a.corp\n",
			"scan: 3 → 3 rows, 3 → 1 asset: more than the allowed share of 0.5 is missing\n" + raise,
		},
		{
			"an optional list that is absent has lost all", "scan.csv", "",
			"scan: 3 → 0 rows, 3 → 0 assets: more than the allowed share of 0.5 is missing\n" + raise,
		},
		{
			"a key column is lost, also one without values", "hosts.csv", "ip,Host,City\n10.0.0.1,a,x\n10.0.0.2,b,y\n10.0.0.3,c,z\n",
			"hosts: the key column \"mac\" is missing\n" + restart,
		},
		{
			"a renamed key column is lost", "hosts.csv", "ip,mac,Hostname,City\n10.0.0.1,,a,x\n10.0.0.2,,b,y\n10.0.0.3,,c,z\n",
			"hosts: the key column \"nt_host\" is missing (in the list \"Host\")\n" + restart,
		},
		{
			"a renamed column is lost", "hosts.csv", "ip,mac,Host,Town\n10.0.0.1,,a,x\n10.0.0.2,,b,y\n10.0.0.3,,c,z\n",
			"hosts: the column \"City\", which columns renames to \"city\", is missing\n" + restart,
		},
		{
			"columns may be in another order and spelling", "hosts.csv", "CITY,MAC,host,ip\nx,,a,10.0.0.1\ny,,b,10.0.0.2\nz,,c,10.0.0.3\n",
			"reloaded 6 assets and 0 identities\n",
		},
		{
			"a column that is dropped may be absent", "part-1.csv", "dns\nd1\nd2\n",
			"reloaded 6 assets and 0 identities\n",
		},
		{
			"the files of a glob are one list", "part-2.csv", "",
			"reloaded 5 assets and 0 identities\nchanged parts: 3 → 2 rows, 3 → 2 assets\n",
		},
		{
			"a list that the configuration no longer has is not missed", "kith.yaml",
			"assets: {sources: [{path: hosts.csv, columns: {Host: nt_host, City: city}}, {name: parts, path: part-*.csv}]}\n",
			"reloaded 6 assets and 0 identities\n",
		},
		{
			"max_loss does not allow the loss of a column", "kith.yaml",
			"reload: {max_loss: 1}\nassets: {sources: [{path: hosts.csv, columns: {Host: dns, City: city}}, {path: scan.csv}, {name: parts, path: part-*.csv}]}\n",
			"hosts: the key column \"nt_host\" is missing (in the list \"Host\")\n" + restart,
		},
	} {
		t.Run(c.claim, func(t *testing.T) {
			r := startReloading(t, files)
			if c.text == "" {
				require.NoError(t, os.Remove(filepath.Join(r.dir, c.file)))
			} else {
				r.replaceFile(c.file, c.text)
			}
			assert.Equal(t, c.want, r.requestReload())
		})
	}
}
