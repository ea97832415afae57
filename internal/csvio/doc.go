// Package csvio reads and writes CSV in bulk, and opens the compressed files
// that lists and event streams come in.
//
// The format is RFC 4180, with commas or another delimiter (Options.Delimiter). A record
// ends with LF or CR LF. The last record may end with the input, and a CR at the end of the
// input counts as a line end. One UTF-8 byte order mark at the start is dropped. Blank lines are skipped, or with Options.KeepBlank
// are records without cells. A cell that begins with a quote ends at the next quote that is
// not doubled. Inside it, a doubled quote stands for one quote, and delimiters and line ends
// are text. A CR LF inside a quoted cell is read as LF, as in encoding/csv, so that a value
// does not depend on the line ends of its file. A quote anywhere else is an error. Records
// may differ in width, which the caller must check. All other bytes are text, including NUL
// and invalid UTF-8.
//
// A Reader holds one record at a time in its buffer. Cells are slices of the buffer; only
// a quoted cell that contains a doubled quote or a CR LF is copied. The Reader also
// returns the bytes and the line end of the record, so that a record can be passed on
// unchanged with cells appended. After a syntax error it can continue with the next line.
//
// A record longer than 16 MiB, a cell longer than 1 MiB and more than 4,096 columns are
// errors that name the limit. These limits bound the memory that any input can use.
package csvio
