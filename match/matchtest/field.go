package matchtest

import (
	"fmt"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// field sets one field of a mailbox.
func field(e *refresh.Entry, word, value string) error {
	if value == "" {
		return fmt.Errorf("%q has no value: leave the line out", word)
	}
	switch word {
	case "primary":
		e.Primary = refresh.Address(value)
	case "alias":
		e.Aliases = append(e.Aliases, refresh.Address(value))
	case "login":
		e.Login = value
	case "name":
		e.DisplayName = value
	case "given":
		e.Given = value
	case "surname":
		e.Surname = value
	case "employee":
		e.EmployeeID = value
	case "anchor":
		e.Anchor = refresh.ID(value)
	case "instance":
		e.Instance = refresh.ID(value)
	case "kind":
		return e.Kind.UnmarshalText([]byte(value))
	case "privileged":
		return e.Privileged.UnmarshalText([]byte(value))
	case "attr":
		name, v, ok := strings.Cut(value, " ")
		if !ok {
			return fmt.Errorf("an attr is a name and a value")
		}
		if e.Attrs == nil {
			e.Attrs = make(map[string][]string)
		}
		e.Attrs[name] = append(e.Attrs[name], strings.TrimSpace(v))
	default:
		return fmt.Errorf("a mailbox has no field %q: want primary, alias, login, name, given, surname, employee, anchor, instance, kind, privileged or attr", word)
	}
	return nil
}
