package ldaptest

import "maps"

// Mechanism is the server's side of one SASL exchange, such as a stand-in for GSSAPI.
type Mechanism interface {
	// Step gets what the client sent and returns what to send back. done says that the exchange is over, and name who
	// it was; an error refuses the client with code 49.
	Step(token []byte) (reply []byte, name Account, done bool, err error)
}

// sasl is the state of an exchange that goes over several binds.
type sasl struct {
	mechanism string
	exchange  Mechanism
}

// bind is a simple bind or a step of SASL (RFC 4511 section 4.2, RFC 4513).
func (c *conn) bind(r *Request) (byte, result) {
	f := c.dc.forest
	c.who.Store(nil)
	version, err := r.rest[0].integer()
	if err != nil || version != 3 && version != 2 {
		return opBindResponse, result{code: ProtocolError}
	}
	if r.rest[2].tag == 0xa3 {
		return opBindResponse, c.bindSASL(r.rest[2].body)
	}
	c.exchange = nil
	password := string(r.rest[2].body)
	ad := f.cfg.System == ActiveDirectory
	switch {
	case r.rest[2].tag != 0x80:
		return opBindResponse, result{code: AuthMethodNotSupported}
	case f.cfg.RequireTLS && !c.secured.Load() && password != "":
		return opBindResponse, result{code: StrongerAuthRequired, text: c.dc.words(StrongerAuthRequired)}
	case password == "" && (ad || r.Name == ""):
		return opBindResponse, result{} // anonymous, whatever the name
	case password == "":
		return opBindResponse, result{code: UnwillingToPerform, text: "unauthenticated bind (DN with no password) disallowed"}
	}
	a, data := f.authenticate(r.Name, password)
	if a == nil {
		c.dc.counts.refused()
		res := result{code: InvalidCredentials}
		if ad {
			res.text = credentialsText(data)
		}
		return opBindResponse, res
	}
	c.who.Store(a)
	return opBindResponse, result{}
}

// authenticate returns the account, or why there is none.
func (f *Forest) authenticate(name, password string) (*account, string) {
	a := f.whois(name)
	if a == nil {
		return nil, noUser
	}
	f.names.RLock()
	defer f.names.RUnlock()
	switch {
	case a.password != password:
		return nil, badPassword
	case a.state != Enabled:
		return nil, reason[a.state]
	}
	return a, ""
}

func (c *conn) bindSASL(body []byte) result {
	es, err := parts(body)
	if err != nil || len(es) == 0 {
		return result{code: ProtocolError}
	}
	name := string(es[0].body)
	var token []byte
	if len(es) > 1 {
		token = es[1].body
	}
	if name == "EXTERNAL" {
		who, ok := c.peer()
		if !ok {
			return result{code: InvalidCredentials, text: "no certificate"}
		}
		return c.become(who)
	}
	if c.exchange == nil || c.mechanism != name {
		start := c.dc.forest.cfg.Mechanisms[name]
		if start == nil {
			return result{code: AuthMethodNotSupported, text: "00002027: LdapErr: DSID-0C090587, comment: Inappropriate authentication, data 0, v4563"}
		}
		c.mechanism, c.exchange = name, start()
	}
	reply, who, done, err := c.exchange.Step(token)
	if err != nil {
		c.exchange = nil
		c.dc.counts.refused()
		return result{code: InvalidCredentials, text: credentialsText(badPassword)}
	}
	var extra []byte
	if reply != nil {
		extra = appendString(nil, tagSASLCredentials, string(reply))
	}
	if !done {
		return result{code: SASLBindInProgress, extra: extra}
	}
	c.exchange = nil
	res := c.become(who)
	res.extra = extra
	return res
}

// become binds the connection as an account that has proven itself.
func (c *conn) become(name Account) result {
	f := c.dc.forest
	f.names.RLock()
	defer f.names.RUnlock()
	a := f.accounts[name]
	if a == nil || a.state != Enabled {
		c.dc.counts.refused()
		return result{code: InvalidCredentials, text: credentialsText(noUser)}
	}
	c.who.Store(a)
	return result{}
}

// mechanisms lists what SASL offers here.
func (f *Forest) mechanisms() []string {
	list := []string{"EXTERNAL"}
	for name := range maps.Keys(f.cfg.Mechanisms) {
		list = append(list, name)
	}
	return list
}
