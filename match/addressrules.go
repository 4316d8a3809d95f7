package match

import (
	"fmt"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// Primary matches equal primary addresses: the soft match of Microsoft Entra.
func Primary() Rule {
	return Rule{
		Name: "primary", Doc: "Both have one primary address.",
		Keys: func(dst []string, e *refresh.Entry) []string { return appendAddress(dst, e.Primary) },
		Raw:  func(dst []string, e *refresh.Entry) []string { return append(dst, string(e.Primary)) },
	}
}

// Login matches equal logins that are addresses, as userPrincipalName mostly is. Others, such as account names, are not unique beyond one server.
func Login() Rule {
	return Rule{
		Name: "login", Doc: "Both have one login, which is an address.",
		Keys: func(dst []string, e *refresh.Entry) []string { return appendAddress(dst, refresh.Address(e.Login)) },
		Raw:  func(dst []string, e *refresh.Entry) []string { return append(dst, e.Login) },
	}
}

// AnyAlias matches who shares any address, primary or alias.
func AnyAlias() Rule {
	return Rule{
		Name: "alias", Doc: "Both have some address in common.",
		Keys: func(dst []string, e *refresh.Entry) []string {
			dst = appendAddress(dst, e.Primary)
			for _, a := range e.Aliases {
				dst = appendAddress(dst, a)
			}
			return dst
		},
		Raw: rawAddresses,
	}
}

func rawAddresses(dst []string, e *refresh.Entry) []string {
	if e.Primary != "" {
		dst = append(dst, string(e.Primary))
	}
	for _, a := range e.Aliases {
		dst = append(dst, string(a))
	}
	return dst
}

// appendAddress adds the folded address, if it is one that says who somebody is.
func appendAddress(dst []string, a refresh.Address) []string {
	if a == "" || a.Check() != nil {
		return dst
	}
	fold := a.Fold()
	if isPlaceholder(fold) {
		return dst
	}
	return append(dst, fold)
}

// MappedDomain matches a source whose primary address has the same local part as an address of the target, when domains were renamed: each mapping
// is "old.example=new.example". An old domain may be mapped to several new ones. Role addresses such as info@ are left out, because
// they may be another company's.
func MappedDomain(mappings ...string) (Rule, error) {
	to := make(map[string][]string)
	var domains []string
	for i, m := range mappings {
		old, now, ok := strings.Cut(m, "=")
		old, now = domainOf(old), domainOf(now)
		if !ok || old == "" || now == "" {
			return Rule{}, fmt.Errorf("match: mapping %d is not of the form old.example=new.example", i+1)
		}
		if slices.Contains(to[old], now) {
			return Rule{}, fmt.Errorf("match: mapping %d is there twice", i+1)
		}
		to[old] = append(to[old], now)
		domains = append(domains, now)
	}
	if len(to) == 0 {
		return Rule{}, fmt.Errorf("match: no mapping of domains, such as old.example=new.example")
	}
	return Rule{
		Name: "mapped-domain", Doc: "The source's primary address in the new domain is an address of the target: " + strings.Join(mappings, ", ") + ".",
		Keys: func(dst []string, e *refresh.Entry) []string {
			from := len(dst)
			dst = appendAddress(dst, e.Primary)
			if len(dst) == from {
				return dst
			}
			local, domain := refresh.Address(dst[from]).Split()
			dst = dst[:from]
			if isRole(local) {
				return dst
			}
			for _, now := range to[domain] {
				dst = append(dst, local+"@"+now)
			}
			return dst
		},
		Target: func(dst []string, e *refresh.Entry) []string {
			for _, a := range append(e.Aliases[:len(e.Aliases):len(e.Aliases)], e.Primary) {
				from := len(dst)
				if dst = appendAddress(dst, a); len(dst) == from {
					continue
				}
				if local, domain := refresh.Address(dst[from]).Split(); isRole(local) || !slices.Contains(domains, domain) {
					dst = dst[:from]
				}
			}
			return dst
		},
		Raw: func(dst []string, e *refresh.Entry) []string { return append(dst, string(e.Primary)) }, TargetRaw: rawAddresses,
	}, nil
}

// domainOf is a domain as it is in a folded address, empty where it is none.
func domainOf(s string) string {
	a := refresh.Address("x@" + strings.TrimSpace(s))
	if a.Check() != nil {
		return ""
	}
	return a.Domain()
}
