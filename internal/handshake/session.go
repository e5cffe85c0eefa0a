package handshake

import (
	"crypto"
	"fmt"
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// SavedSession is what it takes to resume a session, whose secret it holds: it is kept in memory and in no trace.
type SavedSession struct {
	Version   iana.Version
	Suite     iana.CipherSuite
	Secret    []byte `json:"-"` // since TLS 1.3 the ticket's pre-shared key, before that the master secret
	Ticket    []byte // empty: the server keeps the session itself, under SessionID
	SessionID []byte // before TLS 1.3
	// ExtendedMasterSecret tells how Secret was derived before TLS 1.3.
	ExtendedMasterSecret bool
	AgeAdd               uint32    // hides the ticket's age, TLS 1.3
	Received             time.Time // when the ticket came, or the session was complete; zero where there was no clock
	Lifetime             time.Duration
	ServerName           string
	ALPN                 string
	// Trusted is for whoever saves it: the verdict on the chain that the server showed when the session began.
	Trusted bool
}

// Format writes what it is, whatever the verb: secrets are in no log by accident.
func (s SavedSession) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "session of %s with %s (%s)", s.Version, s.Suite, s.how())
}

// how names what the session is known by.
func (s SavedSession) how() string {
	if len(s.Ticket) > 0 {
		return "ticket"
	}
	return "session id"
}

// The longest that sessions are kept: seven days since TLS 1.3 (RFC 8446, Section 4.6.1), a day before where the server does not say
// (RFC 5246, Appendix F.1.4).
const (
	maxLifetime13 = 7 * 24 * time.Hour
	maxLifetime12 = 24 * time.Hour
)

// maxTicket bounds the tickets that are offered, in bytes: all extensions of a hello have 65,535.
const maxTicket = 1 << 15

// maxSessionID is the most bytes of a session id. RFC 5246, Section 7.4.1.2.
const maxSessionID = 32

// hash is the one that the key of a TLS 1.3 session goes with. RFC 8446, Section 4.2.11.
func (s *SavedSession) hash() (crypto.Hash, bool) {
	p, ok := s.Suite.Params()
	if !ok {
		return 0, false
	}
	h, err := keys.HashOf(iana.TLS13, p.Hash)
	return h, err == nil && keys.TLS13(h).Available()
}

// Unfit says why a session can't be offered in a hello; empty where it can.
func (s *SavedSession) Unfit(o *Offer, now time.Time) string {
	switch {
	case s.Version < o.Min || s.Version > o.Max:
		return fmt.Sprintf("the session is of %s, which is not offered", s.Version)
	case s.ServerName != o.ServerName: // RFC 8446, Section 4.6.1; RFC 6066, Section 3
		return "the session is with another server name"
	case len(s.Ticket) > maxTicket:
		return fmt.Sprintf("the ticket has %d bytes, more than a hello has room for", len(s.Ticket))
	case !now.IsZero() && !s.Received.IsZero() && now.Sub(s.Received) > s.Lifetime:
		return fmt.Sprintf("the session has expired: its lifetime was %s", s.Lifetime)
	case s.Version < iana.TLS13:
		if !slices.Contains(o.CipherSuites, s.Suite) { // RFC 5246, Section 7.4.1.2
			return fmt.Sprintf("the suite of the session, %s, is not offered", s.Suite)
		}
	case !s.sharesHash(o):
		return fmt.Sprintf("no suite is offered with the hash of the session's, %s", s.Suite)
	}
	return ""
}

// sharesHash reports whether a suite is offered that the session's key goes with. RFC 8446, Section 4.2.11.
func (s *SavedSession) sharesHash(o *Offer) bool {
	own, ok := s.hash()
	return ok && o.offersSuite(func(p *iana.SuiteParams) bool {
		h, err := keys.HashOf(iana.TLS13, p.Hash)
		return p.MinVersion >= iana.TLS13 && err == nil && h == own
	})
}

// received is what the server gave to resume the session with.
type received struct {
	ticket   []byte
	nonce    []byte // TLS 1.3
	ageAdd   uint32
	lifetime time.Duration
	at       time.Time
	id       []byte // of the ServerHello, before TLS 1.3
}

// now is the time, zero where nobody tells.
func (e *Engine) now() time.Time {
	if e.cfg.Now == nil {
		return time.Time{}
	}
	return e.cfg.Now()
}

// Resumable returns the session as it can be resumed, by the last ticket that came; nil while it is not complete, and where the
// server gave nothing to resume it by, or proved nothing.
func (e *Engine) Resumable() *SavedSession {
	s, r := &e.session, &e.received
	if !s.Established || s.ProofFailed || e.watching != nil {
		return nil
	}
	saved := &SavedSession{
		Version: s.Version, Suite: s.Suite, Ticket: slices.Clone(r.ticket), ExtendedMasterSecret: s.ExtendedMasterSecret,
		AgeAdd: r.ageAdd, Received: r.at, Lifetime: r.lifetime, ServerName: e.cfg.Offer.ServerName, ALPN: s.ALPN,
	}
	if s.Version >= iana.TLS13 {
		psk, err := e.tls13.schedule.ResumptionPSK(e.tls13.resumption, r.nonce)
		if len(r.ticket) == 0 || err != nil {
			return nil
		}
		saved.Secret = psk.Bytes
		return saved
	}
	if saved.Secret = slices.Clone(e.tls12.master.Bytes); len(r.ticket) == 0 {
		if s.Resumed { // what it was resumed by serves again
			again := *e.cfg.Session
			return &again
		}
		saved.SessionID = slices.Clone(r.id)
	}
	if len(saved.Ticket) == 0 && (len(saved.SessionID) == 0 || len(saved.SessionID) > maxSessionID) {
		return nil
	}
	return saved
}
