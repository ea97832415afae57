package table

import (
	"slices"

	"github.com/kithsec/kith/internal/fold"
)

// authorities are the domains of the accounts that Windows itself has, such as
// NT AUTHORITY\SYSTEM. No person has an account in them. Windows translates some of the
// names.
//
// The names in English are those of the page "Well-known SIDs" of Microsoft's
// documentation, and of the domains in logon events of services and of the accounts of the
// desktop (DWM-1, UMFD-1). The translations into German and French are in the table
// "Localized service names" of the page "Configure Windows service accounts and
// permissions" of SQL Server's documentation, which also states that Italian, Spanish,
// Russian, Chinese, Japanese and Korean keep the English name of NT AUTHORITY. The others
// are from the output of whoami, icacls and sc on systems in these languages.
var authorities = []string{
	"NT AUTHORITY", "NT SERVICE", "NT VIRTUAL MACHINE", "BUILTIN", "Window Manager", "Font Driver Host",
	"IIS APPPOOL", "APPLICATION PACKAGE AUTHORITY", "Mandatory Label",
	"NT-AUTORITÄT", "VORDEFINIERT", // German
	"AUTORITE NT", "AUTORITÉ NT", // French
	"AUTORIDAD NT",               // Spanish
	"AUTORITÀ NT", "AUTORITA NT", // Italian
	"AUTORIDADE NT",            // Portuguese
	"ZARZĄDZANIE NT",           // Polish
	"NT INSTANS", "NT-INSTANS", // Swedish
	"NT-MYNDIGHET", // Norwegian
	"NT-MYNDIGHED", // Danish
}

// longestAuthority is the greatest length in bytes of an authority.
var longestAuthority = len(slices.MaxFunc(authorities, func(a, b string) int { return len(a) - len(b) }))

// isAuthority reports whether a domain is one of the authorities, ignoring case.
func isAuthority(domain string) bool {
	return len(domain) <= longestAuthority+1 && containsFold(authorities, domain)
}

// containsFold reports whether a list has a text, ignoring case.
func containsFold(list []string, text string) bool {
	for _, s := range list {
		if fold.Equal(s, text) {
			return true
		}
	}
	return false
}
