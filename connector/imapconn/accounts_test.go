package imapconn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/readdress-go/readdress/refresh"
)

// plain shows what is hidden.
func plain(as []Account) []map[string]string {
	var out []map[string]string
	for _, a := range as {
		out = append(out, map[string]string{"login": a.Login, "password": a.Password, "address": string(a.Address), "displayname": a.DisplayName})
	}
	return out
}

const accountsHead = "login,password,address,displayname\n"

func TestReadAccounts(t *testing.T) {
	anna := []map[string]string{{"login": "anna", "password": "secret-1", "address": "anna@old.example", "displayname": "Anna, A."}}
	for _, tt := range []struct {
		name, text string
		want       []map[string]string
	}{
		{"one", accountsHead + `anna,secret-1,anna@old.example,"Anna, A."` + "\n", anna},
		{"another order", "displayname,address,login,password\n" + `"Anna, A.",anna@old.example,anna,secret-1`, anna},
		{"as Excel writes it", "\ufeff" + accountsHead + `anna,secret-1,anna@old.example,"Anna, A."` + "\r\n", anna},
		{"little known", accountsHead + "anna,,,\n", []map[string]string{{"login": "anna", "password": "", "address": "", "displayname": ""}}},
		{"odd passwords", accountsHead + `a," s,""p ",,` + "\n" + "A,ü;',,\n", []map[string]string{
			{"login": "a", "password": ` s,"p `, "address": "", "displayname": ""}, {"login": "A", "password": "ü;'", "address": "", "displayname": ""},
		}},
		{"nobody", accountsHead, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ReadAccounts(iotest.OneByteReader(strings.NewReader(tt.text)))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, plain(got)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestReadAccountsRefuses(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "line 1: there is no header"},
		{"no header", "anna,secret-1,anna@old.example,Anna\n", "line 1: column 1 is none of login, password, address, displayname; columns are separated by commas"},
		{"semicolons", "login;password;address;displayname\n", "line 1: column 1 is none of login, password, address, displayname; columns are separated by commas"},
		{"capitals", "Login,password,address,displayname\n", "line 1: column 1 is none of login, password, address, displayname; columns are separated by commas"},
		{"a missing column", "login,password,displayname\n", "line 1: the column address is missing"},
		{"a column twice", "login,password,login,address,displayname\n", "line 1: the column login is there twice"},
		{"a column too many", "login,password,address,displayname,phone\n", "line 1: column 5 is none of login, password, address, displayname; columns are separated by commas"},
		{"a value too few", accountsHead + "a,b,c@d,e\nanna,secret-1,x\n", "line 3: wrong number of fields"},
		{"a value too many", accountsHead + "anna,secret-1,,,x\n", "line 2: wrong number of fields"},
		{"quotes", accountsHead + "anna,sec\"ret-1,,\n", `line 2: bare " in non-quoted-field`},
		{"quotes without end", accountsHead + "anna,\"secret-1,,\n", `line 2: extraneous or missing " in quoted-field`},
		{"no login", accountsHead + "a,,,\n\n,secret-1,,\n", "line 4: the login is empty"},
		{"a space", accountsHead + "anna ,secret-1,,\n", "line 2: the login begins or ends with a space"},
		{"twice", accountsHead + "anna,secret-1,,\nb,,,\nanna,secret-2,,\n", "line 4: the login is the one of line 2 again"},
		{"no address", accountsHead + "anna,secret-1,anna.old.example,\n", "line 2: the address has no @"},
		{"a line break", accountsHead + "a,,,\n\"anna\nx\",secret-1,,\nb,,,\n", "line 3, column login: the value has a control character, such as a line break"},
		{"a NUL", accountsHead + "anna,secret-1\x00,,\n", "line 2, column password: the value has a control character, such as a line break"},
		{"not UTF-8", accountsHead + "anna,secret-1\xff,,\n", "line 2, column password: the value is not UTF-8"},
		{"UTF-16", "\xff\xfel\x00o\x00", "line 1: column 1 is none of login, password, address, displayname; columns are separated by commas"},
		{"a long value", accountsHead + "anna," + strings.Repeat("secret-1", 513) + ",,\n", "line 2, column password: the value is longer than 4096 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ReadAccounts(strings.NewReader(tt.text))
			if want := "imapconn: reading accounts: " + tt.want; err == nil || err.Error() != want || got != nil {
				t.Fatalf("got %v\nwant %s", err, want)
			}
			if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "anna") {
				t.Errorf("the error says too much: %v", err)
			}
		})
	}
}

