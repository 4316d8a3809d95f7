package browsertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// attacks are values that an attacker may have written into a directory.
var attacks = []string{
	`<script>window.pwned=1</script>`,
	`"><img src=x onerror="window.pwned=1">`,
	`'><svg onload=window.pwned=1>`,
	`</script><script>window.pwned=1</script>`,
	`<!--<script>`,
	`--><script>window.pwned=1</script>`,
	`]]><script>window.pwned=1</script>`,
	`</bdi></td></table></main><h1>Applied</h1>`,
	`</title><script>window.pwned=1</script>`,
	`</style><script>window.pwned=1</script>`,
	`<iframe srcdoc="<script>parent.pwned=1</script>">`,
	`<a href="javascript:window.pwned=1">x</a>`,
	`javascript:window.pwned=1`,
	`<meta http-equiv=refresh content="0;url=https://evil.example/">`,
	`<link rel=stylesheet href=//evil.example/x.css>`,
	`<form action=https://evil.example/><button>`,
	`" onmouseover="window.pwned=1" x="`,
	`' autofocus onfocus='window.pwned=1`,
	"\u202egro.live\u202c", "\u2066\u2067isolated", "a\u200bb\u00ad\ufeff",
	"line\u2028separator\u2029paragraph", "\x1b[2J\x1b]0;owned\x07", "nul\x00byte", "control\x01\x08\x0b\x7f\u0085", "\xff\xfe not UTF-8",
	`=HYPERLINK("https://evil.example/")`, `+1+cmd|' /C calc'!A0`, `@SUM(1)`, "\t=1",
	`{{.}}`, `{{template "head" .}}`, `{{"{{"}}`, `${window.pwned=1}`, "`-window.pwned=1-`", `\"+(window.pwned=1)+"`, `\u003cscript\u003e`, `&lt;script&gt;`, `&#x202E;`,
	"\u0301\u0301\u0301lone marks\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301", "\u0915\u094d\u200d\u0937", "👩‍👩‍👧‍👦", "דוא״ל", "بريد",
	`__proto__`, `constructor`, `hasOwnProperty`, ` `, `nobr` + strings.Repeat("\u00a0", 300),
	strings.Repeat("x", 10_000), strings.Repeat("wide山", 3_000), strings.Repeat("<b>", 3_000), strings.Repeat("\u202e", 2_000),
}

// hostile returns a result that holds every attack in every place.
func hostile(state refresh.State) *refresh.Result {
	var rows []refresh.Row
	for i, x := range attacks {
		a := refresh.Address(x)
		mb := refresh.Mailbox{ID: refresh.ID(x), Instance: refresh.ID(x), Login: x, DisplayName: x, Primary: a + "@old.example", Aliases: []refresh.Address{a, a + "2"}}
		after := mb
		after.Primary, after.Aliases, after.DisplayName, after.Login = a+"@"+a, []refresh.Address{a + "3"}, x+"2", x+"2"
		after.Anchor, after.Instance = refresh.ID(x), refresh.ID(x+"2")
		key := func(n int) string { return fmt.Sprintf("%d%s%d", n, x, i) }
		hits := 2
		row := func(n int, side refresh.Side, o refresh.Outcome) refresh.Row {
			return refresh.Row{Key: key(n), Side: side, Origin: refresh.Bound, Outcome: o, Before: mb, Use: a, Part: x, Replica: x}
		}
		moved := row(1, refresh.Source, refresh.Refreshed)
		moved.After, moved.Reasons = &after, refresh.ReasonsOf(refresh.ReasonPrimary, refresh.ReasonDetails)
		broken := row(2, refresh.Source, refresh.LookupFailed)
		broken.Cause, broken.Failure, broken.Evidence = refresh.CauseFailed, x, &refresh.Evidence{HitsFailure: x, Malformed: x, Seen: &after}
		lost := row(3, refresh.Source, refresh.Missing)
		lost.Reasons, lost.Evidence = refresh.ReasonsOf(refresh.ReasonMoved), &refresh.Evidence{ForwardsTo: a}
		other := row(1, refresh.Target, refresh.Replaced)
		other.Evidence = &refresh.Evidence{Instance: refresh.ID(x)}
		typed := row(2, refresh.Target, refresh.EnteredManually)
		typed.Origin, typed.Evidence = refresh.Manual, &refresh.Evidence{Hits: &hits, HitIDs: []refresh.ID{refresh.ID(x), refresh.ID(x)}}
		rows = append(rows, moved, broken, lost, other, typed)
	}
	r := newResult(rows)
	everything := strings.Join(attacks, " ")
	r.State, r.JobName, r.JobID, r.ID = state, everything, everything, everything
	r.Run.ID, r.Run.Operator, r.Run.Library = everything, everything, everything
	for _, s := range []*refresh.SideRun{r.Run.Source, r.Run.Target} {
		s.System, s.Directory, s.Server, s.Account, s.Pin, s.Why = everything, everything, everything, everything, everything, everything
		s.Failovers = []refresh.Failover{{From: everything, To: everything, Why: everything, At: started}}
	}
	r.Warnings = []refresh.Warning{{Code: refresh.WarnConnector, Side: refresh.Source, Text: everything, Keys: attacks}}
	for _, x := range attacks {
		r.Conflicts = append(r.Conflicts, refresh.Conflict{Kind: refresh.SharedAddress, State: refresh.ConflictNew, Side: refresh.Source, Address: refresh.Address(x),
			Members: []refresh.Member{{Key: x, Outcome: refresh.Refreshed}, {Key: "1" + x + "0", Holder: refresh.Address(x), Part: x}}})
	}
	return r
}

