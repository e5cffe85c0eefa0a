package handshake

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/fingerprint"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

func (e *Engine) tree() *wire.Tree {
	if !e.cfg.Observed {
		return nil
	}
	return wire.NewTree(4)
}

// inFull tells whether events are reported that no summary is made of.
func (e *Engine) inFull() bool { return e.cfg.Observed && !e.cfg.Outline }

// begin reports the event that is handled now; findings that follow are its own.
func (e *Engine) begin(ev trace.Event) {
	if e.cfg.Observed {
		e.current = &ev
		e.do(&Report{Event: e.current})
	}
}

// maxFindings bounds what one message can make us remember.
const maxFindings = 64

// note adds findings to the current event.
func (e *Engine) note(list []finding.Finding) {
	if e.current != nil {
		room := max(0, maxFindings-len(e.current.Findings))
		e.current.Findings = append(e.current.Findings, list[:min(room, len(list))]...)
	}
	if e.cfg.Strict {
		e.strictly(list)
	}
}

// strictly ends the handshake at the first finding that a strict client ends it for.
func (e *Engine) strictly(list []finding.Finding) {
	for _, f := range list {
		if row, _ := finding.Lookup(finding.ID(f.ID)); e.failing == nil && row.HasAlert && row.Status == finding.Fail {
			e.failing = e.broken(row.ID, f.Expected, f.Actual)
		}
	}
}

// breaks notes that the peer broke a rule. The handshake goes on unless it is strict.
func (e *Engine) breaks(id finding.ID, path, expected, actual string) {
	f := finding.Of(id)
	f.Where.Path, f.Expected, f.Actual = e.pathOf(path), expected, actual
	e.note([]finding.Finding{f})
}

// pathOf puts the number of a message that occurs again into the path of one of its fields.
func (e *Engine) pathOf(path string) string {
	if e.current == nil || e.current.Context == nil || e.current.Context.Occurrence < 2 || path == "" {
		return path
	}
	name, rest, _ := strings.Cut(path, ".")
	path = name + "#" + strconv.Itoa(e.current.Context.Occurrence)
	if rest != "" {
		path += "." + rest
	}
	return path
}

// stop notes that the peer broke a rule from which there is no going on.
func (e *Engine) stop(id finding.ID, path, expected, actual string) {
	e.breaks(id, path, expected, actual)
	if e.failing == nil {
		e.failing = e.broken(id, expected, actual)
	}
}

func (e *Engine) broken(id finding.ID, expected, actual string) *Failure {
	row, _ := finding.Lookup(id)
	text := row.Meaning
	switch {
	case expected != "" && actual != "":
		text = fmt.Sprintf("%s: expected %s, got %s", text, expected, actual)
	case actual != "":
		text = fmt.Sprintf("%s: %s", text, actual)
	}
	return &Failure{Kind: BrokenRule, Rule: id, Alert: row.Alert, HasAlert: row.HasAlert, Waiting: e.state.name(), Message: text}
}

// check reports the result of a check about the current event.
func (e *Engine) check(f finding.Finding) {
	id := finding.ID(f.ID)
	f.Where.Path = e.pathOf(f.Where.Path)
	if f.Status == finding.Fail || f.Status == finding.Unknown && e.watching == nil { // not checked is not proved
		e.session.ProofFailed = true
	}
	if e.watching != nil {
		e.watching.answer(id)
	}
	if e.cfg.Observed {
		ev := &trace.Event{Dir: trace.None, Layer: trace.LayerCheck, Kind: f.ID, Findings: []finding.Finding{f}, Detail: &trace.Check{}}
		e.do(&Report{Event: ev, About: e.current})
	}
	if f.Status == finding.Fail && e.cfg.Strict && e.failing == nil {
		e.failing = e.broken(id, f.Expected, f.Actual)
		e.failing.Kind = ProofFailed
	}
}

func (e *Engine) reportSecret(s keys.Secret) {
	if e.cfg.Secrets {
		e.do(&LogSecret{ClientRandom: e.session.ClientRandom[:], Secret: s})
	}
	if e.inFull() {
		d := &trace.Secret{Label: s.Name, From: s.From, Length: len(s.Bytes), KeyLog: s.KeyLogLabel}
		if e.cfg.ShowSecrets {
			d.Value = hex.EncodeToString(s.Bytes)
		}
		e.do(&Report{Event: &trace.Event{Dir: trace.None, Layer: trace.LayerKey, Kind: "secret", Detail: d}})
	}
}

