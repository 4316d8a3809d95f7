package match

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/readdress-go/readdress/refresh"
)

// Template says which address a mailbox gets that is still to be created. The zero Template makes none.
type Template struct {
	// Domain is that of the new addresses, such as "new.example". Required.
	Domain string `json:"domain"`
	// Pattern makes the part before the "@"; empty means "{local}". In it stand for what is known of a person:
	//
	//	{local}             the local part of the present address, as it is spelled
	//	{login}             the login as far as its "@", if it has one
	//	{given}, {surname}  the names, {g} and {s} their first letters
	//
	// Names are put into ASCII as Exchange does it: in lower case, ä as ae, ß as ss, other marks dropped, and without what is neither
	// a letter nor a digit, "-", "." or "_". Everything else stands for itself.
	Pattern string `json:"pattern,omitempty"`
}

// ErrNoAddress: a template has nothing to make an address of, because what it names is not known of the mailbox.
var ErrNoAddress = errors.New("match: the template makes no address of this mailbox")

// mostNumber is the last number that is tried to make an address unique.
const mostNumber = 9999

// Check reports why the template cannot make addresses, or nil.
func (t Template) Check() error {
	if refresh.Address("x@"+t.Domain).Check() != nil || strings.Contains(t.Domain, "@") {
		return errors.New("match: the template has no domain that could be one of addresses")
	}
	_, err := t.local(&refresh.Entry{})
	if errors.Is(err, ErrNoAddress) {
		return nil
	}
	return err
}

// Address makes the address of an entry. Where taken says that somebody has it, a number is added to the local part, from 2 on; taken gets
// the folded address, and nil takes nothing. The error is [ErrNoAddress] where the entry lacks what the pattern names.
func (t Template) Address(e *refresh.Entry, taken func(fold string) bool) (refresh.Address, error) {
	local, err := t.local(e)
	if err != nil {
		return "", err
	}
	for n := 1; n <= mostNumber; n++ {
		a := refresh.Address(numbered(local, n) + "@" + t.Domain)
		if err := a.Check(); err != nil {
			return "", fmt.Errorf("%w: %w", ErrNoAddress, err)
		}
		if taken == nil || !taken(a.Fold()) {
			return a, nil
		}
	}
	return "", fmt.Errorf("%w: %d addresses of that form are taken", ErrNoAddress, mostNumber)
}

// numbered adds a number from 2 on, and shortens what it is added to where it would grow too long.
func numbered(local string, n int) string {
	const most = 64 // octets of a local part
	number := ""
	if n > 1 {
		number = strconv.Itoa(n)
	}
	for len(local)+len(number) > most && n > 1 {
		_, size := utf8.DecodeLastRuneInString(local)
		local = local[:len(local)-size]
	}
	return local + number
}

// local fills the pattern.
func (t Template) local(e *refresh.Entry) (string, error) {
	rest, out, bare := t.Pattern, "", false
	if rest == "" {
		rest = "{local}"
	}
	for rest != "" {
		text, after, found := strings.Cut(rest, "{")
		if strings.ContainsAny(text, "}@") {
			return "", errors.New(`match: the template's pattern has a "}" or "@" where none belongs`)
		}
		out += text
		if !found {
			break
		}
		word, after, found := strings.Cut(after, "}")
		if !found {
			return "", errors.New(`match: the template's pattern has a "{" without "}"`)
		}
		value, err := field(word, e)
		if err != nil {
			return "", err
		}
		bare = bare || value == ""
		out += value
		rest = after
	}
	if bare || out == "" {
		return "", ErrNoAddress
	}
	return out, nil
}

// field is what a word of a pattern stands for.
func field(word string, e *refresh.Entry) (string, error) {
	switch word {
	case "local":
		if isPlaceholder(e.Primary.Fold()) {
			return "", nil // it says nothing of the person
		}
		local, domain := e.Primary.Split()
		if domain == "" {
			return "", nil
		}
		return local, nil
	case "login":
		local, _ := refresh.Address(e.Login).Split()
		return localName(local), nil
	case "given":
		return localName(e.Given), nil
	case "surname":
		return localName(e.Surname), nil
	case "g":
		return initial(e.Given), nil
	case "s":
		return initial(e.Surname), nil
	}
	return "", errors.New("match: the template's pattern has an unknown word: want one of local, login, given, surname, g, s")
}

func initial(name string) string {
	if s := localName(name); s != "" {
		return s[:1]
	}
	return ""
}

// spelledOut are the letters that ASCII writes otherwise than by leaving their marks out.
var spelledOut = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "æ", "ae", "ø", "oe", "å", "a",
	"œ", "oe", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i")

// localName puts a name into what a local part may hold everywhere. A name in another script gives nothing.
func localName(name string) string {
	if !utf8.ValidString(name) {
		return ""
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(spelledOut.Replace(strings.ToLower(norm.NFC.String(name)))) {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', strings.ContainsRune("-._", r):
			b.WriteRune(r)
		case unicode.IsLetter(r):
			return ""
		}
	}
	return strings.Trim(b.String(), "-._")
}
