package handshake

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// resuming is the session that is offered; nil for none, and then why, if one was to be.
type resuming struct {
	offered *SavedSession
	why     string
}

// chooseSession decides whether the session of the configuration is offered.
func (e *Engine) chooseSession() {
	s := e.cfg.Session
	if e.resuming.why = e.cfg.NoSession; s == nil {
		return
	}
	if e.resuming.why = s.Unfit(&e.cfg.Offer, e.now()); e.resuming.why == "" {
		e.resuming.offered = s
	}
}

// offers13 reports whether a session of TLS 1.3 is offered.
func (r *resuming) offers13() bool { return r.offered != nil && r.offered.Version >= iana.TLS13 }

// offers12 reports whether a session before TLS 1.3 is offered.
func (r *resuming) offers12() bool { return r.offered != nil && r.offered.Version < iana.TLS13 }

// ticket12 is the ticket that session_ticket has: empty to ask for one. RFC 5077, Section 3.2.
func (r *resuming) ticket12() []byte {
	if r.offers12() {
		return r.offered.Ticket
	}
	return nil
}

// preSharedKeys offers the ticket of the session, with room for its binder. RFC 8446, Section 4.2.11.
func (e *Engine) preSharedKeys() *message.PreSharedKeys {
	s := e.resuming.offered
	h, _ := s.hash()
	return &message.PreSharedKeys{
		Identities: []message.PSKIdentity{{Identity: s.Ticket, ObfuscatedTicketAge: obfuscatedAge(s, e.now())}},
		Binders:    []message.PSKBinder{{Binder: make([]byte, h.Size())}},
	}
}

// obfuscatedAge is the age of a ticket in milliseconds, hidden by what came with it. RFC 8446, Section 4.2.11.1.
func obfuscatedAge(s *SavedSession, now time.Time) uint32 {
	age := time.Duration(0)
	if !s.Received.IsZero() && now.After(s.Received) {
		age = now.Sub(s.Received)
	}
	return uint32(age.Milliseconds()) + s.AgeAdd // modulo 2^32
}

// binderKey is the key that the binder is made by.
func (s *SavedSession) binderKey() (keys.Schedule, keys.Secret) {
	h, _ := s.hash()
	schedule := keys.TLS13(h)
	return schedule, schedule.Early(s.Secret).BinderKey(keys.ResumptionPSK)
}

// bind puts the binder into a hello, whose last bytes it is: an HMAC over all that was said before, and the hello without its
// binders. RFC 8446, Section 4.2.11.2.
func (e *Engine) bind(raw []byte) error {
	schedule, key := e.resuming.offered.binderKey()
	size := schedule.Hash.Size()
	sum, err := e.transcript.Sum(schedule.Hash, raw[:len(raw)-2-1-size]) // the lengths of the list and of the binder
	if err != nil {
		return fmt.Errorf("bind the session to the hello: %w", err)
	}
	copy(raw[len(raw)-size:], schedule.VerifyData(key, sum))
	return nil
}

// proposeHello proposes a ClientHello. One that offers a session of TLS 1.3 is bound to it, and again if it is changed.
func (e *Engine) proposeHello(h *message.ClientHello) {
	offer, ok := message.Get[*message.PreSharedKeys](h.Extensions)
	if !ok || !e.resuming.offers13() || e.watching != nil || e.closing {
		e.propose(h, e.sentHello)
		return
	}
	ctx := e.sendContext()
	raw, diags := message.Encode(h, &ctx)
	if len(diags) > 0 {
		e.fail(incompatible(iana.AlertInternalError, "%s does not fit: %s %s", h.Name(), diags[0].Path, diags[0].Actual))
		return
	}
	if err := e.bind(raw); err != nil {
		e.fail(local(err))
		return
	}
	binder := offer.Binders[0].Binder
	copy(binder, raw[len(raw)-len(binder):])
	again := func(edited []byte) []byte {
		tail := 2 + 1 + len(binder)
		if len(edited) < tail || !bytes.Equal(edited[len(edited)-tail:], raw[len(raw)-tail:]) {
			return edited // the binder itself was changed
		}
		edited = slices.Clone(edited)
		if e.bind(edited) != nil { // it could be bound a moment ago
			return raw
		}
		return edited
	}
	e.queue = append(e.queue, step{action: &Send{Type: iana.Handshake, Message: h, Raw: raw, Bind: again}, commit: e.sentHello})
}

// offerAgain brings the offer of a session into a second hello: the last of all again, with a new age, and left out if its hash is
// not that of the suite that the server has chosen. RFC 8446, Section 4.1.2.
func (e *Engine) offerAgain(x message.Extensions) message.Extensions {
	i := slices.IndexFunc(x, func(x message.Extension) bool { return x.Type == iana.ExtPreSharedKey })
	if i < 0 || !e.resuming.offers13() {
		return x
	}
	if h, _ := e.resuming.offered.hash(); h != e.tls13.schedule.Hash {
		e.resuming = resuming{why: fmt.Sprintf("the server wants %s, whose hash is not that of the session's suite", e.session.Suite)}
		return slices.Delete(x, i, i+1)
	}
	return append(slices.Delete(x, i, i+1), message.Extension{Type: iana.ExtPreSharedKey, Body: e.preSharedKeys()})
}

