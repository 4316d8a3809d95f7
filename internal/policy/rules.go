package policy

// Module is the path of the module that the rules are about.
const Module = "github.com/readdress-go/readdress"

// Words that may stand in [Rule.May] beside import paths.
const (
	// Std is the standard library without unsafe, plugin and cgo.
	Std = "std"
	// Pure is Std without what reaches the machine or the network: see [impure].
	Pure = "std/pure"
)

// Rule says what one package may import.
type Rule struct {
	// Package is the path below the module, "." for its root. A path that ends in "/..." is for every package below.
	Package string
	// May lists what non-test files may import: Std, Pure, paths below the module as "./refresh", and other
	// import paths. A path that ends in "/..." allows every package below as well.
	May []string
	// Tests lists what _test files may import beside May, the package itself, Std and [testTools].
	Tests []string
	// Reason says why the arrows are as they are. It is printed when they are broken.
	Reason string
}

// testTools are what every test may import.
var testTools = []string{"github.com/google/go-cmp/...", "pgregory.net/rapid", "./internal/golden"}

// impure lists the packages that Pure leaves out, each with everything below it.
var impure = []string{"os", "net", "syscall", "io/ioutil", "path/filepath", "crypto/tls", "log/syslog", "expvar", "database", "plugin", "runtime/cgo"}

