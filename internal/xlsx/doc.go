// Package xlsx reads the rows of a sheet of an Excel workbook (XLSX, Office Open XML) as
// texts, one row after another.
//
// A number is read as its digits, to the 15 digits that Excel shows, without an exponent. A
// number whose format shows a date or a time of day is read as an ISO 8601 date, date and
// time, or time; both date systems (1900 and 1904) are known. Formulas are read as the values
// that were stored when the workbook was saved, and booleans as true and false. The text of a
// cell with several fonts is joined; phonetic hints are left out. A cell with an error such
// as #N/A is blank.
//
// Memory does not grow with the workbook: the sheet is read as a stream, and texts that cells
// share are kept in a [spool.Spool]. The bytes that are unpacked are counted by the caller,
// so that a small workbook cannot unpack to more than is intended. Document types, and so
// entities other than those of XML, are rejected.
package xlsx