// selectedPSK returns the pre-shared key that the server goes on with; nil for none. RFC 8446, Section 4.2.11.
func (e *Engine) selectedPSK(h *message.ServerHello) []byte {
	chosen, ok := message.Get[*message.SelectedPreSharedKey](h.Extensions)
	offered, asked := message.Get[*message.PreSharedKeys](e.hello.Extensions)
	if !ok || !asked { // what was not asked for has been told
		return nil
	}
	const path = "server_hello.extensions.pre_shared_key.selected_identity"
	if int(chosen.Identity) >= len(offered.Identities) {
		e.stop(finding.ResumptionIdentity, path, fmt.Sprintf("less than %d", len(offered.Identities)), fmt.Sprint(chosen.Identity))
		return nil
	}
	e.session.Resumed = true
	if e.watching != nil || e.resuming.offered == nil {
		return nil
	}
	if own, _ := e.resuming.offered.hash(); own != e.tls13.schedule.Hash {
		e.stop(finding.ResumptionHash, "server_hello.cipher_suite", "a suite with "+own.String(), e.session.Suite.String())
		return nil
	}
	return e.resuming.offered.Secret
}

// agreesAlone reports whether the server may leave out the key agreement: with a pre-shared key, where psk_ke was offered. RFC 8446,
// Section 4.2.9.
func (e *Engine) agreesAlone(h *message.ServerHello) bool {
	modes, ok := message.Get[*message.PSKKeyExchangeModes](e.hello.Extensions)
	return e.session.Resumed && ok && slices.Contains(modes.Modes, iana.PSKKeyExchangeMode(0)) && h.Extensions.Find(iana.ExtKeyShare) == nil
}

// resume12 goes on with the session before TLS 1.3: the server finishes first. RFC 5246, Section 7.3.
func (e *Engine) resume12(h *message.ServerHello) state {
	s := e.resuming.offered
	if s.Version != e.session.Version {
		e.breaks(finding.ResumptionVersion, h.Name()+".legacy_version", s.Version.String(), e.session.Version.String())
	}
	if s.Suite != e.session.Suite {
		e.breaks(finding.ResumptionSuite, h.Name()+".cipher_suite", s.Suite.String(), e.session.Suite.String())
	}
	if s.ExtendedMasterSecret != e.session.ExtendedMasterSecret {
		e.breaks(finding.ResumptionEMS, h.Name(), withOrWithout(s.ExtendedMasterSecret), withOrWithout(e.session.ExtendedMasterSecret))
	}
	if e.failing != nil {
		return failed
	}
	e.tls12.master = keys.Secret{
		Name: "master_secret", KeyLogLabel: labelMaster, From: "the session that is resumed", Bytes: slices.Clone(s.Secret),
	}
	if !e.expandKeys12() {
		return failed
	}
	if e.server.tickets {
		return expectTicketOrChange
	}
	return expectChangeCipherSpec
}

func withOrWithout(ems bool) string {
	if ems {
		return "with extended_master_secret"
	}
	return "without extended_master_secret"
}

// finishResumed12 answers the server's Finished, which came first.
func (e *Engine) finishResumed12() {
	e.authenticate()
	e.changeAndFinish12(func(message.Message) { e.establish() })
}

// judgeResumption says whether a session was resumed, by what, or why not.
func (e *Engine) judgeResumption() {
	const id = finding.SessionResumption
	by := e.offeredBy()
	switch {
	case e.session.Resumed && e.session.Version >= iana.TLS13 && e.session.Group == 0:
		e.check(finding.Passed(id, "resumed by "+by+", without a key agreement (psk_ke)"))
	case e.session.Resumed && e.session.Version >= iana.TLS13:
		e.check(finding.Passed(id, "resumed by "+by+", with a fresh key agreement (psk_dhe_ke)"))
	case e.session.Resumed:
		e.check(finding.Passed(id, "resumed by "+by))
	case by != "":
		f := finding.Of(id)
		switch s := e.resuming.offered; {
		case s == nil:
		case s.Version != e.session.Version:
			f.Message += fmt.Sprintf(": it is of %s, and the server chose %s", s.Version, e.session.Version)
		case s.Version < iana.TLS13 && !s.ExtendedMasterSecret && e.session.ExtendedMasterSecret:
			f.Message += ": it has no extended master secret, which this one has (RFC 7627, Section 5.3)"
		}
		e.check(f)
	case e.resuming.why != "":
		e.check(finding.Skipped(id, "no session was offered: "+e.resuming.why))
	}
}

// offeredBy tells what the last hello offered a session by, as far as one can see; empty for nothing. That a session id is one to
// resume, only who sends it knows, until the server takes it.
func (e *Engine) offeredBy() string {
	ticket, _ := message.Get[*message.SessionTicket](e.hello.Extensions)
	switch {
	case e.session.Version >= iana.TLS13 && e.hello.Extensions.Find(iana.ExtPreSharedKey) != nil, e.resuming.offers13():
		return "pre-shared key"
	case ticket != nil && len(ticket.Ticket) > 0:
		return "ticket"
	case e.session.Resumed, e.resuming.offers12():
		return "session id"
	}
	return ""
}

// resumedChain tells why a session that is resumed shows no certificate, and what the one that it continues came to.
func (e *Engine) resumedChain() {
	e.verified = true
	why := "resumed: the certificate was shown when the session began"
	if s := e.resuming.offered; s != nil && s.Trusted {
		why += ", and trusted then"
	} else if s != nil {
		why += ", and not trusted then"
	}
	for _, id := range chainChecks {
		e.check(finding.Skipped(id, why))
	}
}

// chainChecks are the checks that say the most of a chain: where there is none, they say why.
var chainChecks = [...]finding.ID{finding.Hostname, finding.Validity, finding.ChainPath}
