package refresh

// stamper writes stamps and moves cursors while a result is applied or reverted.
type stamper struct {
	action Action
	sides  [2]stampSide
}

// stampSide is one side of it.
type stampSide struct {
	run  *SideRun
	fits bool // the endpoint is where the result saw it, so its stamps mean what they meant
	seal seal
	ok   bool // the seal could be read
}

// stamper looks where the endpoints stand. Where another result has moved one since, or written stamps that r could not know
// of, what r says of changes is not whole: then no stamp of r is written, and the rows that it writes are looked up in the next run.
func (j *Job) stamper(r *Result, action Action) *stamper {
	t := &stamper{action: action}
	for _, s := range []Side{Source, Target} {
		x := &t.sides[s.index()]
		if x.run = r.Run.Side(s); x.run == nil {
			continue
		}
		e := j.endpoint(s)
		if action == ActionReverted {
			x.fits = e.Cursor.same(x.run.Cursor) && e.Epoch == x.run.Epoch
		} else {
			x.fits = e.Cursor.same(x.run.CursorBefore) && e.Epoch == x.run.EpochBefore && e.Seal == x.run.SealBefore
		}
		x.seal, x.ok = readSeal(e.Seal)
	}
	return t
}

func (s Side) index() int {
	if s == Target {
		return 1
	}
	return 0
}

// put returns the stamp to write in place of another one.
func (t *stamper) put(row *Row, was, stamp Stamp) Stamp {
	x := &t.sides[row.Side.index()]
	if !x.fits {
		stamp = 0
	}
	x.seal += sealOf(row.Key, stamp) - sealOf(row.Key, was)
	return stamp
}

// finish moves the cursors.
func (t *stamper) finish(out *Job) {
	for _, s := range []Side{Source, Target} {
		x, e := &t.sides[s.index()], out.endpoint(s)
		if x.run == nil {
			continue
		}
		if x.ok {
			e.Seal = x.seal.text()
		}
		switch {
		case !x.fits:
		case t.action == ActionReverted && !x.run.moved():
		case t.action == ActionReverted:
			e.Cursor, e.Epoch, e.Since, e.Seal = x.run.CursorBefore, x.run.EpochBefore, x.run.SinceBefore, x.run.SealBefore
		default:
			e.Cursor, e.Epoch, e.Since = x.run.Cursor, x.run.Epoch, x.run.Since
			if x.run.Restarted {
				e.Seal = out.sealOf(s).text()
			}
		}
	}
}

// moved reports whether Apply moves the endpoint's cursor.
func (r *SideRun) moved() bool { return r.Restarted || !r.Cursor.same(r.CursorBefore) }

// stay makes Apply leave the endpoint where it is.
func (r *SideRun) stay() {
	r.Cursor, r.Epoch, r.Since, r.Restarted = r.CursorBefore, r.EpochBefore, r.SinceBefore, false
}

// reseal tells the seal of one side that a row's stamp was replaced by other means than a result.
func (e *Endpoint) reseal(key string, was, stamp Stamp) {
	if sum, ok := readSeal(e.Seal); ok {
		e.Seal = (sum + sealOf(key, stamp) - sealOf(key, was)).text()
	}
}

func (c Cursor) same(d Cursor) bool { return c.Token == d.Token && c.Taken.Equal(d.Taken) }
