package ldapconn

import (
	"context"
	"log/slog"
	"net"
	"time"
)

// Options adjust a connection. Nil and the zero value work.
type Options struct {
	// Timeout bounds each operation: connecting as a whole, and every search. Zero means 30 seconds.
	Timeout time.Duration
	// InsecureClearText speaks LDAP without TLS: the password and everything read can be read and changed on the way.
	// It is for tests and for connections that are protected otherwise.
	InsecureClearText bool
	// Attributes say what mailboxes are read from, where it is not the system's usual attribute.
	Attributes Attributes
	// Dial makes connections, where it is set, for example through a tunnel.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Filter narrows what List lists. Resolve and Find do not look at it.
	Filter Filter
	// Connections is how many connections a large call may use at a time for one server. Zero means what suits the system:
	// one on Active Directory, four elsewhere.
	Connections int
	// InFlight is how many searches a call may have in progress at a time, over all its connections. Zero means 8, and
	// 16 with several connections. Fewer are used when the server slows down.
	InFlight int
	// Logger gets at Debug what was decided on the way: servers, batch sizes, ways. It never gets addresses or names.
	Logger *slog.Logger
}

// Filter narrows a listing. Nil and the zero value list everything.
type Filter struct {
	// Group is the DN of a group: only its members are listed, those of groups in it too.
	Group string
	// Address is a pattern in which * stands for any text, such as "*@old.example": only what holds such an address,
	// as primary address or alias, is listed. Case does not matter.
	Address string
}

const (
	defaultTimeout = 30 * time.Second
	keepAlive      = 30 * time.Second
)

func (o *Options) orZero() Options {
	r := Options{}
	if o != nil {
		r = *o
	}
	if r.Timeout <= 0 {
		r.Timeout = defaultTimeout
	}
	if r.Dial == nil {
		r.Dial = (&net.Dialer{KeepAlive: keepAlive}).DialContext
	}
	if r.Logger == nil {
		r.Logger = slog.New(slog.DiscardHandler)
	}
	return r
}

// connections is how many connections to one server a call may use.
func (c *Connector) connections() int {
	switch {
	case c.opts.Connections > 0:
		return c.opts.Connections
	case c.facts.dialect == activeDirectory:
		return 1 // a domain controller gains nothing from more
	}
	return 4
}

// inFlight is how many searches a call may have in progress.
func (c *Connector) inFlight() int {
	switch {
	case c.opts.InFlight > 0:
		return c.opts.InFlight
	case c.connections() > 1:
		return 16
	}
	return 8
}

// newPace returns the pace of one call, for so many items and at most so many in a search.
func (c *Connector) newPace(n, largest int) *pace {
	if largest == 0 {
		largest = max(1, maxEntries/c.inFlight())
	}
	return newPace(paceConfig{ids: n, inFlight: c.inFlight(), largest: largest}, c.opts.Logger)
}

// maxEntries is for how many entries of the usual size in progress at a time the budget has room.
const maxEntries = 1600

// Attributes name the attributes that a mailbox is read from. An empty field takes the preset of the system, "-" reads nothing.
// The identity is not among them: it is the server's, see the package comment.
type Attributes struct {
	Addresses   string // proxyAddresses: values with the prefix "SMTP:" (the primary) or "smtp:" (an alias); others are ignored
	Mail        string // mail: the primary address where Addresses names none
	Login       string // userPrincipalName, uid
	DisplayName string // displayName; cn where it is absent
	Given       string // givenName
	Surname     string // sn
	EmployeeID  string // employeeID, employeeNumber
	LegacyDN    string // legacyExchangeDN (Active Directory)
	Admin       string // adminCount (Active Directory): not 0 for members, present or former, of an administrative group

	Instance string // msExchMailboxGuid, 16 bytes (Active Directory)
	Anchor   string // ms-DS-ConsistencyGuid, 16 bytes (Active Directory)
	Kind     string // msExchRecipientTypeDetails (Active Directory); every entry is a user where it is switched off
	Forward  string // targetAddress (Active Directory)
}

// or returns a with the presets for what is empty, and with nothing for "-".
func (a Attributes) or(preset Attributes) Attributes {
	pick := func(a, preset string) string {
		switch a {
		case "":
			return preset
		case "-":
			return ""
		}
		return a
	}
	return Attributes{
		Addresses: pick(a.Addresses, preset.Addresses), Mail: pick(a.Mail, preset.Mail), Login: pick(a.Login, preset.Login),
		DisplayName: pick(a.DisplayName, preset.DisplayName), Given: pick(a.Given, preset.Given),
		Surname: pick(a.Surname, preset.Surname), EmployeeID: pick(a.EmployeeID, preset.EmployeeID),
		LegacyDN: pick(a.LegacyDN, preset.LegacyDN), Admin: pick(a.Admin, preset.Admin),
		Instance: pick(a.Instance, preset.Instance), Anchor: pick(a.Anchor, preset.Anchor),
		Kind: pick(a.Kind, preset.Kind), Forward: pick(a.Forward, preset.Forward),
	}
}

// mail lists the attributes that make an entry a mailbox.
func (a Attributes) mail() []string { return present(a.Addresses, a.Mail) }

// mailbox lists what is read of a mailbox beside its identity.
func (a Attributes) mailbox() []string {
	return present(a.Addresses, a.Mail, a.Login, a.DisplayName, commonName, a.Instance, a.Anchor, a.Kind, a.Forward)
}

// person lists what a listing reads beside the mailbox.
func (a Attributes) person() []string {
	return present(a.Given, a.Surname, a.EmployeeID, a.LegacyDN, a.Admin)
}

const commonName = "cn"

func present(names ...string) []string {
	var out []string
	for _, n := range names {
		if n != "" {
			out = append(out, n)
		}
	}
	return out
}
