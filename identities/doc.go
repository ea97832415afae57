// Package identities defines identities, the people and accounts of an organisation, and the
// table that looks them up: the columns of an identity list, the canonical forms of keys, and
// the steps of a lookup.
//
// The keys of an identity are the values of the identity column and its e-mail addresses.
// Further keys are generated from the merged record: the part of the e-mail address before the
// "@", and names built by conventions such as "first(1)last()". A generated key never replaces
// a key that a row lists.
//
// # Lookup
//
// [Table.Lookup] ignores case and tries the value itself first. Then it tries these forms:
//
//   - the guest whose address is in a name of Entra ID: ann_partner.example#EXT#@tenant is
//     looked up as ann@partner.example;
//   - the account CORP\jdoe, as described below;
//   - for name@domain, the name, if the domain is configured or occurs in an e-mail address
//     or a key name@domain of the zone. Therefore admin@elsewhere.example, with an unknown
//     domain, does not match the identity admin;
//   - if it is configured, the user or the session in an ARN of Amazon.
//
// # Accounts in a domain
//
// The name of an account is unique in its domain only: the jdoe of one machine or of another
// organisation is not jdoe. An account CORP\jdoe that is not itself a key is looked up as
// jdoe@CORP; then, if the domain has a dot, in the domain that is its first label; and then
// as jdoe, if the domain may be one of the organisation:
//
//   - It must not be ".", a domain of the system such as NT AUTHORITY, or a machine: the
//     one that the event names, or an asset of the zone. An asset does not count if
//     [Options].Domains lists the domain.
//   - It must be known. The domains of Options.Domains are known. So is a domain without a
//     dot if it is in a key CORP\name. A domain with a dot is known if it is in an e-mail
//     address, in a key name@domain or in a key domain\name, or if its first label is known.
//     If the zone has no known domain of the same sort, with or without a dot, any domain is
//     taken to be one of the organisation, because the lists cannot show that it is not.
//
// An identity with a key LAB\jdoe does not match CORP\jdoe by the name jdoe alone.
// [Table.LookupAccount] takes the domain and the name as two arguments.
package identities
