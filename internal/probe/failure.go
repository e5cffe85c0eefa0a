package probe

import (
	"context"
	"errors"
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// networkFailed says why there is no connection.
func (r *run) networkFailed(ctx context.Context, err error) {
	r.trace.Outcome = trace.Network
	e := &trace.Error{Kind: "connect_failed", Message: err.Error()}
	var de *dial.Error
	if errors.As(err, &de) {
		e.Kind, e.Hint = string(de.Kind), de.Hint()
	}
	r.trace.Error = e
	if ctx.Err() != nil {
		r.trace.Outcome, e.Kind = trace.Interrupted, "interrupted"
	}
}

// handshakeFailed says why there is no session.
func (r *run) handshakeFailed(ctx context.Context, c *conn.Conn, err error) {
	r.trace.Outcome = trace.HandshakeFailed
	var f *handshake.Failure
	if !errors.As(err, &f) {
		r.trace.Error = &trace.Error{Kind: string(handshake.Closed), Message: err.Error()}
		return
	}
	r.trace.Error = &trace.Error{Kind: string(f.Kind), Message: f.Message, Event: f.Event, Hint: hint(f, r.Target, &r.Offer)}
	switch {
	case ctx.Err() != nil:
		r.trace.Outcome, r.trace.Error.Kind = trace.Interrupted, "interrupted"
	case f.Kind == handshake.Silent:
		r.trace.Outcome = trace.Network
	case f.Kind == handshake.Local:
		r.trace.Outcome = trace.Internal
	case f.Kind == handshake.NotTrusted:
		r.trace.Outcome = trace.Untrusted
	}
}

func (r *run) exchangeFailed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return // finish says so
	}
	r.trace.Outcome = trace.HandshakeFailed
	e := &trace.Error{Kind: string(handshake.Closed), Message: err.Error()}
	var f *handshake.Failure
	if errors.As(err, &f) {
		e.Kind, e.Message, e.Event = string(f.Kind), f.Message, f.Event
	}
	if errors.Is(err, context.DeadlineExceeded) {
		e.Kind = string(handshake.TimedOut)
	}
	r.trace.Error = e
}

// proofError says which proof failed.
func (r *run) proofError() *trace.Error {
	e := &trace.Error{Kind: string(handshake.ProofFailed), Message: "the server failed a proof of the handshake"}
	for _, ev := range r.record.Events {
		if ev.Layer != trace.LayerCheck {
			continue
		}
		for _, f := range ev.Findings {
			if f.Status == finding.Fail && len(f.ID) > 10 && f.ID[:10] == "handshake." {
				e.Message, e.Hint, e.Event = f.ID+": "+f.Message, f.Fix, f.Where.Event
				return e
			}
		}
	}
	return e
}

// hints says what to try after a failed handshake. The first row that fits is taken.
var hints = [...]struct {
	fits func(*handshake.Failure, *handshake.Offer) bool
	text string // %s is the target
}{
	{alertIs(iana.AlertProtocolVersion, above(iana.TLS12)), "it may speak TLS 1.2 or older: tlsprobe connect %s --min tls1.0"},
	{alertIs(iana.AlertProtocolVersion, above(iana.TLS10)), "it may speak an older version: tlsprobe connect %s --min tls1.0"},
	{alertIs(iana.AlertProtocolVersion, below(iana.TLS13)), "it may want a newer version: tlsprobe connect %s --max tls1.3"},
	{alertIs(iana.AlertHandshakeFailure, above(iana.TLS10)), "nothing in common: try older versions and suites: tlsprobe connect %s --min tls1.0"},
	{alertIs(iana.AlertHandshakeFailure, always), "nothing in common: offer more with --ciphers, --groups and --sigalgs"},
	{alertIs(iana.AlertInsufficientSecurity, always), "offer stronger suites or groups with --ciphers and --groups"},
	{alertIs(iana.AlertUnrecognizedName, always), "the server does not know this name: try another with --sni NAME, or none with --sni ''"},
	{alertIs(iana.AlertNoApplicationProtocol, always), "offer another protocol with --alpn"},
	{alertIs(iana.AlertCertificateRequired, always), "the server wants a client certificate, which tlsprobe does not send yet"},
	{alertIs(iana.AlertInternalError, always), "the server has a fault of its own: its log knows more"},
	{kindIs(handshake.PeerAlert), "see what it means: tlsprobe explain alert"},
	{kindIs(handshake.NotTLS), "is this the right port? a service that starts in the clear needs STARTTLS"},
	{kindIs(handshake.Silent), "the port is open, but what listens there does not answer a ClientHello: is it TLS, and is a middlebox in between?"},
	{kindIs(handshake.TimedOut), "give it more time with --timeout, or look for a middlebox that drops packets"},
	{kindIs(handshake.Closed), "a server or middlebox that closes without an alert often dislikes the ClientHello: try --max tls1.2 or --groups x25519"},
}

func hint(f *handshake.Failure, t dial.Target, o *handshake.Offer) string {
	for _, h := range hints {
		if h.fits(f, o) {
			if n := len(h.text); n > 0 && containsVerb(h.text) {
				return fmt.Sprintf(h.text, t.String())
			}
			return h.text
		}
	}
	if row, ok := finding.Lookup(f.Rule); ok {
		return row.Fix
	}
	return ""
}

func containsVerb(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		if s[i] == '%' && s[i+1] == 's' {
			return true
		}
	}
	return false
}

func always(*handshake.Offer) bool { return true }

// above tells that nothing at or below a version was offered.
func above(v iana.Version) func(*handshake.Offer) bool {
	return func(o *handshake.Offer) bool { return o.Min > v }
}

func below(v iana.Version) func(*handshake.Offer) bool {
	return func(o *handshake.Offer) bool { return o.Max < v }
}

func alertIs(a iana.AlertDescription, also func(*handshake.Offer) bool) func(*handshake.Failure, *handshake.Offer) bool {
	return func(f *handshake.Failure, o *handshake.Offer) bool {
		return f.Kind == handshake.PeerAlert && f.Alert == a && also(o)
	}
}

func kindIs(k handshake.Kind) func(*handshake.Failure, *handshake.Offer) bool {
	return func(f *handshake.Failure, _ *handshake.Offer) bool { return f.Kind == k }
}
