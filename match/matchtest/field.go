package matchtest

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/readdress-go/readdress/refresh"
)

// field sets one field of a mailbox. Only alias and attr may come several times.
func field(e *refresh.Entry, word, value string) error {
	if value == "" {
		return fmt.Errorf("%q has no value: leave the line out", word)
	}
	switch word {
	case "primary":
		return once(&e.Primary, word, value)
	case "alias":
		e.Aliases = append(e.Aliases, refresh.Address(value))
	case "login":
		return once(&e.Login, word, value)
	case "name":
		return once(&e.DisplayName, word, value)
	case "given":
		return once(&e.Given, word, value)
	case "surname":
		return once(&e.Surname, word, value)
	case "employee":
		return once(&e.EmployeeID, word, value)
	case "anchor":
		return once(&e.Anchor, word, value)
	case "instance":
		return once(&e.Instance, word, value)
	case "kind":
		if e.Kind != refresh.KindUnknown {
			return twice(word)
		}
		return e.Kind.UnmarshalText([]byte(value))
	case "privileged":
		if e.Privileged != refresh.Unknown {
			return twice(word)
		}
		return e.Privileged.UnmarshalText([]byte(value))
	case "attr":
		name, v := cutWord(value)
		if v == "" {
			return errors.New("an attr is a name and a value")
		}
		if e.Attrs == nil {
			e.Attrs = make(map[string][]string)
		}
		e.Attrs[name] = append(e.Attrs[name], v)
	default:
		return fmt.Errorf("a mailbox has no field %q: want primary, alias, login, name, given, surname, employee, anchor, instance, kind, privileged or"+
			" attr; or source, target, rules, pin, want or case for what is not of this mailbox", word)
	}
	return nil
}

// once sets what has one value.
func once[T ~string](to *T, word, value string) error {
	if *to != "" {
		return twice(word)
	}
	*to = T(value)
	return nil
}

func twice(word string) error {
	return fmt.Errorf("a second %q of one mailbox: only alias and attr may come again", word)
}

// cutWord is the first word, and the rest without space around it.
func cutWord(s string) (word, rest string) {
	s = strings.TrimSpace(s)
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return s[:i], strings.TrimSpace(s[i:])
	}
	return s, ""
}
