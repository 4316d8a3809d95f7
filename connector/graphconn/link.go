package graphconn

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// pin is the only place that the token is sent to: https, a host in lower case, and a port.
type pin struct{ host, port string }

// errLink is a link that leads elsewhere. Its text does not repeat the link.
var errLink = errors.New("a link in the answer leads to another host than the cloud's, and was not followed")

// maxRedirects is how many redirects within the host are followed.
const maxRedirects = 3

// pinOf returns where a URL leads; ok is false for what is never followed: not https, without a host, with user or password, a host that
// is not plain ASCII or ends with a dot, a port that is no number.
func pinOf(u *url.URL) (p pin, ok bool) {
	if u.Scheme != "https" || u.User != nil || u.Opaque != "" || u.Host == "" {
		return pin{}, false
	}
	host, port := u.Hostname(), u.Port()
	if strings.HasSuffix(u.Host, ":") || strings.HasSuffix(host, ".") || !plainHost(host) {
		return pin{}, false
	}
	if port == "" {
		port = "443"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
		return pin{}, false
	}
	return pin{lowerASCII(host), port}, true
}

// plainHost reports whether a host consists of what host names and IP addresses consist of. Letters beyond ASCII are not among it:
// several of them fold to ASCII, and net/http would convert them.
func plainHost(host string) bool {
	for i := range len(host) {
		switch b := host[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '-', b == '.', b == ':':
		default:
			return false
		}
	}
	return host != ""
}

// lowerASCII is not strings.ToLower, which makes k of the Kelvin sign.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, x := range b {
		if 'A' <= x && x <= 'Z' {
			b[i] = x + 'a' - 'A'
		}
	}
	return string(b)
}

// follow returns the URL of an absolute link when it leads to the pin, and an error that does not repeat it otherwise.
func (p pin) follow(link string) (*url.URL, error) {
	u, err := url.Parse(link)
	if err != nil {
		return nil, errLink
	}
	if got, ok := pinOf(u); !ok || got != p {
		return nil, errLink
	}
	// What is sent is built from what was compared.
	return &url.URL{Scheme: "https", Host: u.Host, Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}, nil
}

// redirect is the CheckRedirect of the client: a redirect within the pin is followed as long as it asks the same question.
func (p pin) redirect(req *http.Request, via []*http.Request) error {
	got, ok := pinOf(req.URL)
	switch {
	case !ok || got != p:
		return errLink
	case req.Method != via[0].Method:
		return errRedirect
	case len(via) > maxRedirects:
		return errRedirect
	}
	// net/http leaves the token out where the host is spelled otherwise, and tells where it comes from.
	req.Header.Set("Authorization", via[0].Header.Get("Authorization"))
	req.Header.Del("Referer")
	return nil
}

var errRedirect = errors.New("the answer redirects to another question, or without an end")
