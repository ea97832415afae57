// Package assets knows machines: the columns of an asset list, the canonical
// forms of the values that name a machine, and the table that answers "what is
// 10.1.2.3?".
//
// A machine is named by its addresses, its MACs and its names. A list may also
// name whole networks (10.1.0.0/16), ranges of addresses, which become the
// smallest set of prefixes that covers them, ranges of MACs, and all names
// below a suffix (*.corp.example.com). A Table answers a key by its shape, in
// this order: the key itself, the longest prefix that covers the address, the
// narrowest MAC range, the longest suffix.
//
// An IPv4-mapped IPv6 address is its IPv4 address and a scope zone (%eth0)
// never decides ownership, wherever an address is read.
package assets
