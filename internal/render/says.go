package render

import (
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// saysOf returns the function that says what a kind of message says, in a line or more: each is a
// small function over the message's tree. It is nil for a kind that has nothing to say.
func saysOf(kind string) func(*view, trace.Fields) []string {
	switch kind {
	case "client_hello":
		return saysClientHello
	case "server_hello":
		return saysServerHello
	case "hello_retry_request":
		return saysHelloRetryRequest
	case "encrypted_extensions":
		return saysEncryptedExtensions
	case "certificate":
		return saysCertificate
	case "compressed_certificate":
		return saysCompressedCertificate
	case "certificate_request":
		return saysCertificateRequest
	case "certificate_status":
		return saysCertificateStatus
	case "certificate_verify":
		return saysCertificateVerify
	case "server_key_exchange":
		return saysServerKeyExchange
	case "client_key_exchange":
		return saysClientKeyExchange
	case "new_session_ticket":
		return saysNewSessionTicket
	case "key_update":
		return saysKeyUpdate
	case "hello_request":
		return saysHelloRequest
	}
	return nil
}

// says returns what a message says, with what the checks of the handshake found out about it.
func (v *view) says(e *trace.Event) []string {
	lines := []string{""}
	switch m := e.Fields(); {
	case e.Kind == "change_cipher_spec":
		lines[0] = v.saysChangeCipherSpec(e)
	case saysOf(e.Kind) != nil && m.OK():
		lines = saysOf(e.Kind)(v, m)
	case m.At("body").OK():
		lines[0] = fmt.Sprintf("not read: message type %d", num(m.At("msg_type")))
	}
	lines[0] = sentence(v.again(e), lines[0], v.proof(e))
	return lines
}

// again marks the ClientHello that answers a HelloRetryRequest. RFC 8446, Section 4.1.2.
func (v *view) again(e *trace.Event) string {
	if e.Kind != "client_hello" {
		return ""
	}
	for _, before := range v.Events {
		if before == e {
			break
		}
		if before.Layer == trace.LayerMessage && before.Kind == "hello_retry_request" {
			return "again, as asked"
		}
	}
	return ""
}

// proof says how the handshake's proofs on a message went.
func (v *view) proof(e *trace.Event) string {
	said := ""
	for _, f := range v.about[e.N] {
		what, verb := proofWords(finding.ID(f.ID))
		switch {
		case what == "":
		case f.Status == finding.Pass:
			said = sentence(said, what+" "+verb)
		case f.Status == finding.Fail:
			said = sentence(said, what+" WRONG")
		case f.Status == finding.Unknown:
			said = sentence(said, what+" not checked")
		}
	}
	return said
}

// proofWords returns what a proof of the handshake is about, and what is said when it holds.
func proofWords(id finding.ID) (what, verb string) {
	switch id {
	case finding.HandshakeFinished:
		return "verify_data", "matches"
	case finding.HandshakeCertificateVerify, finding.HandshakeServerKeyExchange:
		return "signature", "valid"
	}
	return "", ""
}

// saysChangeCipherSpec tells the message that changes keys from the one that only looks as if.
// RFC 5246, Section 7.1; RFC 8446, Appendix D.4.
func (v *view) saysChangeCipherSpec(e *trace.Event) string {
	switch {
	case v.isTLS13() && e.Dir == trace.Received:
		return "ignored, middlebox compatibility"
	case v.isTLS13():
		return "middlebox compatibility"
	case v.hidesNothing(nil):
		return "authenticated, not encrypted, from here on"
	case v.Summary.Version != nil:
		return "protected from here on"
	}
	return ""
}
