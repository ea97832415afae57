package gen

import "io"

// AssetHeader is the header of every asset list: the columns of the asset framework of
// Splunk Enterprise Security, in their order.
const AssetHeader = "ip,mac,nt_host,dns,owner,priority,lat,long,city,country,bunit,category,pci_domain," +
	"is_expected,should_timesync,should_update,requires_av,cim_entity_zone\n"

// AssetList is one of several lists of the hosts of a World. Each host belongs to one
// list. In addition, a list repeats hosts of other lists in its own spelling, so that a
// share of Overlap of its rows describes hosts that another list has, too. All lists
// together have Hosts/(1-Overlap) rows.
type AssetList struct {
	World
	Source  int     // number of the list, from 0
	Sources int     // number of lists; 0 means 1
	Overlap float64 // share of repeating rows, less than 1
}

// HostsFor returns how many hosts a World needs for its lists to have about that
// many rows in total.
func HostsFor(rows int, overlap float64) int { return int(float64(rows) * (1 - overlap)) }

// Rows returns the number of rows of the list, without the header.
func (l AssetList) Rows() int {
	first, end := l.ownHosts()
	return end - first + l.restatedRows()
}

// ownHosts returns the range of the hosts that belong to the list.
func (l AssetList) ownHosts() (first, end int) {
	k := max(l.Sources, 1)
	return l.Hosts * l.Source / k, l.Hosts * (l.Source + 1) / k
}

// restatedRows returns the number of rows about hosts of other lists.
func (l AssetList) restatedRows() int {
	first, end := l.ownHosts()
	return int(float64(end-first) * l.Overlap / (1 - l.Overlap))
}

// WriteTo writes the list as CSV, the header first.
func (l AssetList) WriteTo(w io.Writer) (int64, error) {
	out := rowWriter{w: w}
	out.buf = append(out.buf, AssetHeader...)
	first, end := l.ownHosts()
	for i := first; i < end; i++ {
		out.buf = l.appendRow(out.buf, l.Host(i), i)
		out.flushIfFull()
	}
	for r := range l.restatedRows() {
		d := newDice(l.Seed, streamAssetRow, 1<<63|l.rowNumber(r))
		out.buf = l.appendRow(out.buf, l.Host(l.drawForeignHost(&d)), end+r)
		out.flushIfFull()
	}
	return out.finish()
}

// rowNumber returns the number of a row, which is unique among all lists.
func (l AssetList) rowNumber(row int) uint64 { return uint64(l.Source)<<32 | uint64(row) }

// drawForeignHost draws a host of another list, or any host if there is only one list.
func (l AssetList) drawForeignHost(d *dice) int {
	first, end := l.ownHosts()
	others := l.Hosts - (end - first)
	if others == 0 {
		return d.intN(l.Hosts)
	}
	i := d.intN(others)
	if i >= first {
		i += end - first
	}
	return i
}

// appendRow appends the row of h. Its spelling follows the habit of the list, with random
// exceptions.
func (l AssetList) appendRow(dst []byte, h Host, row int) []byte {
	d := newDice(l.Seed, streamAssetRow, l.rowNumber(row))
	habit := l.Source % 4
	if d.perMille(100) {
		habit = d.intN(4)
	}
	dst = appendRowAddrs(dst, &d, h, habit)
	dst = append(dst, ',')
	dst = appendRowMAC(dst, &d, h, habit)
	dst = append(dst, ',')
	dst = appendRowNames(dst, &d, h, habit)
	dst = append(dst, ',')
	if l.People > 0 && !d.perMille(100) {
		dst = l.Person(h.owner).appendOwner(dst, habit)
	}
	dst = append(dst, ',')
	dst = appendRowPlace(dst, &d, h)
	dst = append(dst, ',')
	dst = appendRowTags(dst, &d, h)
	for bit := range 4 {
		dst = append(dst, ',')
		if h.flags>>bit&1 == 1 {
			dst = append(dst, d.pickWord(trueWords)...)
		} else {
			dst = append(dst, d.pickWord(falseWords)...)
		}
	}
	return append(dst, ",\n"...)
}

