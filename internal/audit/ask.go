package audit

import (
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// stage is how far a connection goes before it is aborted.
type stage uint8

const (
	untilHello      stage = iota // ServerHello or HelloRetryRequest
	untilExtensions              // EncryptedExtensions; before TLS 1.3 they are in the ServerHello
	untilParameters              // ServerKeyExchange; since TLS 1.3 they are in the ServerHello
	untilFlight                  // CertificateVerify; before TLS 1.3 ServerHelloDone
	untilDone                    // the end of the handshake, both proofs made
)

// ask is one question: the offer of one connection, and how far it goes.
type ask struct {
	min, max iana.Version
	suites   []iana.CipherSuite
	groups   []iana.Group
	shares   []iana.Group // since TLS 1.3; none: the server is to say which it wants
	schemes  []iana.SignatureScheme
	alpn     []string
	name     string // server_name; empty for none
	edits    []edit // in their order
	fragment int    // the most content of a record, in bytes; 0: as much as fits
	segments bool   // the first bytes go in a segment of their own
	until    stage
	session  *handshake.SavedSession // to resume; nil: none
	linger   time.Duration           // how long the server's close is waited for, where the handshake was made to its end
	clock    func() time.Time        // dates tickets, and tells their age; nil where there are none
}

// edit changes a hello before it is sent.
type edit func(*message.ClientHello)

// with returns a copy with more edits.
func (a ask) with(e ...edit) ask {
	a.edits = append(slices.Clip(a.edits), e...)
	return a
}

func (a *ask) offer() handshake.Offer {
	return handshake.Offer{
		Min: a.min, Max: a.max, CipherSuites: a.suites, Groups: a.groups, KeyShares: a.shares,
		Schemes: a.schemes, ALPN: a.alpn, ServerName: a.name,
	}
}

// editor makes the edits of an ask. A hello after a HelloRetryRequest is a copy of the first, edits and all.
type editor struct {
	edits []edit
	sent  *message.ClientHello // as it went out
}

// Intercept implements conn.Interceptor.
func (e *editor) Intercept(o *conn.Outgoing) {
	h, ok := o.Message.(*message.ClientHello)
	if !ok {
		return
	}
	if e.sent == nil {
		for _, change := range e.edits {
			change(h)
		}
		if raw, problems := message.Encode(h, &message.Context{Sender: message.Client}); len(problems) == 0 {
			o.Raw = raw
		}
	}
	e.sent = h
}

// extend adds an extension, in the place of one of its type.
func extend(t iana.ExtensionType, body message.ExtensionBody) edit {
	return func(h *message.ClientHello) {
		if x := h.Extensions.Find(t); x != nil {
			x.Body, x.Raw = body, nil
			return
		}
		h.Extensions = append(h.Extensions, message.Extension{Type: t, Body: body})
	}
}

// leaveOut takes an extension out.
func leaveOut(t iana.ExtensionType) edit {
	return func(h *message.ClientHello) {
		h.Extensions = slices.DeleteFunc(h.Extensions, func(x message.Extension) bool { return x.Type == t })
	}
}
