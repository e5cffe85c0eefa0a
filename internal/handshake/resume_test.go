package handshake

import (
	"bytes"
	"crypto"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// testNow is the clock of all engines here; saved sessions are ten seconds old.
var testNow = time.Unix(1_800_000_000, 0)

// saved13 is a session of TLS 1.3.
func saved13(suite iana.CipherSuite) *SavedSession {
	return &SavedSession{
		Version: iana.TLS13, Suite: suite, Secret: bytes.Repeat([]byte{7}, 32), Ticket: []byte("a ticket"), AgeAdd: 0xfffffff0,
		Received: testNow.Add(-10 * time.Second), Lifetime: time.Hour, ServerName: "example.test", Trusted: true,
	}
}

// saved12 is a session before TLS 1.3, that the server keeps, or with a ticket.
func saved12(v iana.Version, suite iana.CipherSuite, ticket string) *SavedSession {
	s := &SavedSession{
		Version: v, Suite: suite, Secret: bytes.Repeat([]byte{8}, 48), SessionID: []byte("the session's id"),
		ExtendedMasterSecret: true, Received: testNow.Add(-10 * time.Second), Lifetime: time.Hour, ServerName: "example.test",
	}
	if ticket != "" {
		s.Ticket, s.SessionID = []byte(ticket), nil
	}
	return s
}

var tls13Resumed = scenario{"TLS 1.3, resumed", func(p *peer) {
	p.saved, p.resumes = saved13(p.suite), true
}, flow{sayHello13, sayEncryptedExtensions, sayFinished, sayTicket13}}

// The suite is another one with the same hash.
var tls13RetriedResumed = scenario{"TLS 1.3 with a retry, resumed", func(p *peer) {
	retryP384(p)
	p.saved, p.resumes = saved13(iana.TLS_CHACHA20_POLY1305_SHA256), true
}, flow{sayRetry, sayHello13, sayEncryptedExtensions, sayFinished}}

var tls12Resumed = scenario{"TLS 1.2, resumed by session id", func(p *peer) {
	choose12(emsExtension, bindingExtension)(p)
	p.saved, p.resumes = saved12(p.version, p.suite, ""), true
}, flow{sayHello12, sayChange, sayFinished}}

var tls12ResumedByTicket = scenario{"TLS 1.2, resumed by ticket", func(p *peer) {
	choose12(emsExtension, ticketExtension)(p)
	p.saved, p.resumes = saved12(p.version, p.suite, "a ticket of TLS 1.2"), true
}, flow{sayHello12, sayTicket12, sayChange, sayFinished, sayHelloRequest}}

var tls11Resumed = scenario{"TLS 1.1, resumed", func(p *peer) {
	choose11(p)
	p.saved, p.resumes = saved12(p.version, p.suite, ""), true
	p.saved.ExtendedMasterSecret, p.saved.ServerName = false, p.offer.ServerName
}, flow{sayHello12, sayChange, sayFinished}}

// checkBinder holds the binder of a hello against one made by the standard library alone. RFC 8446, Section 4.2.11.2.
func (p *peer) checkBinder(raw []byte) {
	offer, ok := message.Get[*message.PreSharedKeys](p.hello.Extensions)
	if !ok || p.saved == nil {
		return
	}
	params, _ := p.saved.Suite.Params()
	h := sha256.New
	if params.Hash == iana.HashSHA384 {
		h = sha512.New384
	}
	size := h().Size()
	if x := p.hello.Extensions; x[len(x)-1].Type != iana.ExtPreSharedKey && !p.lenient {
		p.t.Error("pre_shared_key is not the last extension")
	}
	truncated := slices.Concat(p.heard, raw[:len(raw)-3-size])
	early, err := hkdf.Extract(h, p.saved.Secret, nil)
	p.must(err)
	key := expand(p.t, h, early, "res binder", digest(h, nil))
	mac := hmac.New(h, expand(p.t, h, key, "finished", nil))
	mac.Write(digest(h, truncated))
	if want := mac.Sum(nil); len(offer.Binders) != 1 || !hmac.Equal(offer.Binders[0].Binder, want) || !bytes.HasSuffix(raw, want) {
		if !p.lenient {
			p.t.Errorf("the binder is %x, should be %x", offer.Binders, want)
		}
		return
	}
	p.bound++
}

func digest(h func() hash.Hash, b []byte) []byte {
	w := h()
	w.Write(b)
	return w.Sum(nil)
}

// expand is HKDF-Expand-Label. RFC 8446, Section 7.1.
func expand(t testing.TB, h func() hash.Hash, secret []byte, label string, context []byte) []byte {
	t.Helper()
	label = "tls13 " + label
	info := binary.BigEndian.AppendUint16(nil, uint16(h().Size()))
	info = append(append(info, byte(len(label))), label...)
	info = append(append(info, byte(len(context))), context...)
	out, err := hkdf.Expand(h, secret, string(info), h().Size())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEverySessionThatIsResumedSaysSo(t *testing.T) {
	for _, s := range []scenario{tls13Resumed, tls13RetriedResumed, tls12Resumed, tls12ResumedByTicket, tls11Resumed} {
		t.Run(s.name, func(t *testing.T) {
			p := newPeer(t, Config{Observed: true}, s.set)
			p.run(s.flow, nil)
			if !p.engine.session.Resumed || p.est != 1 || p.finished != 1 {
				t.Fatalf("resumed: %t, established %d times, %d Finished", p.engine.session.Resumed, p.est, p.finished)
			}
			if want := strings.Count(s.name, "TLS 1.3") + strings.Count(s.name, "retry"); p.bound != want {
				t.Errorf("%d binders were right, of %d", p.bound, want)
			}
			found, _ := p.findings(finding.SessionResumption)
			if len(found) != 1 || found[0].Status != finding.Pass || !strings.HasPrefix(found[0].Message, "resumed by ") {
				t.Errorf("it says %+v", found)
			}
			for _, id := range chainChecks {
				found, _ := p.findings(id)
				if len(found) != 1 || found[0].Status != finding.Skip || !strings.Contains(found[0].Message, "when the session began") {
					t.Errorf("%s: %+v", id, found)
				}
			}
			for _, e := range p.events {
				if text := string(e.Append(nil)); strings.Contains(text, fmt.Sprintf("%x", p.saved.Secret)) {
					t.Errorf("the secret is in the event %s", e.Kind)
				}
			}
		})
	}
}

func TestASessionThatTheServerDoesNotTakeIsAFullHandshake(t *testing.T) {
	for _, c := range []struct {
		in  scenario
		set func(*peer)
	}{
		{tls13, func(p *peer) { p.saved = saved13(p.suite) }},
		{tls13Retried, func(p *peer) { p.saved = saved13(p.suite) }},
		{tls12, func(p *peer) { p.saved = saved12(p.version, p.suite, "") }},
		{tls12, func(p *peer) { p.saved = saved12(p.version, p.suite, "a ticket of TLS 1.2") }},
		{tls13, func(p *peer) { p.saved = saved12(iana.TLS12, p.offer.CipherSuites[3], "a ticket of TLS 1.2") }},
	} {
		p := newPeer(t, Config{Observed: true, Strict: true}, func(p *peer) {
			if c.in.set != nil {
				c.in.set(p)
			}
			c.set(p)
		})
		p.run(c.in.flow, nil)
		found, _ := p.findings(finding.SessionResumption)
		if p.closed != nil || p.est != 1 || p.engine.session.Resumed || len(found) != 1 || found[0].Status != finding.Info {
			t.Errorf("%s, %v: closed %+v, established %d times, %+v", c.in.name, p.saved, p.closed, p.est, found)
		}
	}
}

func TestASessionThatDoesNotFitIsNotOffered(t *testing.T) {
	for says, change := range map[string]func(*SavedSession){
		"another server name":   func(s *SavedSession) { s.ServerName = "other.test" },
		"has expired":           func(s *SavedSession) { s.Received = testNow.Add(-2 * time.Hour) },
		"which is not offered":  func(s *SavedSession) { s.Version = iana.TLS10 },
		"with the hash of":      func(s *SavedSession) { s.Suite = 0xfafa },
		"is not offered":        func(s *SavedSession) { s.Version, s.Suite = iana.TLS12, iana.TLS_RSA_WITH_RC4_128_SHA },
		"has 40000 bytes":       func(s *SavedSession) { s.Ticket = make([]byte, 40000) },
		"got nothing to resume": nil, // there is none
	} {
		t.Run(says, func(t *testing.T) {
			cfg := Config{Observed: true}
			if change == nil {
				cfg.NoSession = says
			}
			p := newPeer(t, cfg, func(p *peer) {
				if change != nil {
					p.saved = saved13(p.suite)
					change(p.saved)
				}
			})
			p.run(tls13.flow, nil)
			found, _ := p.findings(finding.SessionResumption)
			if len(found) != 1 || found[0].Status != finding.Skip || !strings.Contains(found[0].Message, says) {
				t.Errorf("it says %+v", found)
			}
			if p.hello.Extensions.Find(iana.ExtPreSharedKey) != nil {
				t.Error("it was offered all the same")
			}
		})
	}
}

func TestARetryWithAnotherHashWithdrawsTheSession(t *testing.T) {
	p := newPeer(t, Config{Observed: true}, func(p *peer) {
		retryP384(p)
		p.saved = saved13(p.suite)
		p.suite = iana.TLS_AES_256_GCM_SHA384
	})
	p.run(tls13Retried.flow, nil)
	found, _ := p.findings(finding.SessionResumption)
	if p.est != 1 || p.bound != 1 || p.hello.Extensions.Find(iana.ExtPreSharedKey) != nil {
		t.Errorf("established %d times, %d binders", p.est, p.bound)
	}
	if len(found) != 1 || found[0].Status != finding.Skip || !strings.Contains(found[0].Message, "the server wants TLS_AES_256_GCM_SHA384") {
		t.Errorf("it says %+v", found)
	}
}

func TestTheAgeOfATicketIsHidden(t *testing.T) {
	s := saved13(iana.TLS_AES_128_GCM_SHA256)
	if got, want := obfuscatedAge(s, testNow), uint32(10_000-16); got != want {
		t.Errorf("after ten seconds %d, want %d", got, want)
	}
	if got := obfuscatedAge(s, s.Received.Add(-time.Minute)); got != s.AgeAdd {
		t.Errorf("before it came: %d", got)
	}
}

func TestWithoutAKeyAgreementTheKeyAloneMakesTheSession(t *testing.T) {
	p := newPeer(t, Config{Observed: true, Strict: true}, func(p *peer) {
		tls13Resumed.set(p)
		p.offer.PSKModes = []iana.PSKKeyExchangeMode{1, 0}
	})
	f := slices.Clone(tls13Resumed.flow)
	f[0] = saying{"server_hello", func(p *peer) message.Message {
		h := makeHello13(p).(*message.ServerHello)
		h.Extensions = slices.DeleteFunc(h.Extensions, func(x message.Extension) bool { return x.Type == iana.ExtKeyShare })
		return h
	}, func(p *peer) {
		p.handshake = keys.TLS13(p.hash()).Early(p.saved.Secret).Handshake(nil)
		hash := sum(p.hash(), p.heard)
		p.traffic = [2]keys.Secret{p.handshake.ClientTraffic(hash), p.handshake.ServerTraffic(hash)}
	}}
	p.run(f, nil)
	if p.closed != nil || p.finished != 1 || !p.engine.session.Resumed {
		t.Fatalf("closed %+v, %d Finished", p.closed, p.finished)
	}
	if found, _ := p.findings(finding.SessionKeyExchange); len(found) != 1 || found[0].Status != finding.Warn {
		t.Errorf("it says %+v", found)
	}
}

func TestWhatResumesASessionIsKept(t *testing.T) {
	for _, c := range []struct {
		in   scenario
		want func(*peer) *SavedSession
	}{
		{tls13, func(p *peer) *SavedSession {
			res := expand(t, sha256.New, p.engine.tls13.master.Secret.Bytes, "res master", sum(crypto.SHA256, p.heard))
			return &SavedSession{
				Version: iana.TLS13, Suite: p.suite, Secret: expand(t, sha256.New, res, "resumption", []byte{0}), Ticket: []byte("a ticket"),
				AgeAdd: 1, Received: testNow, Lifetime: 2 * time.Hour, ServerName: "example.test", ALPN: "h2",
			}
		}},
		{tls12, func(p *peer) *SavedSession {
			return &SavedSession{
				Version: iana.TLS12, Suite: p.suite, Secret: p.master.Bytes, Ticket: []byte("a ticket"), ExtendedMasterSecret: true,
				Received: testNow, Lifetime: 2 * time.Hour, ServerName: "example.test",
			}
		}},
		{tls12Plain, func(p *peer) *SavedSession {
			return &SavedSession{
				Version: iana.TLS12, Suite: p.suite, Secret: p.master.Bytes, SessionID: []byte("a session"),
				Received: testNow, Lifetime: 24 * time.Hour, ServerName: "example.test",
			}
		}},
		{tls12Resumed, func(p *peer) *SavedSession { return p.saved }},
		{tls13Resumed, nil}, // another ticket, another key
		{tls13Client, func(*peer) *SavedSession { return nil }},
	} {
		t.Run(c.in.name, func(t *testing.T) {
			p := newPeer(t, Config{}, c.in.set)
			if p.engine.Resumable() != nil {
				t.Error("there is one before it began")
			}
			p.run(c.in.flow, nil)
			got := p.engine.Resumable()
			if c.want == nil {
				if got == nil || len(got.Secret) != 32 || bytes.Equal(got.Secret, p.saved.Secret) {
					t.Errorf("kept %v", got)
				}
				return
			}
			if want := c.want(p); !sameSession(got, want) {
				t.Errorf("kept %#v, want %#v", got, want)
			}
		})
	}
}

// A server may name its session by more than a hello can hold.
func TestAnIdThatIsTooLongResumesNothing(t *testing.T) {
	p := newPeer(t, Config{}, tls12Plain.set)
	f := slices.Clone(tls12Plain.flow)
	f[0].make = func(p *peer) message.Message {
		h := makeHello12(p).(*message.ServerHello)
		h.SessionIDEcho = bytes.Repeat([]byte{1}, 33)
		return h
	}
	p.run(f, nil)
	if got := p.engine.Resumable(); p.est != 1 || got != nil {
		t.Errorf("established %d times, kept %v", p.est, got)
	}
}

func TestWhyASessionWithoutExtendedMasterSecretIsNotResumedIsSaid(t *testing.T) {
	p := newPeer(t, Config{Observed: true}, func(p *peer) {
		tls12.set(p)
		p.saved = saved12(p.version, p.suite, "a ticket of TLS 1.2")
		p.saved.ExtendedMasterSecret = false
	})
	p.run(tls12.flow, nil)
	if found, _ := p.findings(finding.SessionResumption); len(found) != 1 || !strings.Contains(found[0].Message, "RFC 7627, Section 5.3") {
		t.Errorf("it says %+v", found)
	}
}

func sameSession(a, b *SavedSession) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := *a, *b
	same := bytes.Equal(x.Secret, y.Secret) && bytes.Equal(x.Ticket, y.Ticket) && bytes.Equal(x.SessionID, y.SessionID)
	return same && x.Version == y.Version && x.Suite == y.Suite && x.ExtendedMasterSecret == y.ExtendedMasterSecret && x.AgeAdd == y.AgeAdd &&
		x.Received.Equal(y.Received) && x.Lifetime == y.Lifetime && x.ServerName == y.ServerName && x.ALPN == y.ALPN
}

func TestATicketWithoutLifetimeIsThrownAway(t *testing.T) {
	p := newPeer(t, Config{}, nil)
	p.run(tls13Client.flow, nil)
	p.says(p.encode(&message.NewSessionTicket{Ticket: []byte("a ticket")}))
	if got := p.engine.Resumable(); got != nil {
		t.Errorf("kept %v", got)
	}
}

func TestASavedSessionIsNeverPrinted(t *testing.T) {
	s := saved13(iana.TLS_AES_128_GCM_SHA256)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if text := fmt.Sprintf(verb+verb, s, *s); strings.Contains(text, "0707") || strings.Contains(text, "7, 7") || strings.Contains(text, "0x7, 0x7") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

// Whoever stands between may put an offer into the hello that the engine has not made.
func TestAnOfferThatIsNotOursIsLeftAlone(t *testing.T) {
	for _, saved := range []*SavedSession{nil, saved12(iana.TLS12, iana.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "a ticket of TLS 1.2")} {
		p := newPeer(t, Config{}, func(p *peer) { retryP384(p); p.saved = saved })
		p.engine.Start()
		send := p.engine.Next().(*Send)
		h := send.Message.(*message.ClientHello)
		h.Extensions = append(h.Extensions, message.Extension{Type: iana.ExtPreSharedKey, Body: &message.PreSharedKeys{}})
		p.hello = h
		p.engine.Committed(p.encode(h), nil)
		p.heard, p.lenient = p.encode(h), true
		p.say(sayRetry, nil)
		if last := p.sends[len(p.sends)-1]; last.Type != iana.Handshake || last.Bind != nil {
			t.Errorf("%v: the last thing sent is %+v", saved, last)
		}
	}
}

func TestAHelloThatIsChangedIsBoundAgain(t *testing.T) {
	p := newPeer(t, Config{}, tls13Resumed.set)
	p.engine.Start()
	send := p.engine.Next().(*Send)
	edited := slices.Clone(send.Raw)
	edited[6] ^= 1 // of the random
	again := send.Bind(edited)
	ctx := message.Context{}
	m, _ := message.Decode(again, &ctx, (*wire.Tree)(nil))
	p.hello = m.(*message.ClientHello)
	if p.checkBinder(again); p.bound != 1 || bytes.Equal(again[len(again)-32:], send.Raw[len(send.Raw)-32:]) {
		t.Error("the binder is that of the hello before")
	}
	spoilt := spoil(edited)
	if got := send.Bind(spoilt); !bytes.Equal(got, spoilt) {
		t.Error("a binder that was changed was put right")
	}
	if got := send.Bind([]byte{1}); !bytes.Equal(got, []byte{1}) {
		t.Error("what is no hello was bound")
	}
}

func badResumptions() []badPeer {
	const at = "server_hello"
	return []badPeer{
		{
			rule: finding.ResumptionVersion, does: "goes on in another version", in: tls12Resumed, at: at,
			set:  func(p *peer) { p.saved, p.offer.Min = saved12(iana.TLS11, p.suite, ""), iana.TLS11 },
			path: at + ".legacy_version",
		},
		{
			rule: finding.ResumptionSuite, does: "goes on with another suite", in: tls12Resumed, at: at,
			set: func(p *peer) { p.saved = saved12(iana.TLS12, iana.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "") }, path: at + ".cipher_suite",
		},
		{
			rule: finding.ResumptionEMS, does: "forgets the extended master secret", in: tls12Resumed, at: at,
			set: func(p *peer) { p.answers = nil }, path: at,
		},
		{
			rule: finding.ResumptionEMS, does: "makes up an extended master secret", in: tls12Resumed, at: at,
			set: func(p *peer) { p.saved = saved12(p.version, p.suite, ""); p.saved.ExtendedMasterSecret = false }, path: at,
		},
		{
			rule: finding.ResumptionIdentity, does: "chooses the second of one", in: tls13Resumed, at: at,
			edit: func(_ *peer, m message.Message) {
				psk, _ := message.Get[*message.SelectedPreSharedKey](m.(*message.ServerHello).Extensions)
				psk.Identity = 1
			},
			path: at + ".extensions.pre_shared_key.selected_identity", ends: true,
		},
		{
			rule: finding.ResumptionHash, does: "goes on with another hash", in: tls13Resumed, at: at,
			set: func(p *peer) { p.saved = saved13(iana.TLS_AES_128_GCM_SHA256); p.suite = iana.TLS_AES_256_GCM_SHA384 }, path: at + ".cipher_suite", ends: true,
		},
		{
			rule: finding.KeyShareMissing, does: "agrees on no key, and was not allowed to", in: tls13Resumed, at: at,
			edit: func(_ *peer, m message.Message) {
				h := m.(*message.ServerHello)
				h.Extensions = slices.DeleteFunc(h.Extensions, func(x message.Extension) bool { return x.Type == iana.ExtKeyShare })
			},
			path: at + ".extensions", ends: true,
		},
		{
			rule: finding.UnexpectedMessage, does: "shows a certificate although it resumes", in: tls13Resumed, at: "finished",
			before: func(p *peer) { p.says(p.encode(makeCertificate(p))) }, path: "certificate", ends: true,
		},
		{
			rule: finding.SessionIDEcho, does: "resumes what nobody offered", in: tls12Resumed, at: at,
			set:  func(p *peer) { p.offer.Max, p.offer.ServerName = iana.TLS13, "other.test" },
			path: at + ".legacy_session_id_echo", ends: true,
		},
	}
}