// gateway is the virtual address that one row in two thousand has.
const gateway = "192.0.2.1"

func appendRowAddrs(dst []byte, d *dice, h Host, habit int) []byte {
	if d.perMille(20) {
		return dst // the row has only names and perhaps a MAC
	}
	dst = h.Addr().AppendTo(dst)
	if h.v4[1] != 0 && habit != 1 {
		dst = append(dst, '|')
		dst = addr4(h.v4[1]).AppendTo(dst)
	}
	if h.v6 && habit != 1 {
		dst = append(dst, '|')
		from := len(dst)
		dst = h.addr6().AppendTo(dst)
		if d.perMille(300) {
			upperASCII(dst[from:])
		}
	}
	if h.shared != 0 {
		dst = append(dst, '|')
		dst = addr4(h.shared).AppendTo(dst)
	}
	if d.intN(2000) == 0 {
		dst = append(dst, '|')
		dst = append(dst, gateway...)
	}
	return dst
}

func appendRowMAC(dst []byte, d *dice, h Host, habit int) []byte {
	switch k := d.intN(1000); {
	case k < 5:
		return append(dst, "00:00:00:00:00:00"...)
	case k < 8:
		return append(dst, "ff:ff:ff:ff:ff:ff"...)
	case k < 9:
		return append(dst, "00:00:5e:00:01:01"...) // a VRRP group
	case k < 150, habit == 2:
		return dst
	}
	return h.AppendMAC(dst, MACStyle(habit))
}

// appendRowNames appends nt_host and dns. At least one of the two contains the name,
// which is the key of rows without an address.
func appendRowNames(dst []byte, d *dice, h Host, habit int) []byte {
	from := len(dst)
	switch habit {
	case 0:
		dst = h.AppendName(dst)
		dst = append(dst, ',')
		dst = h.AppendFQDN(dst)
	case 1:
		dst = h.AppendName(dst)
		upperASCII(dst[from:])
		if d.perMille(3) {
			dst = append(dst, "|localhost"...)
		}
		dst = append(dst, ',')
	case 2:
		dst = h.AppendFQDN(dst) // the full name where a short one belongs
		dst = append(dst, ',')
	default:
		dst = h.AppendName(dst)
		dst = append(dst, ',')
		from = len(dst)
		dst = h.AppendFQDN(dst)
		upperASCII(dst[from:])
		if d.perMille(200) {
			dst = append(dst, '.')
		}
	}
	return dst
}

func (p Person) appendOwner(dst []byte, habit int) []byte {
	if from := len(dst); habit%2 == 0 {
		if dst = p.AppendEmail(dst); len(dst) > from {
			return dst
		}
	}
	if habit == 1 && p.kind != sharedMailbox {
		dst = append(dst, logonName+`\`...)
	}
	return p.AppendLogin(dst)
}

// appendRowPlace appends priority, lat, long, city and country.
func appendRowPlace(dst []byte, d *dice, h Host) []byte {
	prio := h.prio
	if d.perMille(100) {
		prio = d.intN(len(priorities)) // lists disagree
	}
	dst = append(dst, priorities[prio]...)
	if d.perMille(300) {
		return append(dst, ",,,,"...)
	}
	dst = append(dst, ',')
	dst = append(dst, h.site.lat...)
	dst = append(dst, ',')
	dst = append(dst, h.site.long...)
	dst = append(dst, ',')
	dst = appendCell(dst, h.site.city)
	dst = append(dst, ',')
	return append(dst, h.site.country...)
}

// appendRowTags appends bunit, category and pci_domain.
func appendRowTags(dst []byte, d *dice, h Host) []byte {
	if !d.perMille(150) {
		dst = appendCell(dst, units[h.unit])
	}
	dst = append(dst, ',')
	for c := range h.catsLen {
		if c > 0 {
			dst = append(dst, '|')
		}
		dst = append(dst, categories[h.cats[c]]...)
	}
	dst = append(dst, ',')
	switch k := d.intN(1000); {
	case k < 10:
		dst = append(dst, "trust|cardholder"...)
	case k < 20:
		dst = append(dst, "dmz"...)
	}
	return dst
}