// TestHostile shows pages full of attacks, and uses them: nothing runs, nothing becomes markup, nothing rearranges the page.
func TestHostile(t *testing.T) {
	earlier := hostile(refresh.Preview)
	later := hostile(refresh.Applied)
	later.Run.ID = "later"
	for i := range later.Rows {
		if later.Rows[i].Outcome == refresh.LookupFailed {
			later.Rows[i].Outcome, later.Rows[i].Cause, later.Rows[i].Failure = refresh.NotChanged, 0, ""
		}
	}
	for name, content := range map[string][]byte{"result": render(t, earlier), "difference": renderDiff(t, earlier, later)} {
		t.Run(name, func(t *testing.T) {
			p := open(t, file(t, content))
			pages := eval[int](p, `Number(document.getElementById('page').max)`)
			for range pages {
				eval[struct{}](p, `for (const d of document.querySelectorAll('details')) d.open = true;
					for (const e of document.querySelectorAll('main *')) e.dispatchEvent(new Event('mouseover'))`)
				p.harmless()
				p.fits()
				eval[struct{}](p, `document.getElementById('next').click()`)
			}
			for _, words := range []string{"<script>", "{{.}}", "\u202e", "__proto__"} {
				p.search(words)
				p.harmless()
			}
			p.clear()
			for _, column := range []string{"key", "name", "address"} {
				p.after(`document.querySelector('th button[data-sort=` + column + `]').click()`)
			}
			eval[struct{}](p, `for (const id of ['domain', 'reason']) {
				const s = document.getElementById(id);
				s.selectedIndex = 1;
				s.dispatchEvent(new Event('change', { bubbles: true }));
			}`)
			p.press("#copy")
			p.harmless()
			if asked := p.asked(); len(asked) != 1 {
				t.Errorf("the page asked for %q", asked)
			}
		})
	}
}

// harmless checks that nothing of the data became more than text.
func (p *tab) harmless() {
	p.t.Helper()
	if eval[bool](p, `window.pwned !== undefined`) {
		p.t.Fatal("a script of the data ran")
	}
	// Own elements: the script and its head, which stays after the rows are read, one style, the icon and the metas, one link to skip and one to what to do.
	for selector, want := range map[string]int{
		"script": 2, "style": 1, "link": 1, "meta": 6, "img, iframe, object, embed, base, video, audio, template": 0, "form": 1, "h1": 1, "title:not(svg *)": 1, "b b": 0,
		`a:not([href="#table"]):not([href="#people"])`: 0, `[href^="javascript" i], [src], [srcset], [action], [style]`: 0,
	} {
		if n := eval[int](p, `document.querySelectorAll(`+quote(selector)+`).length`); n != want {
			p.t.Errorf("the page has %d of %s, want %d", n, selector, want)
		}
	}
	bad := eval[[]string](p, `(() => {
		const out = [], never = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]/;
		const walk = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
		for (let n = walk.currentNode; n; n = walk.nextNode()) {
			if (n.nodeType === Node.COMMENT_NODE) out.push('a comment');
			if (n.nodeType === Node.TEXT_NODE && never.test(n.data)) out.push('text in ' + n.parentElement.tagName + ': ' + JSON.stringify(n.data.slice(0, 80)));
			for (const a of n.attributes || []) {
				if (a.name.startsWith('on')) out.push(a.name + ' of ' + n.tagName);
				if (never.test(a.value)) out.push(a.name + ' of ' + n.tagName + ': ' + JSON.stringify(a.value.slice(0, 80)));
			}
		}
		return out.slice(0, 5);
	})()`)
	if len(bad) > 0 {
		p.t.Errorf("the page has %q", bad)
	}
}

// TestHostileAddresses: what is copied is what is shown, so that nothing hidden comes along, and no spreadsheet runs it.
func TestHostileAddresses(t *testing.T) {
	var rows []refresh.Row
	for i, x := range []string{
		"=1+1@x.example", "+1@x.example", "-1@x.example", "@x.example", "'quoted@x.example", "a\nb@x.example", "a\u202eb@x.example", "\t=1@x.example", "plain@x.example",
	} {
		rows = append(rows, newRow(i, refresh.Source, refresh.NotChanged, refresh.Mailbox{ID: "1", Primary: refresh.Address(x)}))
	}
	p := open(t, file(t, render(t, newResult(rows))), onNewPage(keepClipboard))
	p.permit()
	p.press("#copy")
	text, _ := p.clipboard()
	want := []string{
		"'=1+1@x.example", "'+1@x.example", "'-1@x.example", "'@x.example", "''quoted@x.example", "a<U+000A>b@x.example", "a<U+202E>b@x.example",
		"<U+0009>=1@x.example", "plain@x.example",
	}
	if got := strings.Split(text, "\n"); !slices.Equal(got, want) {
		t.Errorf("copied %q, want %q", got, want)
	}
}
