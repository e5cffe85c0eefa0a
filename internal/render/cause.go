package render

import (
	"fmt"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// What a connection came to, who is to blame, and what to try are told of one cause: of what ended it, where the trace says what
// that was, and otherwise of the gravest finding. A broken rule that the handshake survived is not the cause of what came after.

// worst returns the failure that counts most of those that fit: the most severe, and of equal ones the first, for
// others may have followed from it. That there is no path counts only where no other check says why.
func (v *view) worst(fits func(id string) bool) (finding.Finding, bool) {
	var worst finding.Finding
	found := false
	for _, list := range [...][]finding.Finding{v.checks, v.broken} {
		for _, f := range list {
			if f.Status != finding.Fail || !fits(f.ID) {
				continue
			}
			if !found || sumsUp(worst) && !sumsUp(f) || sumsUp(worst) == sumsUp(f) && f.Severity > worst.Severity {
				worst, found = f, true
			}
		}
	}
	return worst, found
}

// sumsUp reports whether a finding follows from others, which say more.
func sumsUp(f finding.Finding) bool { return f.ID == string(finding.ChainPath) }

// ofProtocol fits what is wrong with how the peer speaks TLS: broken rules and failed proofs.
func ofProtocol(id string) bool {
	return strings.HasPrefix(id, "rule.") || strings.HasPrefix(id, "handshake.")
}

// ofCertificate fits what is wrong with the peer's chain.
func ofCertificate(id string) bool { return !ofProtocol(id) }

// gravest returns the failure that the outcome stands for, where it is one that was found: in what the error points to, if there
// is one.
func (v *view) gravest() (finding.Finding, bool) {
	if v.Outcome == trace.Untrusted {
		return v.worst(ofCertificate)
	}
	if v.Error == nil {
		return v.worst(ofProtocol)
	}
	var worst finding.Finding
	found := false
	if v.Error.Kind != "protocol_violation" && v.Error.Kind != "proof_failed" {
		return worst, false
	}
	for _, list := range [...][]finding.Finding{v.checks, v.broken} {
		for _, f := range list {
			about := f.Where.Event == v.Error.Event || v.Error.Event == 0
			if about && f.Status == finding.Fail && ofProtocol(f.ID) && (!found || f.Severity > worst.Severity) {
				worst, found = f, true
			}
		}
	}
	return worst, found
}

// failure is what ended the connection, in words.
func (v *view) failure() string {
	if v.Error != nil && v.Error.Message != "" {
		return v.Error.Message
	}
	if f, ok := v.gravest(); ok {
		return f.Message
	}
	if v.Outcome == trace.Internal {
		return "a fault of tlsprobe"
	}
	return ""
}

// distrust says why the certificate is not trusted.
func (v *view) distrust() string {
	if f, ok := v.gravest(); ok {
		return findingText(f)
	}
	if v.Summary.Resumed != nil && *v.Summary.Resumed {
		return "the certificate of the session that was resumed is not trusted"
	}
	return "the certificate is not trusted"
}

// blame says whose fault a failure is, as far as the trace can tell.
func (v *view) blame() string {
	switch v.Outcome {
	case trace.Network:
		return v.blameNetwork()
	case trace.HandshakeFailed:
	default:
		return ""
	}
	kind, event := "", 0
	f, broken := v.gravest()
	if v.Error != nil {
		kind, event = v.Error.Kind, v.Error.Event
	} else if broken {
		kind, event = "protocol_violation", f.Where.Event
	}
	e := v.event(event)
	received := e != nil && e.Dir == trace.Received
	switch {
	case received && e.Layer == trace.LayerAlert:
		return "the server's choice, said in its " + v.mention(e)
	case kind == "not_tls", e != nil && e.Kind == "foreign":
		return "the port: something else than TLS answers there"
	case kind == "incompatible":
		return "neither side: the server speaks of what tlsprobe does not have"
	case kind == "proof_failed":
		return sentence("the server, or somebody between: "+v.its(e)+" proves nothing", section(f.Ref))
	case kind == "protocol_violation":
		return sentence("the server: "+v.its(e)+" is against the protocol", section(f.Ref))
	case kind == "" && received:
		return "the server, by its " + v.mention(e)
	}
	return "the server, or something between: it stopped in the middle of the handshake"
}

// its names what the server sent.
func (v *view) its(e *trace.Event) string {
	if e == nil || e.Dir != trace.Received {
		return "what it sent"
	}
	return "its " + v.mention(e)
}

// mention names a message, with its number where the view shows numbers.
func (v *view) mention(e *trace.Event) string {
	name := messageName(e)
	switch e.Layer {
	case trace.LayerRecord:
		name = "record"
	case trace.LayerAlert:
		name = "alert"
	}
	if v.all {
		name += fmt.Sprintf(" (#%d)", e.N)
	}
	return name
}

func (v *view) blameNetwork() string {
	for _, e := range v.Events {
		if d, ok := e.Detail.(*trace.Lookup); ok && d.Error != "" {
			return "the name: it could not be looked up"
		}
	}
	for _, e := range v.Events {
		if _, ok := e.Detail.(*trace.Connected); ok {
			return "the server: it took the connection and sent nothing"
		}
	}
	return "the network, or nothing listens there: no connection came about"
}

// hint says what to try.
func (v *view) hint() string {
	f, found := v.gravest()
	switch {
	case v.Outcome == trace.OK:
		return ""
	case v.Outcome == trace.Untrusted && f.Fix != "":
		return f.Fix
	case v.Error != nil && v.Error.Hint != "":
		return v.Error.Hint
	case found:
		return f.Fix
	}
	if v.Outcome == trace.HandshakeFailed && (v.Error == nil || v.Error.Kind == "alert") {
		for i := len(v.Events) - 1; i >= 0; i-- {
			if d, ok := v.Events[i].Detail.(*trace.AlertDetail); ok && v.Events[i].Dir == trace.Received && d.Description != nil {
				return explainCode("alert", d.Description.Name).try
			}
		}
	}
	return ""
}
