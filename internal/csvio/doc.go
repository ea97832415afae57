// Package csvio reads and writes CSV in bulk, and opens the compressed files
// that lists and event streams come in.
//
// The form is RFC 4180 with a comma. A record ends with LF or CR LF; the last
// one may end with the input, and a CR that ends the input counts as a line
// end. One UTF-8 byte order mark at the start is dropped. Blank lines are no
// records; Options.KeepBlank shows them as records without cells. A cell that
// begins with a quote ends with the next lone quote; inside it two quotes mean
// one, and commas and line ends are text. A CR LF inside a quoted cell is read
// as LF, as encoding/csv reads it, so that a value does not depend on the line
// ends of its file. A quote anywhere else is an error. Records may differ in
// width, which the caller must check. Every other byte is text, also NUL and invalid
// UTF-8.
//
// A Reader holds one record at a time, in its own buffer: cells are slices of
// the input as it was read, and only a quoted cell with a doubled quote or a
// CR LF in it is copied. Beside the cells it gives the record's own bytes and
// line end, so that a record can be passed on untouched with cells appended.
// After a syntax error it can go on with the next line.
//
// A record longer than 16 MiB, a cell longer than 1 MiB and more than 4,096
// columns are errors that name the limit; the limits bound the memory that any
// input can claim.
package csvio
