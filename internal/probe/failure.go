package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

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

// handshakeFailed says why there is no session, or why it came to a bad end. In TLS 1.3 the server's
// Finished comes before it has seen the client's certificate, or its absence. RFC 8446, Section 4.4.
func (r *run) handshakeFailed(ctx context.Context, err error) {
	r.trace.Outcome = trace.HandshakeFailed
	var f *handshake.Failure
	if !errors.As(err, &f) {
		r.trace.Error = &trace.Error{Kind: string(handshake.Closed), Message: err.Error()}
		return
	}
	r.trace.Error = &trace.Error{Kind: string(f.Kind), Message: f.Message, Event: Cause(f, r.record.Events), Hint: r.hint(f)}
	switch {
	case ctx.Err() != nil:
		r.trace.Outcome = trace.Interrupted
		r.trace.Error = &trace.Error{Kind: "interrupted", Message: interrupted(f)}
	case f.Kind == handshake.TimedOut && r.Timeout > 0:
		r.trace.Error.Message += fmt.Sprintf(", after %s", r.Timeout)
	case f.Kind == handshake.Silent:
		r.trace.Outcome = trace.Network
	case f.Kind == handshake.Local:
		r.trace.Outcome = trace.Internal
	case f.Kind == handshake.NotTrusted:
		r.trace.Outcome = trace.Untrusted
	}
}

// interrupted says what was under way. The engine takes the end of waiting for a timeout, whatever ended it.
func interrupted(f *handshake.Failure) string {
	if step, ok := strings.CutPrefix(f.Message, "timeout "); ok {
		return "ended by a signal " + step
	}
	return "ended by a signal before anything had come back"
}

// exchangeFailed says why what was said over the session came to no end.
func (r *run) exchangeFailed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return // finish says so
	}
	r.trace.Outcome = trace.HandshakeFailed
	e := &trace.Error{Kind: string(handshake.Closed), Message: err.Error()}
	var f *handshake.Failure
	if errors.As(err, &f) {
		e.Kind, e.Message, e.Event, e.Hint = string(f.Kind), f.Message, Cause(f, r.record.Events), r.hint(f)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		e.Kind = string(handshake.TimedOut)
	}
	r.trace.Error = e
}

// ProofError says which proof of a handshake failed, from its events.
func ProofError(events []*trace.Event) *trace.Error {
	e := &trace.Error{Kind: string(handshake.ProofFailed), Message: "the server failed a proof of the handshake"}
	for _, ev := range events {
		if ev.Layer != trace.LayerCheck {
			continue
		}
		for _, f := range ev.Findings {
			if (f.Status == finding.Fail || f.Status == finding.Unknown) && len(f.ID) > 10 && f.ID[:10] == "handshake." {
				e.Message, e.Hint, e.Event = f.ID+": "+f.Message, f.Fix, f.Where.Event
				return e
			}
		}
	}
	return e
}

// hints says what to try after a failed handshake; {target} and {alert} stand for themselves. The
// first row that fits is taken.
var hints = [...]struct {
	fits func(*handshake.Failure, *handshake.Offer) bool
	text string
}{
	{alertIs(iana.AlertProtocolVersion, above(iana.TLS12)), "it may speak TLS 1.2 or older: tlsprobe connect {target} --min tls1.0"},
	{alertIs(iana.AlertProtocolVersion, above(iana.TLS10)), "it may speak an older version: tlsprobe connect {target} --min tls1.0"},
	{alertIs(iana.AlertProtocolVersion, below(iana.TLS13)), "it may want a newer version: tlsprobe connect {target} --max tls1.3"},
	{alertIs(iana.AlertHandshakeFailure, above(iana.TLS10)), "nothing in common: try older versions and suites: tlsprobe connect {target} --min tls1.0"},
	{alertIs(iana.AlertHandshakeFailure, always), "nothing in common: offer more with --ciphers, --groups and --sigalgs"},
	{alertIs(iana.AlertInsufficientSecurity, always), "offer stronger suites or groups with --ciphers and --groups"},
	{alertIs(iana.AlertUnrecognizedName, always), "the server does not know this name: try another with --sni NAME, or none with --sni ''"},
	{alertIs(iana.AlertNoApplicationProtocol, always), "offer another protocol with --alpn, or none with --alpn ''"},
	{alertIs(iana.AlertInternalError, always), "the server has a fault of its own: its log knows more"},
	{kindIs(handshake.PeerAlert), "what it means, and what to try: tlsprobe explain {alert}"},
	{kindIs(handshake.NotTLS), "is this the right port? a service that starts in the clear needs STARTTLS"},
	{kindIs(handshake.Silent), "the port is open, but what listens there does not answer a ClientHello: is it TLS, and is a middlebox in between?"},
	{kindIs(handshake.TimedOut), "give it more time with --timeout, or look for a middlebox that drops packets"},
	{kindIs(handshake.Closed), "a server or middlebox that closes without an alert often dislikes the ClientHello: try --max tls1.2 or --groups x25519"},
}

