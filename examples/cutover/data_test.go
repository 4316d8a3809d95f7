package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

var regenerate = flag.Bool("regenerate", false, "write the data folder anew")

const rows = 320

// TestDataIsGenerated holds the data files against the code that made them, so that both can be read and changed.
func TestDataIsGenerated(t *testing.T) {
	job, snap := generate()
	var wantJob, wantSnap bytes.Buffer
	if err := job.Write(&wantJob); err != nil {
		t.Fatal(err)
	}
	writeSnapshot(t, &wantSnap, snap)
	for name, want := range map[string][]byte{"data/job.json": wantJob.Bytes(), "data/directory.json": wantSnap.Bytes()} {
		if *regenerate {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s differs from what generate makes (-want +got); run the test with -regenerate:\n%s", name, d)
		}
	}
}

// generate makes the stored job and the directories that it was stored from.
func generate() (refresh.Job, snapshot) {
	given := []string{"anna", "ben", "clara", "david", "emma", "felix", "greta", "henry", "ida", "jonas", "klara", "leo", "mia", "noah", "olga", "paul", "quinn", "rosa", "sven", "tilda"}
	family := []string{"adler", "braun", "conrad", "dietz", "ernst", "fuchs", "gross", "haas", "iversen", "jung", "koch", "lange", "maier", "nagel", "otto", "pohl"}
	source, target := memconn.New("nordwind", nil), memconn.New("summit", nil)
	job := refresh.Job{ID: "6f2b8a52c1f04d7e9a3b5c7d9e1f0a2b", Name: "Nordwind to Summit"}
	job.Source = refresh.Endpoint{System: "Active Directory", Pin: source.Pin(), Account: `NORDWIND\svc-migration`}
	job.Target = refresh.Endpoint{System: "Microsoft 365", Pin: target.Pin(), Account: "migration@" + initial}
	for i := range rows {
		key := fmt.Sprintf("row-%03d", i+1)
		local := given[i%len(given)] + "." + family[i/len(given)%len(family)]
		m := refresh.Match{Key: key, SourceOrigin: refresh.Bound, TargetOrigin: refresh.Bound}
		kind := refresh.KindUser
		switch {
		case i%40 == 39:
			kind = refresh.KindShared
		case i%40 == 38:
			kind = refresh.KindRoom
		}
		m.Source = source.Put(refresh.Mailbox{
			Login: local + "@" + oldDomain, DisplayName: title(local), Kind: kind, Primary: refresh.Address(local + "@" + oldDomain),
			Aliases: []refresh.Address{refresh.Address(local[:1] + fmt.Sprintf("%03d@", i+1) + oldDomain)},
		})
		box := refresh.Mailbox{
			Login: local + "@" + targetDomain, DisplayName: title(local), Kind: kind,
			Primary: refresh.Address(local + "@" + targetDomain), Aliases: []refresh.Address{refresh.Address(local + "@" + initial)}, Anchor: m.Source.ID,
		}
		switch {
		case i < 300:
			m.Target = target.Put(box)
			if i%50 == 0 { // some operators migrate into the initial domain
				m.TargetUse = box.Aliases[0]
			}
		case i < 306: // an address that somebody typed in; the mailbox may exist or not
			m.TargetOrigin, m.Target = refresh.Manual, refresh.Mailbox{Primary: box.Primary}
			if i%2 == 0 {
				target.Put(box)
			}
		case i < 314: // to be created, some for accounts that are there already
			m.TargetOrigin, m.Target = refresh.Planned, refresh.Mailbox{Primary: box.Primary, DisplayName: box.DisplayName}
			if i >= 310 {
				account := target.Put(refresh.Mailbox{Login: box.Login, DisplayName: box.DisplayName, Primary: box.Primary})
				account = target.DisableMailbox(account.ID)
				m.Target = account
			}
		default:
			m.TargetOrigin = refresh.None
		}
		job.Matches = append(job.Matches, m)
	}
	return job, snapshot{slices.Collect(source.All()), slices.Collect(target.All())}
}

// title turns "anna.adler" into "Anna Adler".
func title(local string) string {
	out := []byte(local)
	for i := range out {
		if out[i] == '.' {
			out[i] = ' '
		} else if i == 0 || out[i-1] == ' ' {
			out[i] -= 'a' - 'A'
		}
	}
	return string(out)
}

// writeSnapshot writes a mailbox a line, so that a person can read and compare it.
func writeSnapshot(t *testing.T, b *bytes.Buffer, snap snapshot) {
	t.Helper()
	for i, side := range []struct {
		name  string
		boxes []refresh.Mailbox
	}{{"source", snap.Source}, {"target", snap.Target}} {
		fmt.Fprintf(b, "%s%q:[", []string{"{", ","}[i], side.name)
		for k, m := range side.boxes {
			line, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(b, "%s\n%s", []string{"", ","}[min(k, 1)], line)
		}
		b.WriteString("\n]")
	}
	b.WriteString("}\n")
}
