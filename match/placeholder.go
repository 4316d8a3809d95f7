package match

import "strings"

// initialDomains are where Microsoft 365 puts addresses whose own domain is gone.
var initialDomains = []string{".onmicrosoft.com", ".onmicrosoft.de", ".onmicrosoft.us", ".partner.onmschina.cn"}

// isPlaceholder reports whether a folded address was made up by Exchange Online, because another one was taken: name+1234 in an initial domain.
// Who has it depends on who came second.
func isPlaceholder(fold string) bool {
	at := strings.LastIndexByte(fold, '@')
	if at < 0 {
		return false
	}
	digits := at
	for digits > 0 && '0' <= fold[digits-1] && fold[digits-1] <= '9' {
		digits--
	}
	if digits == at || digits == 0 || fold[digits-1] != '+' {
		return false
	}
	for _, d := range initialDomains {
		if strings.HasSuffix(fold, d) {
			return true
		}
	}
	return false
}