const needsCertificate = "the server wants a client certificate: give one with --cert FILE --key FILE"

// unfitCertificate is for a server that takes no certificate such as the one that was given.
const unfitCertificate = "the certificate that was given could not be used here (tlsprobe explain handshake.client_certificate): give one with a key that the server takes"

// refusedCertificate is for a server that got one and does not take it.
const refusedCertificate = "was it issued by an authority that the server knows, for clients, and is it still valid? tlsprobe cert FILE shows it, and the server's log knows more"

// narrowing are the flags that leave things out of the offer that a server may need.
var narrowing = [...]string{"--ciphers", "--groups", "--sigalgs", "--max"}

// hint says what to try.
func (r *run) hint(f *handshake.Failure) string {
	// What the trace knows is better than what the alert says.
	if f.Kind == handshake.PeerAlert && r.certificateRequested() {
		if h := r.certificateHint(f.Alert); h != "" {
			return h
		}
	}
	if f.Kind == handshake.PeerAlert && f.Alert == iana.AlertHandshakeFailure {
		for _, arg := range r.Args {
			for _, flag := range narrowing {
				if strings.HasPrefix(arg, flag+"=") {
					return "nothing in common with what was offered: try without " + flag
				}
			}
		}
	}
	for _, h := range hints {
		if h.fits(f, &r.Offer) {
			alert := f.Alert.Name()
			if alert == "" {
				alert = strconv.Itoa(int(f.Alert))
			}
			return strings.NewReplacer("{target}", r.Target.String(), "{alert}", alert).Replace(h.text)
		}
	}
	if row, ok := finding.Lookup(f.Rule); ok {
		return row.Fix
	}
	return ""
}

// certificateHint says what to try when a server that asked for a certificate ends it with an alert; empty where that is about
// something else.
func (r *run) certificateHint(a iana.AlertDescription) string {
	wants := a == iana.AlertHandshakeFailure || a == iana.AlertCertificateRequired || certificateAlert(a)
	switch sent := r.certificateSent(); {
	case sent && certificateAlert(a):
		return refusedCertificate
	case !sent && wants && r.Credential != nil:
		return unfitCertificate
	case !sent && wants:
		return needsCertificate
	}
	return ""
}

// certificateRequested tells whether the server asked for a client certificate.
func (r *run) certificateRequested() bool {
	return slices.ContainsFunc(r.record.Events, func(e *trace.Event) bool {
		return e.Layer == trace.LayerMessage && e.Kind == "certificate_request" && e.Dir == trace.Received
	})
}

// certificateSent tells whether we gave it one: what is no empty list has more than a few bytes.
func (r *run) certificateSent() bool {
	return slices.ContainsFunc(r.record.Events, func(e *trace.Event) bool {
		return e.Layer == trace.LayerMessage && e.Kind == "certificate" && e.Dir == trace.Sent && e.Fields().At("certificate_list").Len() > 0
	})
}

// certificateAlert tells the alerts that are about a peer's certificate. RFC 8446, Section 6.2.
func certificateAlert(a iana.AlertDescription) bool {
	return a >= iana.AlertBadCertificate && a <= iana.AlertUnknownCA && a != iana.AlertIllegalParameter || a == iana.AlertAccessDenied
}

// Cause is the number of the event that shows a failure: what the peer said, where it said something.
func Cause(f *handshake.Failure, events []*trace.Event) int {
	for _, e := range slices.Backward(events) {
		switch {
		case f.Kind == handshake.PeerAlert && e.Layer == trace.LayerAlert && e.Dir == trace.Received,
			f.Kind == handshake.NotTLS && e.Kind == "foreign":
			return e.N
		}
	}
	return f.Event
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
