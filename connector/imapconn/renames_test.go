package imapconn

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/readdress-go/readdress/refresh"
)

func TestReadRenames(t *testing.T) {
	who := func(login, password, address, name string) map[string]string {
		return map[string]string{"login": login, "password": password, "address": address, "displayname": name}
	}
	for _, tt := range []struct {
		name, text string
		ask        refresh.Address
		want       []map[string]string
	}{
		{"two columns", "old,new\na@old.example,a@new.example\n", "a@old.example", []map[string]string{who("a@new.example", "", "", "")}},
		{"all columns", "new,old,displayname,address,password\nanna,a@old.example,Anna,a@new.example,secret-1\n", "a@old.example",
			[]map[string]string{who("anna", "secret-1", "a@new.example", "Anna")}},
		{"another spelling", "old,new\nA@Old.Example,anna\n", "a@OLD.example", []map[string]string{who("anna", "", "", "")}},
		{"several candidates", "old,new\na@old.example,x\nb@old.example,z\nA@old.example,y\n", "a@old.example",
			[]map[string]string{who("x", "", "", ""), who("y", "", "", "")}},
		{"swapped", "old,new\na@old.example,b@old.example\nb@old.example,a@old.example\n", "b@old.example", []map[string]string{who("a@old.example", "", "", "")}},
		{"not renamed", "old,new\na@old.example,a@old.example\n", "a@old.example", []map[string]string{who("a@old.example", "", "", "")}},
		{"nobody", "old,new\na@old.example,x\n", "b@old.example", nil},
		{"an empty plan", "old,new\n", "a@old.example", nil},
		{"no address at all", "old,new\nanna,x\n", "", nil},
		{"an old login", "old,new\nanna,x\n", "anna", []map[string]string{who("x", "", "", "")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rename, err := ReadRenames(strings.NewReader(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, plain(rename(tt.ask))); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestReadRenamesRefuses(t *testing.T) {
	const columns = "old, new, password, address, displayname; columns are separated by commas"
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "line 1: there is no header"},
		{"no header", "anna,secret\n", "line 1: column 1 is none of " + columns},
		{"a missing column", "old,password\n", "line 1: the column new is missing"},
		{"an unknown column", "old,new,login\n", "line 1: column 3 is none of " + columns},
		{"a column twice", "old,new,old\n", "line 1: the column old is there twice"},
		{"no old", "old,new\n,anna\n", "line 2: the old is empty"},
		{"no new", "old,new\nanna,\n", "line 2: the new is empty"},
		{"a space", "old,new\n anna,x\n", "line 2: the old begins or ends with a space"},
		{"no address", "old,new,address\nanna,x,secret\n", "line 2: the address has no @"},
		{"twice", "old,new\nanna@old.example,x\nb,y\nANNA@old.example,x\n", "line 4: old and new are those of line 2 again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rename, err := ReadRenames(strings.NewReader(tt.text))
			if want := "imapconn: reading renames: " + tt.want; err == nil || err.Error() != want || rename != nil {
				t.Errorf("got %v\nwant %s", err, want)
			}
		})
	}
}

// What a caller does to candidates is not seen by others.
func TestRenamesTogether(t *testing.T) {
	rename, err := ReadRenames(strings.NewReader("old,new\na@old.example,x\na@old.example,y\n"))
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 100 {
				c := rename("a@old.example")
				if len(c) != 2 || c[0].Login != "x" || c[1].Login != "y" {
					t.Errorf("%v", c)
					return
				}
				c[0].Login = "spoiled"
			}
		})
	}
	group.Wait()
}

func FuzzReadRenames(f *testing.F) {
	f.Add("old,new\na@old.example,a@new.example\n", "a@old.example")
	f.Add("new,old,password\r\nx,a@b,\"p\"\"\"\r\n", "A@B")
	f.Fuzz(func(t *testing.T, text, old string) {
		rename, err := ReadRenames(strings.NewReader(text))
		if err != nil {
			if rename != nil || !strings.HasPrefix(err.Error(), "imapconn: reading renames: line ") {
				t.Errorf("%v", err)
			}
			return
		}
		for _, c := range rename(refresh.Address(old)) {
			if c.Login == "" || strings.ContainsAny(c.Login+c.Password, "\r\n\x00") {
				t.Errorf("%v is a candidate", c)
			}
		}
	})
}
