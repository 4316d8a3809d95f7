package imapconn

// couple is two different mailboxes: one when its witness is minted, the other one when it is a candidate.
type couple struct{ then, other store }

type kind struct {
	name string
	make func(d *dice) couple
}

// kinds are ways in which two different mailboxes may be alike.
var kinds = []kind{
	{"made at different times", func(d *dice) couple { return d.strangers(false, 0) }},
	{"made in the same second", func(d *dice) couple { return d.strangers(true, 0) }},
	{"the same first mail (1 to 30)", func(d *dice) couple { return d.strangers(true, d.upTo(1, 30)) }},
	{"a mailing list delivered to both", func(d *dice) couple { return d.subscribers(d.upTo(8, 1500)) }},
	{"tiny: 1 to 5 messages", (*dice).tiny},
	{"a copy, bit by bit", func(d *dice) couple { return d.copied(store.clone, 1) }},
	{"a copy that forgets its own mail", (*dice).forgetful},
	{"a copy by APPEND", func(d *dice) couple { return d.copied(d.appended, 1) }},
	{"restored from a backup", func(d *dice) couple { return d.copied(store.clone, 0.5) }},
}

// person makes a mailbox with private mail after what everybody got.
func (d *dice) person(validity uint32, welcome []uint64, n int) store {
	b := store{{name: "INBOX", validity: validity, next: 1}}
	for _, origin := range welcome {
		b[0].put(origin)
	}
	for _, name := range []string{"Sent", "Archive"} {
		if d.chance(0.7) {
			v := validity
			if d.chance(0.5) {
				v = d.validity()
			}
			b = append(b, &shelf{name: name, validity: v, next: 1})
		}
	}
	d.deliver(b, n)
	d.tidy(b)
	return b
}

// deliver puts private mail into folders.
func (d *dice) deliver(b store, n int) {
	for range n {
		s := b[0]
		if d.chance(0.4) {
			s = b[d.IntN(len(b))]
		}
		s.put(d.one())
	}
}

// tidy deletes some mail, in one of several ways, or none.
func (d *dice) tidy(b store) {
	if d.chance(0.3) {
		return
	}
	share := d.Float64()
	if d.chance(0.3) {
		share = 1 - share*share*0.1
	}
	way := d.IntN(4)
	for _, s := range b {
		n := float64(len(s.letters))
		since := uint32(float64(s.next) * d.Float64())
		s.expunge(func(i int, l letter) bool {
			switch way {
			case 0:
				return float64(i) < n*share // the oldest
			case 1:
				return float64(i) >= n*(1-share) // the newest
			case 2:
				return l.uid >= since && d.chance(share) // of the newer ones
			}
			return d.chance(share)
		})
	}
}

// live is what happens to a mailbox after a witness was minted.
func (d *dice) live(b store) store {
	b = b.clone()
	if d.chance(0.7) {
		d.deliver(b, d.upTo(1, 300))
	}
	d.tidy(b)
	if k := len(b) - 1; k > 0 && d.chance(0.2) {
		if d.chance(0.5) {
			b[k].name = "Renamed"
		} else {
			b = b[:k]
		}
	}
	return b
}

func (d *dice) strangers(sameSecond bool, welcome int) couple {
	v, w := d.validity(), d.validity()
	if sameSecond {
		w = v
	}
	var first []uint64
	for range welcome {
		first = append(first, d.one())
	}
	return couple{d.person(v, first, d.upTo(1, 1500)), d.live(d.person(w, first, d.upTo(1, 1500)))}
}

// subscribers are made in the same second and get the same mail in the same second, beside their own: one message in twenty at least.
func (d *dice) subscribers(n int) couple {
	v := d.validity()
	a, b := d.person(v, nil, 0), d.person(v, nil, 0)
	list, toInbox := 0.95*d.Float64(), d.Float64()
	if d.chance(0.3) {
		toInbox = 0 // rules put private mail elsewhere
	}
	for range n {
		if d.chance(list) {
			x := d.one()
			a[0].put(x)
			b[0].put(x)
			continue
		}
		into := a
		if d.chance(0.5) {
			into = b
		}
		s := into[0]
		if !d.chance(toInbox) {
			s = into[len(into)-1]
		}
		s.put(d.one())
	}
	d.tidy(a)
	return couple{a, d.live(b)}
}

// tiny mailboxes may be one of both, or both.
func (d *dice) tiny() couple {
	switch d.IntN(4) {
	case 0:
		return d.subscribers(1 + d.IntN(5))
	case 1:
		var first []uint64
		for range 1 + d.IntN(3) {
			first = append(first, d.one())
		}
		v := d.validity()
		return couple{d.person(v, first, d.IntN(3)), d.live(d.person(v, first, d.IntN(3)))}
	case 2:
		v := d.validity()
		return couple{d.person(v, nil, d.upTo(1, 1500)), d.person(v, nil, 1+d.IntN(5))}
	}
	c := d.subscribers(d.upTo(8, 30))
	for _, s := range c.other {
		s.expunge(func(i int, _ letter) bool { return i > d.IntN(5) })
	}
	return c
}

// copied is a mailbox and an earlier copy of it; both go on, the copy only sometimes.
func (d *dice) copied(how func(store) store, goesOn float64) couple {
	a := d.person(d.validity(), nil, d.upTo(6, 1000))
	b := how(a)
	a[0].put(d.one()) // other mail came
	d.deliver(a, d.upTo(1, 200)-1)
	if d.chance(0.5) {
		d.tidy(a)
	}
	if d.chance(goesOn) {
		return couple{a, d.live(b)}
	}
	return couple{a, b}
}

// forgetful is an earlier copy that got as much mail of its own and deleted nearly all of it, above all the newest, while it kept what it was copied from.
func (d *dice) forgetful() couple {
	a := d.person(d.validity(), nil, d.upTo(6, 1000))
	b := a.clone()
	next := make([]uint32, len(a))
	for i, s := range a {
		next[i] = s.next
		for n := range d.upTo(1, 200) {
			if i == 0 && n == 0 || d.chance(0.9) {
				s.put(d.one())
			}
		}
		for b[i].next < s.next+uint32(d.IntN(9)) {
			b[i].put(d.one())
		}
		kept, share := uint32(d.IntN(40)), 1-0.1*d.Float64()
		b[i].expunge(func(_ int, l letter) bool { return l.uid >= next[i] && (l.uid+kept >= s.next || d.chance(share)) })
	}
	return couple{a, b}
}

// appended copies message by message: they get new UIDs, without gaps.
func (d *dice) appended(b store) store {
	out := make(store, len(b))
	other := d.chance(0.5)
	for i, s := range b {
		c := &shelf{name: s.name, validity: s.validity, next: 1}
		if other {
			c.validity = d.validity()
		}
		for _, l := range s.letters {
			c.put(l.origin)
		}
		out[i] = c
	}
	return out
}

// swapped is the other direction of another kind: the candidate's witness, and the first mailbox as it became.
func (d *dice) swapped() couple {
	c := kinds[1+d.IntN(len(kinds)-1)].make(d)
	return couple{then: c.other, other: d.live(c.then)}
}

func (b store) count() int {
	n := 0
	for _, s := range b {
		n += len(s.letters)
	}
	return n
}
