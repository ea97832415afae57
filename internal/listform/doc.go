// Package listform turns lists in the forms that people export them in into rows.
//
// [Unpack] opens a list that is packed, by its contents. [Open] inspects the first bytes of
// a list before it parses the list. It finds out the encoding (UTF-8, or UTF-16 by a byte
// order mark or by its NULs), the delimiter and the line of the header. A delimited list is
// then read by package csvio, from its header on; of a list in UTF-8 with commas and its
// header in the first line, every byte goes straight there.
//
// The header is the first line if that line has a key column. Otherwise it is the first
// of 50 lines that has one, has as many cells as the next line that is not blank, and has
// no address, MAC address or e-mail address in it. The lines before it are reported as a
// note. A column name that occurs twice gets a number, which is a note, too.
//
// If no line has a key column, the header is the first line that is that of a well-known
// export (see package exports) and whose key columns have values that fit. Its columns are
// then read as the fields that they contain: a guess, which is reported as a note, or
// rejected if the options forbid it. In a list with a key column nothing is guessed, but
// columns that usually contain keys are noted.
//
// A list whose first byte that is not blank is [ or { is JSON: a sequence of objects
// (NDJSON), an array of objects, or an object whose only array of objects has the rows.
// Members of nested objects are dotted columns, and an array is several values. A column may
// appear in any row, so the list is read to its end before the first row is returned. The
// rows are kept in a [spool.Spool] meanwhile, and memory does not grow with the list.
//
// A list that begins like a ZIP archive is an Excel workbook, of which package xlsx reads
// one sheet. Its header is found like that of delimited text, except that a row may have
// fewer cells than the header, because a sheet does not store blank cells. Lines and columns
// are those of the sheet. What is easily missed in a sheet is reported in notes: rows that
// are hidden, cells with errors, merged cells, and other sheets.
//
// If the options have them, each row then passes three steps: rows are left out by a
// condition (where), cells are put together from others (make), and cells are split into
// several values (split). Columns are named as in the header or as they are renamed. In lists
// from directories, the names of entries become their common names before they are split.
package listform