func TestReadAccountsOfABrokenFile(t *testing.T) {
	broken := errors.New("the disk is gone")
	if _, err := ReadAccounts(io.MultiReader(strings.NewReader(accountsHead+"a,b,,\n"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	b := &bounded{r: strings.NewReader("0123456789"), left: 9}
	if _, err := io.ReadAll(b); err == nil {
		t.Error("a table may be of any size")
	}
	b = &bounded{r: strings.NewReader("0123456789"), left: 10}
	if x, err := io.ReadAll(b); err != nil || len(x) != 10 {
		t.Errorf("%d bytes, %v", len(x), err)
	}
}

func TestPasswordsAreHidden(t *testing.T) {
	a := Account{Login: "anna", Password: "secret-1", Address: "anna@old.example", DisplayName: "Anna"}
	c := struct{ Who []Candidate }{[]Candidate{a}}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "account", a, "pointer", &a, "all", []Account{a}, "in", c)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "account", a, "pointer", &a, "all", []Account{a}, "in", c)
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	all := log.String() + string(b)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		all += fmt.Sprintf(verb+verb+verb+verb, a, &a, []Account{a}, c)
	}
	if strings.Contains(all, "secret") || strings.Contains(all, fmt.Sprintf("%x", "secret-1")) {
		t.Errorf("the password is in %s", all)
	}
	if want := "{Login:anna Password:(hidden) Address:anna@old.example DisplayName:Anna}"; a.String() != want {
		t.Errorf("got %s, want %s", a, want)
	}
	if want := "{Login:anna Password:none Address: DisplayName:}"; (Account{Login: "anna"}).String() != want {
		t.Errorf("want %s", want)
	}
}

func TestAccountAddress(t *testing.T) {
	for _, tt := range []struct {
		a    Account
		want refresh.Address
	}{
		{Account{Login: "anna@old.example"}, "anna@old.example"},
		{Account{Login: "anna"}, ""},
		{Account{Login: "anna@old.example", Address: "a@old.example"}, "a@old.example"},
	} {
		if got := tt.a.address(); got != tt.want {
			t.Errorf("%v has the address %q, want %q", tt.a, got, tt.want)
		}
	}
}

func TestListOf(t *testing.T) {
	as := []Account{{Login: "a"}, {Login: "b"}}
	list := ListOf(as...)
	as[0].Login = "spoiled"
	var got []string
	for a, err := range list(t.Context()) {
		got = append(got, fmt.Sprint(a.Login, " ", err))
	}
	if d := cmp.Diff([]string{"a <nil>", "b <nil>"}, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	for range list(t.Context()) {
		break
	}
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	got = nil
	for a, err := range list(ctx) {
		got = append(got, fmt.Sprint(a.Login, " ", err))
		cancel(cause)
	}
	if d := cmp.Diff([]string{"a <nil>", " enough"}, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func FuzzReadAccounts(f *testing.F) {
	f.Add(accountsHead + "anna,secret-1,anna@old.example,Anna\n")
	f.Add(accountsHead + "\"a\"\"\n\",,,\na,,,")
	f.Add("displayname,login,address,password\r\n,x,,\r\n\r\n,y,,")
	f.Fuzz(func(t *testing.T, text string) {
		as, err := ReadAccounts(strings.NewReader(text))
		if err != nil {
			if as != nil || !strings.HasPrefix(err.Error(), "imapconn: reading accounts: line ") {
				t.Errorf("%v", err)
			}
			return
		}
		logins := make(map[string]bool)
		for _, a := range as {
			if a.Login == "" || logins[a.Login] || strings.ContainsAny(a.Login+a.Password+a.DisplayName, "\r\n\x00") || a.Address != "" && a.Address.Check() != nil {
				t.Errorf("%v is read", a)
			}
			logins[a.Login] = true
		}
	})
}
