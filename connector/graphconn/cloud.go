package graphconn

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Cloud is one of Microsoft's clouds, or another place that speaks Microsoft Graph. The zero Cloud is [Global].
type Cloud struct {
	Name string // for people, and for [CloudNamed]
	// Root is scheme, host and, where it is not the usual one, port of Microsoft Graph, such as "https://graph.microsoft.com".
	// The token is sent there and nowhere else.
	Root string
	// Authority is where tokens are had, such as "https://login.microsoftonline.com". It is for the host: this package does
	// not sign in.
	Authority string
	// Initial are the suffixes of initial domains, such as "onmicrosoft.com". They are used only where the tenant cannot be asked
	// which of its domains is the initial one.
	Initial []string
	// Instances: the cloud offers settings/exchange of users, which holds the identity of a mailbox (Microsoft, "exchangeSettings
	// resource type"). Without it, a replaced mailbox cannot be told from the one before.
	Instances bool
}

// Global is the cloud that most tenants are in, GCC among them.
func Global() Cloud {
	return Cloud{Name: "Global", Root: "https://graph.microsoft.com", Authority: "https://login.microsoftonline.com",
		Initial: []string{"onmicrosoft.com"}, Instances: true}
}

// USGov is Microsoft 365 for the government of the United States at level L4 (GCC High).
func USGov() Cloud {
	return Cloud{Name: "USGov", Root: "https://graph.microsoft.us", Authority: "https://login.microsoftonline.us",
		Initial: []string{"onmicrosoft.us", "onmicrosoft.com"}}
}

// USGovDoD is Microsoft 365 for the Department of Defense of the United States (level L5).
func USGovDoD() Cloud {
	return Cloud{Name: "USGovDoD", Root: "https://dod-graph.microsoft.us", Authority: "https://login.microsoftonline.us",
		Initial: []string{"onmicrosoft.us", "onmicrosoft.com"}}
}

// China is Microsoft 365 operated by 21Vianet.
func China() Cloud {
	return Cloud{Name: "China", Root: "https://microsoftgraph.chinacloudapi.cn", Authority: "https://login.chinacloudapi.cn",
		Initial: []string{"partner.onmschina.cn"}}
}

// Bleu is the sovereign cloud of France. Its initial domains are not published.
func Bleu() Cloud { return sovereign("Bleu", "fr") }

// Delos is the sovereign cloud of Germany, which is not the Microsoft Cloud Germany that was closed. Its initial domains are
// not published.
func Delos() Cloud { return sovereign("Delos", "de") }

// GovSG is the sovereign cloud of Singapore. Its initial domains are not published.
func GovSG() Cloud { return sovereign("GovSG", "sg") }

// sovereign is one of the clouds whose addresses follow one pattern, which is known from public code only.
func sovereign(name, country string) Cloud {
	return Cloud{Name: name, Root: "https://graph.svc.sovcloud." + country, Authority: "https://login.sovcloud-identity." + country}
}

// Clouds lists the clouds that have names.
func Clouds() []Cloud {
	return []Cloud{Global(), USGov(), USGovDoD(), China(), Bleu(), Delos(), GovSG()}
}

// CloudNamed finds a cloud by its name, in any case. An unknown name is an error that lists the names.
func CloudNamed(name string) (Cloud, error) {
	var names []string
	for _, c := range Clouds() {
		if strings.EqualFold(c.Name, name) {
			return c, nil
		}
		names = append(names, c.Name)
	}
	if strings.EqualFold(name, "Germany") {
		return Cloud{}, errors.New("graphconn: Microsoft Cloud Germany was closed on 2021-10-29: its tenants were moved to Global")
	}
	return Cloud{}, fmt.Errorf("graphconn: there is no cloud %q: choose one of %s", name, strings.Join(names, ", "))
}

// Scope is what a token is asked for: every right that the application was granted in this cloud.
func (c Cloud) Scope() string { return c.orGlobal().Root + "/.default" }

// orGlobal returns c, or Global when c is the zero Cloud.
func (c Cloud) orGlobal() Cloud {
	if c.Name == "" && c.Root == "" && c.Authority == "" && c.Initial == nil && !c.Instances {
		return Global()
	}
	return c
}

// pin returns the place that the token may be sent to.
func (c Cloud) pin() (pin, error) {
	u, err := url.Parse(c.Root)
	p, ok := pin{}, false
	if err == nil {
		p, ok = pinOf(u)
	}
	switch {
	case !ok:
		return pin{}, errors.New("graphconn: Config.Cloud.Root must be https:// with a host in ASCII and nothing else")
	case u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(c.Root, "#"):
		return pin{}, errors.New("graphconn: Config.Cloud.Root must be https:// and a host, without a path, even /")
	}
	return p, nil
}
