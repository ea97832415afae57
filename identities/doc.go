// Package identities knows people and accounts: the columns of an identity
// list, the keys that lead to a person, and the table that answers "who is
// ACME\jdoe?".
//
// A person is named by the values of the identity column and by e-mail
// addresses; further keys are generated from the merged record: the part of
// the e-mail before the "@", and names built by conventions such as
// "first(1)last()". A generated key never takes a key that a row states.
//
// A Table answers a value as it stands, ignoring case; else the part after the
// first backslash (ACME\jdoe); else, for name@domain, the name, but only if the
// domain is one that the identities of the zone carry or that is configured:
// admin@elsewhere.example is nobody here.
package identities
