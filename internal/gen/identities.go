package gen

import (
	"io"
	"strconv"
)

// IdentityHeader is the header of every identity list.
const IdentityHeader = "identity,prefix,nick,first,last,suffix,email,phone,phone2,managedBy,priority,bunit,category," +
	"watchlist,startDate,endDate,work_city,work_country,work_lat,work_long,cim_entity_zone\n"

// IdentityList is the list of the people of a World, with one row for each: mostly
// employees, some service, admin and machine accounts, and some shared mailboxes whose
// only key is an e-mail address.
type IdentityList struct{ World }

// WriteTo writes the list as CSV, the header first.
func (l IdentityList) WriteTo(w io.Writer) (int64, error) {
	out := rowWriter{w: w}
	out.buf = append(out.buf, IdentityHeader...)
	for i := range l.People {
		out.buf = l.appendRow(out.buf, l.Person(i))
		out.flushIfFull()
	}
	return out.finish()
}

func (l IdentityList) appendRow(dst []byte, p Person) []byte {
	d := newDice(l.Seed, streamIdentityRow, uint64(p.ID))
	if p.kind != sharedMailbox {
		dst = p.AppendLogin(dst)
		if d.perMille(600) {
			dst = append(dst, '|')
			dst = p.AppendSID(dst)
		}
	}
	dst = append(dst, ",,"...)
	dst = append(dst, ',')
	if p.kind == employee || p.kind == adminAccount {
		dst = append(dst, p.first...)
		dst = append(dst, ',')
		dst = appendCell(dst, p.last)
	} else {
		dst = append(dst, ',')
	}
	dst = append(dst, ",,"...)
	from := len(dst)
	dst = p.AppendEmail(dst)
	if d.perMille(100) {
		upperASCII(dst[from:])
	}
	dst = append(dst, ",+1 555 01"...)
	dst = appendPadded(dst, p.ID%10000, 4)
	dst = append(dst, ",,"...)
	dst = l.Person(p.manager).AppendLogin(dst)
	dst = append(dst, ',')
	dst = append(dst, priorities[p.prio]...)
	dst = append(dst, ',')
	dst = appendCell(dst, units[p.unit])
	dst = append(dst, ',')
	dst = append(dst, accountCategories[p.kind]...)
	dst = append(dst, ',')
	if d.perMille(10) {
		dst = append(dst, d.pickWord(trueWords)...)
	}
	return appendPersonRest(dst, &d, p)
}

// appendPersonRest appends the dates, the work location and the zone.
func appendPersonRest(dst []byte, d *dice, p Person) []byte {
	dst = append(dst, ',')
	dst = appendDate(dst, d, 2010+d.intN(15))
	dst = append(dst, ',')
	if d.perMille(50) {
		dst = appendDate(dst, d, 2025)
	}
	dst = append(dst, ',')
	dst = appendCell(dst, p.site.city)
	dst = append(dst, ',')
	dst = append(dst, p.site.country...)
	dst = append(dst, ',')
	dst = append(dst, p.site.lat...)
	dst = append(dst, ',')
	dst = append(dst, p.site.long...)
	return append(dst, ",\n"...)
}

// appendDate appends a random day of the year in one of the formats that lists use.
func appendDate(dst []byte, d *dice, year int) []byte {
	month, day := 1+d.intN(12), 1+d.intN(28)
	if d.perMille(200) {
		dst = strconv.AppendInt(dst, int64(year), 10)
		dst = append(dst, '-')
		dst = appendPadded(dst, month, 2)
		dst = append(dst, '-')
		dst = appendPadded(dst, day, 2)
		return append(dst, "T09:00:00Z"...)
	}
	dst = appendPadded(dst, month, 2)
	dst = append(dst, '/')
	dst = appendPadded(dst, day, 2)
	dst = append(dst, '/')
	dst = strconv.AppendInt(dst, int64(year), 10)
	return append(dst, " 08:30"...)
}
