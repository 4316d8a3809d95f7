package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// The domains of the story: Nordwind is renamed, Summit takes it over.
const (
	oldDomain    = "nordwind.example"
	newDomain    = "nordwind-group.example"
	targetDomain = "summit.example"
	initial      = "summit.onmicrosoft.com"
)

// The rows that the story happens to. Every other bound row only moves to the new domain.
var (
	renamed     = keys(1, 12)
	swapped     = keys(13, 16) // in pairs
	rotated     = keys(17, 19) // a circle of three
	softDeleted = keys(21, 23)
	erased      = keys(24, 25)
	recreated   = keys(26, 27) // deleted, and another person got the address
	disabled    = keys(28, 30)
	replaced    = keys(31, 31)
	movedAway   = keys(32, 33)
	failing     = keys(34, 34)
	fellBack    = keys(41, 45)   // target: the vanity domain was removed, the initial one is left
	arrived     = keys(311, 311) // planned target whose account has a mailbox now
)

func keys(from, to int) []string {
	var out []string
	for i := from; i <= to; i++ {
		out = append(out, fmt.Sprintf("row-%03d", i))
	}
	return out
}

// events lets both mail systems change, and tells what happened.
type events struct {
	job            refresh.Job
	source, target *memconn.System
	instances      bool // the systems know mailboxes apart from accounts
}

func (e events) id(s refresh.Side, key string) refresh.ID {
	m, ok := e.job.Match(key)
	if !ok {
		panic("no row " + key)
	}
	return m.Mailbox(s).ID
}

func (e events) happen(w io.Writer) {
	src := func(key string) refresh.ID { return e.id(refresh.Source, key) }
	n := e.source.SwitchDomain(oldDomain, newDomain, memconn.KeepOld)
	fmt.Fprintf(w, "  %d source mailboxes moved from %s to %s\n", n, oldDomain, newDomain)

	for _, k := range renamed {
		m, _ := e.source.Get(src(k))
		local, domain, _ := strings.Cut(string(m.Primary), "@")
		given, _, _ := strings.Cut(local, ".")
		e.source.Rename(src(k), refresh.Address(given+".berg-"+k[len("row-"):]+"@"+domain), memconn.KeepOld)
	}
	for i := 0; i < len(swapped); i += 2 {
		e.source.Swap(src(swapped[i]), src(swapped[i+1]))
	}
	e.source.Swap(src(rotated[0]), src(rotated[1]))
	e.source.Swap(src(rotated[1]), src(rotated[2]))
	fmt.Fprintf(w, "  %d people were renamed, %d swapped addresses in pairs, %d in a circle\n", len(renamed), len(swapped), len(rotated))

	day := time.Date(2026, time.November, 2, 8, 0, 0, 0, time.UTC)
	for _, k := range softDeleted {
		e.source.Delete(src(k), day, day.AddDate(0, 0, 30))
	}
	for _, k := range erased {
		e.source.Erase(src(k))
	}
	for _, k := range recreated {
		m, _ := e.source.Get(src(k))
		e.source.Erase(src(k))
		e.source.Put(refresh.Mailbox{Primary: m.Primary, Login: m.Login, DisplayName: m.DisplayName, Kind: m.Kind})
	}
	fmt.Fprintf(w, "  %d were deleted, %d without a trace, %d recreated as other people's\n", len(softDeleted), len(erased), len(recreated))

	if e.instances {
		for _, k := range disabled {
			e.source.DisableMailbox(src(k))
		}
		for _, k := range replaced {
			e.source.ReplaceMailbox(src(k))
		}
		for _, k := range movedAway {
			e.source.Move(src(k), refresh.KindRemote, refresh.Address(k+"@"+initial))
		}
		fmt.Fprintf(w, "  %d mailboxes were disabled, %d replaced, %d moved to the cloud\n", len(disabled), len(replaced), len(movedAway))
	}

	for _, k := range fellBack {
		e.target.Update(e.id(refresh.Target, k), func(m *refresh.Mailbox) {
			local, _, _ := strings.Cut(string(m.Primary), "@")
			m.Primary = refresh.Address(local + "@" + initial)
			m.Login, m.Aliases = string(m.Primary), nil
		})
	}
	fmt.Fprintf(w, "  %d target mailboxes fell back to %s\n", len(fellBack), initial)
	if e.instances {
		for _, k := range arrived {
			e.target.ReplaceMailbox(e.id(refresh.Target, k))
		}
		fmt.Fprintf(w, "  %d planned target was created by somebody else\n", len(arrived))
	}
}
