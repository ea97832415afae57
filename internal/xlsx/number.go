package xlsx

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
)

// numberKind states how the number of a cell is shown.
type numberKind int8

const (
	plainNumber numberKind = iota
	date                   // with or without the time of day
	timeOfDay
)

// kindOfID returns the kind of a number format by its id. Ids below 164 are formats that
// workbooks do not define; 27 to 36 and 50 to 58 are dates in East Asian languages. 46 is a
// duration.
func kindOfID(id int, custom map[int]numberKind) numberKind {
	if kind, ok := custom[id]; ok {
		return kind
	}
	switch {
	case 14 <= id && id <= 17, id == 22, 27 <= id && id <= 31, id == 36, 50 <= id && id <= 54, 57 <= id && id <= 58:
		return date
	case 18 <= id && id <= 21, 32 <= id && id <= 35, id == 45, id == 47, 55 <= id && id <= 56:
		return timeOfDay
	}
	return plainNumber
}

// kindOfFormat returns the kind of a number format by its code, such as "dd.mm.yyyy". The
// format of a duration, which has [h], [m] or [s], is that of a number.
func kindOfFormat(code string) numberKind {
	days, hours, months := false, false, false
	code = strings.ToLower(code)
	for i := 0; i < len(code) && code[i] != ';'; i++ { // other sections are for negative numbers
		switch code[i] {
		case '"':
			quoted, _, _ := strings.Cut(code[i+1:], `"`)
			i += len(quoted) + 1
		case '[':
			unit, _, _ := strings.Cut(code[i+1:], "]")
			if isDuration(unit) {
				return plainNumber
			}
			i += len(unit) + 1
		case '\\', '_', '*':
			i++
		case 'd', 'y':
			days = true
		case 'h', 's':
			hours = true
		case 'm':
			months = true
		}
	}
	switch {
	case days || months && !hours:
		return date
	case hours:
		return timeOfDay
	}
	return plainNumber
}

// isDuration reports whether the text in brackets of a format is a unit of elapsed time.
func isDuration(text string) bool {
	return text != "" && (strings.Trim(text, "h") == "" || strings.Trim(text, "m") == "" || strings.Trim(text, "s") == "")
}

// shownDigits is the number of digits that Excel shows of a number.
const shownDigits = 15

// appendNumber appends a number without an exponent. Whole numbers that were stored without
// an exponent are copied, whatever their length.
func appendNumber(dst, stored []byte) []byte {
	if !bytes.ContainsAny(stored, ".eE") {
		return append(dst, stored...)
	}
	f, err := strconv.ParseFloat(string(stored), 64)
	if err != nil {
		return append(dst, stored...)
	}
	shown, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'e', shownDigits-1, 64), 64) // never fails: FormatFloat wrote the text
	return strconv.AppendFloat(dst, shown, 'f', -1, 64)
}

// The 1900 system counts 29 February 1900, a day that did not exist, so that dates before it
// are one day later than counted from the epoch. Excel shows no date after the year 9999.
const (
	fakeLeapDay = 60
	afterLast   = 2958466
)

var (
	epoch1900 = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	epoch1904 = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
)

// appendDate appends the date, or the time of day, that a number of days is shown as. A
// number that is not shown as a date is appended as a number.
func appendDate(dst, stored []byte, kind numberKind, date1904 bool) []byte {
	days, err := strconv.ParseFloat(string(stored), 64)
	isTime := kind == timeOfDay && days < 1
	if err != nil || !(0 <= days && days < afterLast) || days < 1 && !isTime && !date1904 {
		return appendNumber(dst, stored)
	}
	epoch := epoch1900
	switch {
	case date1904:
		epoch = epoch1904
	case days < fakeLeapDay:
		epoch = epoch.AddDate(0, 0, 1)
	}
	whole := math.Floor(days)
	milliseconds := math.Round((days - whole) * 24 * 60 * 60 * 1000)
	t := epoch.AddDate(0, 0, int(whole)).Add(time.Duration(milliseconds) * time.Millisecond)
	switch {
	case isTime:
		return t.AppendFormat(dst, "15:04:05.999")
	case t.Equal(t.Truncate(24 * time.Hour)):
		return t.AppendFormat(dst, time.DateOnly)
	}
	return t.AppendFormat(dst, "2006-01-02T15:04:05.999")
}
