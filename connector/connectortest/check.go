package connectortest

import (
	"context"
	"errors"
	"fmt"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/refresh"
)

// check is one experiment in a world of its own.
type check struct {
	name  string
	rules []rule // what it is about; it also reports the rules of every call
	needs []need
	run   func(p *probe)
}

// traits are what is known of a connector before it is checked.
type traits struct {
	can      refresh.Capability
	closes   bool // has a method Close() error
	explains bool // is a refresh.Explainer

	mayNotTrack bool // Mark is ErrForbidden
}

func traitsOf(c refresh.Connector) traits {
	_, closes := c.(closer)
	_, explains := c.(refresh.Explainer)
	return traits{can: able(c), closes: closes, explains: explains}
}

// need says why a check does not apply to a world and its connector, and "" when it does.
type need func(w World, c traits) string

// ability needs one of the abilities.
func ability(one refresh.Capability) need {
	return func(_ World, c traits) string {
		if c.can&one == 0 {
			return fmt.Sprintf("the connector cannot %s", one)
		}
		return ""
	}
}

// event needs an optional event of the world.
func event(name string, has func(World) bool) need {
	return func(w World, _ traits) string {
		if !has(w) {
			return "World." + name + " is nil"
		}
		return ""
	}
}

// trait needs a property of the connector.
func trait(has func(traits) bool, why string) need {
	return func(_ World, c traits) string {
		if !has(c) {
			return why
		}
		return ""
	}
}

const (
	byID       = refresh.CanResolve | refresh.CanConfirm
	everything = byID | refresh.CanFind | refresh.CanList | refresh.CanInspect | refresh.CanTrack
)

// inapplicable returns why the check does not apply, "" when it does.
func (c check) inapplicable(w World, conn traits) string {
	for _, n := range c.needs {
		if why := n(w, conn); why != "" {
			return why
		}
	}
	return ""
}

// wrapper is what Intercept is; the suite's own tests put broken ones in its place.
type wrapper func(refresh.Connector, func(context.Context, connector.Call, func(context.Context) error) error) refresh.Connector

// perform runs a check, adds to what was seen, and returns the rules that it saw broken. The error is the world's.
func (c check) perform(w World, wrap wrapper, seen *proofs) (broken []violation, err error) {
	w, err = w.complete()
	if err != nil {
		return nil, err
	}
	p := &probe{World: w, wrap: wrap, ids: make(map[refresh.ID]bool), proofs: seen}
	defer p.closeAll()
	defer func() {
		switch r := recover().(type) {
		case nil:
		case worldFault:
			err = r.err
		default:
			panic(r)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		broken = p.broken
	}()
	c.run(p)
	return nil, nil
}

// checks returns every check, in the order in which they run.
func checks() []check {
	var out []check
	for _, part := range [][]check{infoChecks(), resolveChecks(), deathChecks(), mailboxChecks(), troubleChecks(), cancelChecks(), togetherChecks(), findChecks(), listChecks(), inspectChecks(), trackChecks(), interceptChecks()} {
		out = append(out, part...)
	}
	return out
}

// errStopped is the cause that the suite gives to the contexts that it ends.
var errStopped = errors.New("connectortest: stopped by the suite")

var errSameInstance = errors.New("it returned another object or the old Instance")
