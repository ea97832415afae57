package lookup

import (
	"bytes"
	"net/netip"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"github.com/oschwald/maxminddb-golang/v2"
)

// mmdb is the file format of GeoIP data, with one number as the record.
type mmdb struct{ reader *maxminddb.Reader }

func (m *mmdb) Name() string { return "maxminddb" }

func (m *mmdb) Build(t *Table) error {
	tree, err := mmdbwriter.New(mmdbwriter.Options{
		DatabaseType: "entry", RecordSize: 28, IncludeReservedNetworks: true, DisableIPv4Aliasing: true,
	})
	if err != nil {
		return err
	}
	// The last inserted network wins, so prefixes are inserted before hosts. Prefixes
	// ascend by address and then by length, so that inner ones are inserted later.
	hosts := uint32(len(t.Hosts))
	for i := range uint32(t.Len()) {
		entry := (i + hosts) % uint32(t.Len())
		network := ipNet(t.Entry(entry))
		if err := tree.Insert(&network, mmdbtype.Uint32(entry)); err != nil {
			return err
		}
	}
	var file bytes.Buffer
	if _, err = tree.WriteTo(&file); err != nil {
		return err
	}
	m.reader, err = maxminddb.OpenBytes(bytes.Clone(file.Bytes()))
	return err
}

func (m *mmdb) Lookup(dst []uint32, keys []netip.Addr) {
	for i, a := range keys {
		dst[i] = none
		if r := m.reader.Lookup(a); r.Found() {
			if r.Decode(&dst[i]) != nil {
				dst[i] = none
			}
		}
	}
}
