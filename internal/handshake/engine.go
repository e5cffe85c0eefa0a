// Package handshake is the client side of SSL/TLS handshakes as a state machine over messages. It
// does no I/O: it is fed what the peer sent and returns actions. It inspects before it enforces: a
// broken rule becomes a finding and the handshake goes on while it still can, unless it is strict.
package handshake

import (
	"io"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// Config is what an engine is made of.
type Config struct {
	Offer Offer
	// Rand gives the randoms, session ids and key shares.
	Rand io.Reader
	// Observed: events are reported, with field trees. Without it nothing is built.
	Observed bool
	// Outline: with Observed, only the events that [trace.Summarize] reads are reported, and certificates are one leaf each.
	Outline bool
	// Secrets: every secret is handed out by LogSecret actions.
	Secrets bool
	// ShowSecrets: the events of secrets have their values.
	ShowSecrets bool
	// Strict: every broken rule ends the handshake, with the alert that the RFC asks for.
	Strict bool
	// Credential is what the server gets that asks for a certificate; nil: it gets an empty one.
	Credential *Credential
	// Session is offered to be resumed, if it fits the offer; nil: none is.
	Session *SavedSession
	// NoSession says why there is none, where one was to be resumed; the trace tells.
	NoSession string
	// Now dates tickets, and tells their age; nil: it is not known.
	Now func() time.Time
	// Until is told each handshake message that the state may receive, and a CompressedCertificate in the
	// place of a Certificate, once it is decoded and before it is acted on; wellFormed is false where the decoder had anything to object. True ends the
	// handshake there, without a failure: what was to be learned is learned. Nil for never.
	Until func(m message.Message, wellFormed bool) bool
}

// maxTranscript bounds the handshake messages that are remembered, in bytes.
const maxTranscript = 1 << 20

// Engine is one client handshake. It is used by one goroutine.
type Engine struct {
	cfg   Config
	state state
	queue []step

	pending  *proposal    // a Send whose bytes are not known yet
	current  *trace.Event // the event of the message being handled
	latest   *trace.Event // that of the last input
	failing  *Failure     // the message being handled can't be gone on from
	waiting  bool         // for a Verdict
	verified bool         // the chain was handed out
	done     bool         // nothing more will happen
	result   *Failure     // why it ended, once done

	decoder     message.Decoder
	occurrences [256]uint8 // messages by name, for the #n of their paths

	session    Session
	ctx        message.Context // of messages from now on
	transcript *keys.Transcript
	hello      *message.ClientHello // as it was sent
	shares     []share
	server     serverFlight
	client     clientFlight
	resuming   resuming
	received   received
	tls13      schedule13
	tls12      secrets12
	ccsSent    bool
	closing    bool // our close_notify is out
	earlyCCS   bool // a change_cipher_spec came before the first ServerHello

	watching *watching // a bystander's engine; nil for one that takes part
}

// step is an action, or something to do once all actions before it have been carried out.
type step struct {
	action Action
	then   func()
	commit func(m message.Message) // for a Send: what follows once its bytes are known
}

// proposal is a Send that has been handed out.
type proposal struct {
	send   *Send
	commit func(m message.Message)
}

// Session is what has been agreed on so far.
type Session struct {
	Version              iana.Version
	Suite                iana.CipherSuite
	Params               iana.SuiteParams
	Group                iana.Group // 0 where there is none
	Scheme               iana.SignatureScheme
	ALPN                 string
	Retried              bool
	ExtendedMasterSecret bool
	EncryptThenMAC       bool
	Resumed              bool // it continues an earlier session
	Established          bool
	ProofFailed          bool // a Finished or a signature was wrong, or could not be checked
	ClientCertAsked      bool
	ClientRandom         message.Random
	ServerRandom         message.Random
}

// New returns an engine that has not sent anything yet.
func New(cfg Config) *Engine {
	e := &Engine{cfg: cfg, transcript: keys.NewTranscript(maxTranscript)}
	e.ctx.Outline = cfg.Outline
	return e
}

// Session returns what has been agreed on so far.
func (e *Engine) Session() *Session { return &e.session }

// Waiting returns the name of the state: what the engine waits for.
func (e *Engine) Waiting() string { return e.state.name() }

// Done reports whether the engine wants nothing more, and why it ended: nil after a good end.
func (e *Engine) Done() (bool, *Failure) { return e.done, e.result }

// Next returns the next action, or nil when the engine waits for input. A Send that was handed out
// and not committed counts as sent unchanged.
func (e *Engine) Next() Action {
	if e.pending != nil {
		e.Committed(e.pending.send.Raw, nil)
	}
	for len(e.queue) > 0 && !e.waiting {
		s := e.queue[0]
		e.queue = e.queue[1:]
		if s.then != nil {
			e.first(s.then)
			continue
		}
		switch a := s.action.(type) {
		case *Send:
			e.pending = &proposal{a, s.commit}
		case *VerifyChain:
			e.waiting = true
		case *Close:
			if e.watching == nil { // a bystander looks on
				e.done, e.result, e.queue = true, a.Err, nil
			}
		}
		return s.action
	}
	return nil
}

// first runs f, whose actions come before those that are queued already.
func (e *Engine) first(f func()) {
	rest := e.queue
	e.queue = nil
	f()
	e.queue = append(e.queue, rest...)
}

func (e *Engine) do(a Action) { e.queue = append(e.queue, step{action: a}) }

// then defers f until every action so far has been carried out.
func (e *Engine) then(f func()) { e.queue = append(e.queue, step{then: f}) }

// propose queues a handshake message; commit is called with the message that went out, after the
// transcript has it.
// After our close_notify nothing is sent any more. RFC 8446, Section 6.1.
func (e *Engine) propose(m message.Message, commit func(message.Message)) {
	if e.closing || e.watching != nil {
		return
	}
	ctx := e.sendContext()
	raw, diags := message.Encode(m, &ctx)
	if len(diags) > 0 {
		e.fail(incompatible(iana.AlertInternalError, "%s does not fit: %s %s", m.Name(), diags[0].Path, diags[0].Actual))
		return
	}
	e.queue = append(e.queue, step{action: &Send{Type: iana.Handshake, Message: m, Raw: raw}, commit: commit})
}

func (e *Engine) sendContext() message.Context {
	ctx := e.ctx
	ctx.Sender = message.Client
	return ctx
}

// Committed says which bytes went out for the Send that was handed out last, and, when somebody
// observes, the buffer that holds them.
func (e *Engine) Committed(raw []byte, buf *trace.Buffer) {
	p := e.pending
	e.pending = nil
	if p == nil || p.send.Type != iana.Handshake {
		return
	}
	ctx := e.sendContext()
	m := p.send.Message
	changed := len(raw) != len(p.send.Raw) || string(raw) != string(p.send.Raw)
	e.first(func() {
		if e.cfg.Observed {
			ev, decoded := e.messageEvent(trace.Sent, raw, buf, ctx)
			m = decoded
			e.do(&Report{Event: ev})
		} else if changed {
			m, _ = e.decoder.Decode(raw, &ctx, nil)
		}
		if len(raw) == 0 { // an interceptor swallowed it
			return
		}
		if !e.session.Established {
			if err := e.transcript.Add(raw); err != nil {
				e.fail(local(err))
				return
			}
		}
		if p.commit != nil {
			p.commit(m)
		}
	})
}

// messageEvent decodes a message with its tree. Its diagnostics become findings of the event.
func (e *Engine) messageEvent(dir trace.Dir, raw []byte, buf *trace.Buffer, ctx message.Context) (*trace.Event, message.Message) {
	ctx.Occurrence = e.occurrence(raw)
	tree := wire.NewTree(expectedFields(raw, ctx.Outline))
	tree.Shallow = ctx.Outline
	m, diags := e.decoder.Decode(raw, &ctx, tree)
	ev := &trace.Event{Dir: dir, Layer: trace.LayerMessage, Kind: m.Name(), Buf: buf, Tree: tree, Context: &trace.Context{Occurrence: ctx.Occurrence}}
	if ctx.Version != 0 {
		ev.Context.Version = trace.CodeOf(ctx.Version)
	}
	if ctx.SuiteKnown {
		ev.Context.CipherSuite = trace.CodeOf(e.session.Suite)
	}
	ev.Findings = decodeFindings(diags)
	if !ctx.Outline {
		ev.Detail = fingerprints(m)
	}
	return ev, m
}

// occurrence counts the messages of a name. A HelloRetryRequest has the type of a ServerHello and a name of its own.
func (e *Engine) occurrence(raw []byte) int {
	if len(raw) == 0 {
		return 0
	}
	t := iana.HandshakeType(raw[0])
	if message.IsRetry(raw) {
		t = iana.HelloRetryRequest
	}
	if e.occurrences[t] < 255 {
		e.occurrences[t]++
	}
	return int(e.occurrences[t])
}

// expectedFields estimates how many fields a message has, so that its tree is made once: a certificate
// has one for three bytes, a hybrid's share one for a thousand.
func expectedFields(raw []byte, outline bool) int {
	if len(raw) == 0 {
		return 4
	}
	t := iana.HandshakeType(raw[0])
	if outline {
		switch t {
		case iana.ClientHello, iana.ServerHello, iana.Certificate:
			return 26
		case iana.EncryptedExtensions:
			return 18
		case iana.Finished:
			return 4
		}
		return 8
	}
	switch t {
	case iana.Certificate:
		return 24 + len(raw)/3
	case iana.ClientHello:
		return 24 + len(raw)/11
	case iana.ServerHello, iana.EncryptedExtensions:
		return 40
	}
	return 14
}

// decodeRules maps the codec's problems to the rules they break.
var decodeRules = [...]finding.ID{
	wire.Truncated:         finding.DecodeTruncated,
	wire.LengthOverrun:     finding.DecodeLengthOverrun,
	wire.LengthOutOfBounds: finding.DecodeLengthBounds,
	wire.Trailing:          finding.DecodeTrailing,
}

func decodeFindings(diags []wire.Diagnostic) []finding.Finding {
	var list []finding.Finding
	for _, d := range diags {
		f := finding.Of(decodeRules[d.Problem])
		f.Expected, f.Actual = d.Expected, d.Actual
		f.Where.Path = d.Path
		list = append(list, f)
	}
	return list
}
