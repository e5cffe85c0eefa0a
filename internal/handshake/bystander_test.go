package handshake

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// remark is something that was said.
type remark struct {
	of     iana.ContentType
	raw    []byte
	client bool
}

// keyLog is the secrets that a bystander is given.
type keyLog []*LogSecret

// Secret implements Secrets.
func (k keyLog) Secret(random []byte, label string) []byte {
	for _, l := range k {
		if l.Secret.KeyLogLabel == label && bytes.Equal(l.ClientRandom, random) {
			return l.Secret.Bytes
		}
	}
	return nil
}

// overhear feeds a bystander all that was said, and lists the checks that it makes.
func overhear(p *peer) (checks []string) {
	e := Watch(p.keyLog, false)
	for _, r := range p.said {
		buf := &trace.Buffer{Kind: trace.BufferMessage, Bytes: r.raw}
		switch {
		case r.of == iana.Handshake && r.client:
			e.Sent(r.raw, buf)
		case r.of == iana.Handshake:
			e.Message(r.raw, buf)
		case r.of == iana.ChangeCipherSpec && r.client:
			e.SentChangeCipherSpec(r.raw, buf)
		case r.of == iana.ChangeCipherSpec:
			e.ChangeCipherSpec(r.raw, buf)
		}
		for a := e.Next(); a != nil; a = e.Next() {
			switch a := a.(type) {
			case *Report:
				checks = append(checks, checksOf(a.Event)...)
			case *VerifyChain:
				e.Verdict(true, "")
			}
		}
	}
	return checks
}

// checksOf lists what an event checks, in words; what a session was worth when it began, only the client knows.
func checksOf(e *trace.Event) (list []string) {
	for _, f := range e.Findings {
		if e.Layer == trace.LayerCheck {
			text := fmt.Sprintf("%s %s %s %s", f.ID, f.Status, f.Message, f.Actual)
			text, _, _ = strings.Cut(text, ", and trusted then")
			text, _, _ = strings.Cut(text, ", and not trusted then")
			list = append(list, strings.TrimSpace(text))
		}
	}
	return list
}

func TestABystanderFindsWhatTheClientFinds(t *testing.T) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			p := newPeer(t, Config{Observed: true, Secrets: true}, s.set)
			p.run(s.flow, nil)
			var live []string
			for _, e := range p.events {
				live = append(live, checksOf(e)...)
			}
			if got := overhear(p); !slices.Equal(got, live) {
				t.Errorf("the client finds\n%s\na bystander\n%s", strings.Join(live, "\n"), strings.Join(got, "\n"))
			}
		})
	}
}

func TestABystanderSeesAClientProveNothing(t *testing.T) {
	for _, in := range []scenario{tls13Proved, tls12Proved} {
		p := newPeer(t, Config{Observed: true, Secrets: true}, func(p *peer) { in.set(p); strangersKey(p) })
		p.run(in.flow, nil)
		wrong := string(finding.HandshakeClientCertificate) + " warn"
		if got := overhear(p); !slices.ContainsFunc(got, func(c string) bool { return strings.HasPrefix(c, wrong) }) {
			t.Errorf("%s: %q", in.name, got)
		}
	}
}

// A capture may hold a client that proves itself again and again: it is verified once.
func TestABystanderVerifiesAClientOnce(t *testing.T) {
	p := newPeer(t, Config{Observed: true, Secrets: true}, tls12Proved.set)
	p.run(tls12Proved.flow, nil)
	i := slices.IndexFunc(p.said, func(r remark) bool {
		return r.client && r.of == iana.Handshake && r.raw[0] == byte(iana.CertificateVerify)
	})
	p.said = slices.Insert(p.said, i, p.said[i], p.said[i], p.said[i])
	n := 0
	for _, c := range overhear(p) {
		if strings.HasPrefix(c, string(finding.HandshakeClientCertificate)) {
			n++
		}
	}
	if n != 1 {
		t.Errorf("verified %d times", n)
	}
}

func TestABystanderHoldsTheServerToTheKeysThatWereOffered(t *testing.T) {
	p := newPeer(t, Config{Observed: true, Secrets: true}, tls13Resumed.set)
	f := slices.Clone(tls13Resumed.flow)
	f[0].make = func(p *peer) message.Message {
		h := makeHello13(p).(*message.ServerHello)
		psk, _ := message.Get[*message.SelectedPreSharedKey](h.Extensions)
		psk.Identity = 3
		return h
	}
	p.run(f[:1], nil)
	e := Watch(p.keyLog, false)
	for _, r := range p.said[:2] {
		buf := &trace.Buffer{Kind: trace.BufferMessage, Bytes: r.raw}
		if r.client {
			e.Sent(r.raw, buf)
		} else {
			e.Message(r.raw, buf)
		}
		for a := e.Next(); a != nil; a = e.Next() {
			if c, ok := a.(*Close); ok && c.Err != nil && c.Err.Rule == finding.ResumptionIdentity {
				return
			}
		}
	}
	t.Error("a bystander does not notice")
}
