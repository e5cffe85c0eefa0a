package handshake

import (
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// badPeer is a server that breaks one rule in an otherwise right handshake.
type badPeer struct {
	rule finding.ID
	does string
	in   scenario
	set  func(*peer) // after the scenario's own
	at   string      // the first thing of that name that the server says is changed …
	edit func(*peer, message.Message)
	raw  func([]byte) []byte
	// before: … or something else comes before it; at "" is after the end.
	before func(*peer)

	path string // where the finding points; it must be in the event's tree
	ends bool   // there is no going on from here
}

// bad says the flow, with the fault in it.
func (b *badPeer) bad(t testing.TB, cfg Config, taken func(state, input, state)) *peer {
	p := newPeer(t, cfg, func(p *peer) {
		if b.in.set != nil {
			b.in.set(p)
		}
		if b.set != nil {
			b.set(p)
		}
		p.taken = taken
	})
	f := slices.Clone(b.in.flow)
	i := slices.IndexFunc(f, func(s saying) bool { return s.name == b.at })
	switch {
	case i < 0 && b.at != "":
		t.Fatalf("%s has no %s", b.in.name, b.at)
	case i >= 0 && b.edit != nil:
		right := f[i].make
		f[i].make = func(p *peer) message.Message {
			m := right(p)
			b.edit(p, m)
			return m
		}
	}
	done := false
	p.run(f, func(s saying, raw []byte) []byte {
		if s.name != b.at || done {
			return raw
		}
		done = true
		if b.before != nil {
			b.before(p)
		}
		if b.raw != nil {
			raw = b.raw(raw)
		}
		return raw
	})
	if b.at == "" && p.closed == nil {
		b.before(p)
	}
	return p
}

// findings lists what was found of a rule, with the events.
func (p *peer) findings(id finding.ID) (list []finding.Finding, at []*trace.Event) {
	for _, e := range p.events {
		for _, f := range e.Findings {
			if f.ID == string(id) {
				list, at = append(list, f), append(at, e)
			}
		}
	}
	return list, at
}

func (b *badPeer) name() string { return string(b.rule) + ", " + b.does }

func TestABrokenRuleIsFoundAndTheHandshakeGoesOn(t *testing.T) {
	for _, b := range badPeers() {
		t.Run(b.name(), func(t *testing.T) {
			p := b.bad(t, Config{Observed: true}, nil)
			found, events := p.findings(b.rule)
			if len(found) == 0 {
				t.Fatal("not found")
			}
			f, e := found[0], events[0]
			if f.Expected == "" || f.Actual == "" {
				t.Errorf("expected %q, actual %q", f.Expected, f.Actual)
			}
			if f.Where.Path != b.path {
				t.Errorf("at %q, want %q", f.Where.Path, b.path)
			}
			if f.Where.Path != "" && !e.Fields().Find(f.Where.Path).OK() {
				t.Errorf("the tree of %s has no %s", e.Kind, f.Where.Path)
			}
			if b.ends {
				b.checkEnd(t, p)
			} else if p.closed != nil && p.closed.Err != nil || p.est != 1 {
				t.Errorf("it did not go on: %+v", p.closed)
			}
		})
	}
}

// checkEnd wants the failure to be about the rule, and its alert to be the last thing sent.
func (b *badPeer) checkEnd(t *testing.T, p *peer) {
	t.Helper()
	row, _ := finding.Lookup(b.rule)
	if p.closed == nil || p.closed.Err == nil {
		t.Fatalf("it goes on, waiting in %s", p.engine.Waiting())
	}
	if err := p.closed.Err; err.Rule != b.rule || err.Alert != row.Alert || err.Waiting == "" || err.Message == "" {
		t.Errorf("it failed with %+v", err)
	}
	var sent []message.Alert
	for _, s := range p.sends {
		if s.Type == iana.Alert {
			a, _ := message.DecodeAlert(s.Raw, nil)
			sent = append(sent, a)
		}
	}
	if want := (message.Alert{Level: iana.Fatal, Description: row.Alert}); len(sent) != 1 || sent[0] != want {
		t.Errorf("alerts sent: %v, want %v", sent, want)
	}
	if last := p.sends[len(p.sends)-1]; last.Type != iana.Alert {
		t.Errorf("a %s was sent after the alert", last.Type)
	}
	if done, why := p.engine.Done(); !done || why != p.closed.Err {
		t.Errorf("done: %t, %v", done, why)
	}
}

func TestABrokenRuleEndsAStrictHandshakeWithItsAlert(t *testing.T) {
	for _, b := range badPeers() {
		for _, observed := range []bool{false, true} {
			t.Run(b.name()+configName(Config{Observed: observed}), func(t *testing.T) {
				p := b.bad(t, Config{Observed: observed, Strict: true}, nil)
				if row, _ := finding.Lookup(b.rule); row.Status == finding.Fail && row.HasAlert {
					b.checkEnd(t, p)
				} else if p.closed != nil && p.closed.Err != nil {
					t.Errorf("strictness ends it over a warning: %v", p.closed.Err)
				}
			})
		}
	}
}

func TestTheFirstFailureIsTheOneThatIsTold(t *testing.T) {
	b := badPeer{
		rule: finding.UnexpectedMessage, does: "is not trusted either", in: tls13, set: func(p *peer) { p.distrusts = true },
		at: "finished", before: func(p *peer) { p.says(p.encode(makeCertificate(p))) },
	}
	b.checkEnd(t, b.bad(t, Config{Strict: true}, nil))
}

func TestAnUntrustedChainEndsAStrictHandshakeBeforeOurFinished(t *testing.T) {
	for _, s := range []scenario{tls13, tls12} {
		p := newPeer(t, Config{Strict: true}, func(p *peer) {
			if s.set != nil {
				s.set(p)
			}
			p.distrusts = true
		})
		p.run(s.flow, nil)
		if p.closed == nil || p.closed.Err == nil || p.closed.Err.Kind != NotTrusted || p.finished > 0 || p.est > 0 {
			t.Errorf("%s: closed %+v, %d Finished", s.name, p.closed, p.finished)
		}
		// The peer's verdict names the check "validity", whose row has this alert.
		if last := p.sends[len(p.sends)-1]; string(last.Raw) != string([]byte{byte(iana.Fatal), byte(iana.AlertCertificateExpired)}) {
			t.Errorf("%s: the last thing sent is %x, not the alert certificate_expired", s.name, last.Raw)
		}
	}
}

// raisedByDriver tells the rules that only a driver can see broken: package conn has their bad peers.
func raisedByDriver(id finding.ID) bool {
	return strings.HasPrefix(string(id), "rule.record.") || id == finding.MessageTooLong || id == finding.KeyChangeLeftover || id == finding.CCSProtected
}

func TestEveryRuleHasABadPeer(t *testing.T) {
	have := make(map[finding.ID]bool)
	for _, b := range badPeers() {
		have[b.rule] = true
	}
	for _, row := range finding.Rules() {
		if !have[row.ID] && !raisedByDriver(row.ID) {
			t.Errorf("nothing breaks %s", row.ID)
		}
	}
}
