package refresh

// appendJSON appends the row as JSON. The row is valid, or its result would have been refused.
func (row *Row) appendJSON(b []byte) []byte {
	o := beginObject(b)
	o.text("key", row.Key)
	o.text("side", sideWords[row.Side])
	o.word("origin", originWords, uint8(row.Origin))
	o.text("outcome", outcomeWords[row.Outcome])
	o.flag("merge", row.Merge)
	o.reasons(row.Reasons)
	o.word("cause", causeWords, uint8(row.Cause))
	o.optional("failure", row.Failure)
	if !row.Before.IsZero() {
		o.mailbox("before", &row.Before)
	}
	if row.After != nil {
		o.mailbox("after", row.After)
	}
	o.optional("part", row.Part)
	o.optional("use", string(row.Use))
	if row.Evidence != nil {
		o.name("evidence")
		o.b = row.Evidence.appendJSON(o.b)
	}
	o.optional("replica", row.Replica)
	o.mark("markBefore", row.MarkBefore)
	o.mark("markAfter", row.MarkAfter)
	if p := row.PreviousBefore; p != nil {
		o.name("previousBefore")
		in := beginObject(o.b)
		in.mailbox("mailbox", &p.Mailbox)
		in.optional("replica", p.Replica)
		o.b = in.end()
	}
	o.stamp("stampBefore", row.StampBefore)
	o.stamp("stampAfter", row.StampAfter)
	return o.end()
}

func (o *jsonObject) reasons(set Reasons) {
	if set == 0 {
		return
	}
	o.name("reasons")
	o.b = append(o.b, '[')
	for r := ReasonPrimary; r <= ReasonMoved; r++ {
		if set.Has(r) {
			if o.b[len(o.b)-1] != '[' {
				o.b = append(o.b, ',')
			}
			o.b = appendJSONString(o.b, reasonWords[r])
		}
	}
	o.b = append(o.b, ']')
}

func (o *jsonObject) mailbox(name string, m *Mailbox) {
	o.name(name)
	in := beginObject(o.b)
	in.optional("id", string(m.ID))
	in.optional("instance", string(m.Instance))
	in.optional("anchor", string(m.Anchor))
	in.optional("login", m.Login)
	in.optional("displayName", m.DisplayName)
	in.word("kind", kindWords, uint8(m.Kind))
	in.optional("primary", string(m.Primary))
	list(in, "aliases", m.Aliases)
	o.b = in.end()
}

func (o *jsonObject) mark(name string, m *Mark) {
	if m == nil {
		return
	}
	o.name(name)
	in := beginObject(o.b)
	in.text("reason", reasonWords[m.Reason])
	in.time("firstSeen", m.FirstSeen)
	in.time("lastSeen", m.LastSeen)
	in.flag("deletionUnknown", m.DeletionUnknown)
	o.b = in.end()
}

func (e *Evidence) appendJSON(b []byte) []byte {
	o := beginObject(b)
	if e.Hits != nil {
		o.number("hits", *e.Hits)
	}
	list(o, "hitIds", e.HitIDs)
	o.optional("hitsFailure", e.HitsFailure)
	o.word("domainAccepted", triWords, uint8(e.DomainAccepted))
	o.word("account", accountWords, uint8(e.Account))
	o.optionalTime("deletedAt", e.DeletedAt)
	o.optionalTime("restorableUntil", e.RestorableUntil)
	o.flag("deletionUnknown", e.DeletionUnknown)
	o.word("proof", proofWords, uint8(e.Proof))
	o.optional("forwardsTo", string(e.ForwardsTo))
	o.word("licensed", triWords, uint8(e.Licensed))
	o.optional("instance", string(e.Instance))
	o.optional("malformed", e.Malformed)
	if e.Seen != nil {
		o.mailbox("seen", e.Seen)
	}
	return o.end()
}