// Rules returns the arrows of the house. All point inward, to refresh.
func Rules() []Rule {
	const (
		domain  = "./refresh"
		xtext   = "golang.org/x/text/..."
		fan     = "./internal/fanout"
		back    = "./internal/backoff"
		strict  = "./internal/strictjson"
		words   = "./internal/enum"
		suite   = "./connector/connectortest"
		toolkit = "./connector"
		memory  = "./connector/memconn"
		cmp     = "github.com/google/go-cmp/..."
		slapd   = "./internal/slapdtest"
		story   = "./internal/scenario"
		ldap    = "github.com/go-ldap/ldap/v3"
		ber     = "github.com/go-asn1-ber/asn1-ber"
	)
	return []Rule{
		{
			Package: ".",
			Tests:   []string{domain, "./match", "./report", toolkit + "/..."},
			Reason:  "the root holds the documentation only; its tests compile the code in README.md",
		}, {
			Package: "refresh",
			May:     []string{Pure, fan, strict, words, "golang.org/x/net/idna", xtext},
			Tests:   []string{toolkit, memory},
			Reason:  "refresh is the domain: it must be possible to embed it anywhere and to test it without a machine or a network, so it does no I/O and knows no adapter",
		}, {
			Package: "refresh/jobfile",
			May:     []string{Std, domain},
			Reason:  "jobfile keeps a job on disk and knows nothing of connectors and reports",
		}, {
			Package: "match",
			May:     []string{Pure, domain, strict, words, xtext},
			Tests:   []string{memory, "./match/matchtest"},
			Reason:  "match decides from what a lister yields and does no I/O; x/text folds names",
		}, {
			Package: "match/matchtest",
			May:     []string{Std, domain, "./match", cmp},
			Tests:   []string{memory},
			Reason:  "matchtest runs data files against match and prints differences with go-cmp",
		}, {
			Package: "report",
			May:     []string{Pure, domain, strict, words, xtext, "os", "golang.org/x/term", "golang.org/x/sys/windows"},
			Tests:   []string{memory, "golang.org/x/sys/unix"},
			Reason:  "report turns a result into text for a writer that the caller opened; x/text measures the width of letters; whether that writer is a terminal, how wide and whether it takes colours, differs by operating system (x/term) and user (NO_COLOR)",
		}, {
			Package: "connector",
			May:     []string{Pure, domain, back},
			Tests:   []string{memory, suite},
			Reason:  "the toolkit wraps any connector and knows none; an adapter's importer must not get another adapter with it; backoff computes the pauses of Retry",
		}, {
			Package: "connector/connectortest",
			May:     []string{Pure, domain, toolkit, cmp},
			Tests:   []string{memory},
			Reason:  "the suite judges every connector alike, so it knows none; it prints differences with go-cmp",
		}, {
			Package: "connector/memconn",
			May:     []string{Pure, domain},
			Tests:   []string{toolkit, suite},
			Reason:  "the fake is what everybody tests with, so it brings nothing with it and needs no machine",
		}, {
			Package: "connector/ldapconn",
			May:     []string{Std, domain, fan, back, ldap, ber},
			Tests:   []string{suite, toolkit, memory, "./internal/ldaptest", slapd, "./internal/sambatest", "./internal/faultproxy", story},
			Reason:  "adapters know their protocol and the domain, never each other, match or report; only ldapconn knows go-ldap",
		}, {
			Package: "connector/graphconn",
			May:     []string{Std, domain, fan, back},
			Tests:   []string{suite, toolkit, memory, "./internal/graphtest", "./internal/memnet", story},
			Reason:  "adapters know their protocol and the domain, never each other, match or report; Graph needs net/http and no vendor's module",
		}, {
			Package: "connector/imapconn",
			May:     []string{Std, domain, fan, back, "github.com/emersion/go-imap/v2/...", "github.com/emersion/go-sasl"},
			Tests:   []string{suite, toolkit, memory, "./internal/dovecottest"},
			Reason:  "adapters know their protocol and the domain, never each other, match or report; only imapconn knows go-imap",
		}, {
			Package: "connector/snapshotconn",
			May:     []string{Std, domain, fan, back},
			Tests:   []string{suite, toolkit, memory},
			Reason:  "adapters know their protocol and the domain, never each other, match or report",
		}, {
			Package: "examples/...",
			May:     []string{Std, domain, "./refresh/jobfile", "./match", "./report", toolkit + "/...", "./internal/ldaptest", "./internal/graphtest"},
			Reason:  "an example shows what an importer can do, so it uses what an importer can use; only the embedded servers are internal",
		}, {
			Package: "refresh/proptest",
			May:     []string{Pure, domain},
			Tests:   []string{toolkit, memory},
			Reason:  "proptest holds the engine against a plain model of its own, so it knows only what an importer knows",
		}, {
			Package: "internal/faultproxy",
			May:     []string{Std},
			Reason:  "faultproxy breaks connections in tests and knows no protocol",
		}, {
			Package: "internal/slapdtest",
			May:     []string{Std, ldap},
			Tests:   []string{ldap},
			Reason:  "slapdtest runs a real OpenLDAP server for tests; it administers it with go-ldap and knows nothing of ours",
		}, {
			Package: "internal/dovecottest",
			May:     []string{Std},
			Reason:  "dovecottest runs a real IMAP server for tests; imapconn is tested with it, so it must not share go-imap's mistakes, and it knows nothing of ours",
		}, {
			Package: "internal/sambatest",
			May:     []string{Std, ldap},
			Tests:   []string{ldap},
			Reason:  "sambatest runs a real Active Directory for tests and knows nothing of ours",
		}, {
			Package: "internal/ldaptest",
			May:     []string{Std},
			Tests:   []string{ldap, ber},
			Reason:  "ldaptest is an LDAP server of our own that keeps the limits of a real Active Directory; its tests ask it with go-ldap, so the server itself must not share go-ldap's mistakes",
		}, {
			Package: "internal/scenario",
			May:     []string{Pure, domain, suite, cmp},
			Reason:  "the scenario judges every connector alike, so it knows none; it prints differences with go-cmp",
		}, {
			Package: "internal/memnet",
			May:     []string{Std},
			Reason:  "memnet stands in for a network in tests",
		}, {
			Package: "internal/graphtest",
			May:     []string{Std, "./internal/memnet"},
			Tests:   []string{cmp},
			Reason:  "graphtest is a Microsoft Graph of our own that keeps the limits of the real one; the adapter is tested with it, so it must not share the adapter's mistakes",
		}, {
			Package: "internal/graphclients",
			May:     []string{Std, domain, "./connector/graphconn", "./internal/graphtest", cmp},
			Reason:  "graphclients compares what clients of others get from graphtest with what graphconn gets; the SDK is in a module of its own below it",
		}, {
			Package: "internal/fanout",
			May:     []string{Pure, "golang.org/x/sync/errgroup"},
			Reason:  "fanout is the only user of errgroup, so that bounded work and panics are handled in one place",
		}, {
			Package: "internal/backoff",
			May:     []string{Pure},
			Reason:  "backoff computes pauses and knows no protocol",
		}, {
			Package: "internal/enum",
			May:     []string{Pure},
			Reason:  "enum turns small integers into words and knows no types of ours",
		}, {
			Package: "internal/strictjson",
			May:     []string{Pure},
			Reason:  "strictjson checks JSON text and knows no types of ours",
		}, {
			Package: "internal/golden",
			May:     []string{Std, cmp},
			Reason:  "golden is for tests only: it compares with files and writes them anew on request",
		}, {
			Package: "internal/policy",
			May:     []string{Std},
			Reason:  "the checker reads source files and must not depend on what it checks",
		},
	}
}