func (e *Engine) install(k *InstallKeys) {
	e.do(k)
	if e.inFull() && !k.Sealed && !k.Kept {
		e.do(&Report{Event: &trace.Event{
			Dir: trace.None, Layer: trace.LayerKey, Kind: "install",
			Detail: &trace.Keys{Direction: k.Direction.String(), Epoch: k.Epoch, CipherSuite: trace.CodeOf(k.Suite)},
		}})
	}
}

// enter moves to a state.
func (e *Engine) enter(s state) {
	if s == e.state && s != start {
		return
	}
	e.state = s
	if e.inFull() {
		e.do(&Report{Event: &trace.Event{
			Dir: trace.None, Layer: trace.LayerState, Kind: s.name(), Detail: &trace.State{Ref: table[s].section},
		}})
	}
}

// fail ends the handshake for a reason that is not the message being handled.
func (e *Engine) fail(f *Failure) {
	if e.failing == nil {
		e.failing = f
	}
	e.settle()
}

// settle carries out a failure: what is known of the chain is verified, the alert is sent, and it is over.
func (e *Engine) settle() {
	f := e.failing
	e.latest, e.current = e.current, nil
	if f == nil {
		return
	}
	e.failing = nil
	e.verifyChain()
	e.enter(failed)
	if f.HasAlert && f.Kind != PeerAlert && f.Kind != ClientAlert && f.Kind != Closed {
		e.armAlert()
		e.sendAlert(message.Alert{Level: iana.Fatal, Description: f.Alert})
	}
	e.do(&Close{Err: f})
}

// sendAlert sends an alert, unless our close_notify is out: nothing may follow it. RFC 8446, Section 6.1.
func (e *Engine) sendAlert(a message.Alert) {
	if !e.closing && e.watching == nil {
		e.do(&Send{Type: iana.Alert, Raw: a.Encode()})
	}
}

// alertEvent is the event of an alert, whoever sent it.
func alertEvent(dir trace.Dir, a message.Alert, buf *trace.Buffer, tree *wire.Tree) trace.Event {
	return trace.Event{
		Dir: dir, Layer: trace.LayerAlert, Kind: "alert", Buf: buf, Tree: tree,
		Detail: &trace.AlertDetail{Level: trace.CodeOf(a.Level), Description: trace.CodeOf(a.Description)},
	}
}

// SentEvent is the event of an alert or change_cipher_spec that the driver sent.
func SentEvent(t iana.ContentType, raw []byte, buf *trace.Buffer) *trace.Event {
	tree := wire.NewTree(4)
	if t == iana.Alert {
		a, diags := message.DecodeAlert(raw, tree)
		ev := alertEvent(trace.Sent, a, buf, tree)
		ev.Findings = decodeFindings(diags)
		return &ev
	}
	_, diags := message.DecodeChangeCipherSpec(raw, tree)
	return &trace.Event{
		Dir: trace.Sent, Layer: trace.LayerMessage, Kind: "change_cipher_spec", Buf: buf, Tree: tree,
		Findings: decodeFindings(diags),
	}
}

// fingerprints sums up a hello; nil for other messages.
func fingerprints(m message.Message) trace.Detail {
	switch m := m.(type) {
	case *message.ClientHello:
		f := fingerprint.OfClient(m, fingerprint.TCP)
		return &trace.ClientFingerprint{JA3: f.JA3, JA3Full: f.JA3Full, JA4: f.JA4, JA4Raw: f.JA4Raw}
	case *message.ServerHello:
		f := fingerprint.OfServer(m)
		return &trace.ServerFingerprint{JA3S: f.JA3S, JA3SFull: f.JA3SFull}
	}
	return nil
}

func title(m message.Message) string {
	if h, ok := m.(*message.ServerHello); ok && h.IsRetry() {
		return "HelloRetryRequest"
	}
	return m.Type().Title()
}
