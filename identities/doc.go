// Package identities defines identities, the people and accounts of an organisation, and the
// table that looks them up: the columns of an identity list, the canonical forms of keys, and
// the steps of a lookup.
//
// The keys of an identity are the values of the identity column and its e-mail addresses.
// Further keys are generated from the merged record: the part of the e-mail address before the
// "@", and names built by conventions such as "first(1)last()". A generated key never replaces
// a key that a row lists.
//
// [Table.Lookup] ignores case and tries these steps in order: the value itself; the part
// after the first backslash (ACME\jdoe); and, for name@domain, the name, if the domain is
// configured or occurs in the e-mail addresses of the zone. Therefore
// admin@elsewhere.example, with an unknown domain, does not match the identity admin.
package identities
