package handshake

import (
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// state is what the engine waits for. The list, from top to bottom, is the chapter of the RFC.
type state uint8

const (
	start state = iota
	expectServerHello

	// TLS 1.3
	expectEncryptedExtensions
	expectCertificateOrRequest
	expectCertificate
	expectCertificateVerify
	expectFinished
	connected

	// SSL 3.0 to TLS 1.2
	expectServerCertificate
	expectCertificateStatus
	expectServerKeyExchange
	expectRequestOrDone
	expectServerHelloDone
	expectTicketOrChange
	expectChangeCipherSpec
	expectServerFinished
	connected12

	closed
	failed
)

// changeCipherSpec stands in the table of states for the message that is not a handshake message.
const changeCipherSpec = 256

// input is what a state may receive: a handshake type, or changeCipherSpec.
type input = uint16

// step of a state: an input and the states that may follow it.
type transition struct {
	on input
	to []state
}

type row struct {
	name    string
	section string
	on      []transition
}

func on(t iana.HandshakeType, to ...state) transition { return transition{input(t), to} }

// table is the state machine as data: what each state may receive, and what may follow. The diagram
// in docs/architecture.md is drawn from it, and a test holds the engine to it.
var table = [...]row{
	start: {"start", "RFC 8446, Section 4.1.2", []transition{on(iana.ClientHello, expectServerHello)}},
	expectServerHello: {"expect_server_hello", "RFC 8446, Section 4.1.3", []transition{
		on(iana.ServerHello, expectServerHello, expectEncryptedExtensions, expectServerCertificate, expectServerKeyExchange,
			expectTicketOrChange, expectChangeCipherSpec),
	}},

	expectEncryptedExtensions: {"expect_encrypted_extensions", "RFC 8446, Section 4.3.1", []transition{
		on(iana.EncryptedExtensions, expectCertificateOrRequest, expectFinished),
	}},
	expectCertificateOrRequest: {"expect_certificate_or_request", "RFC 8446, Section 4.3.2", []transition{
		on(iana.CertificateRequest, expectCertificate), on(iana.Certificate, expectCertificateVerify),
	}},
	expectCertificate:       {"expect_certificate", "RFC 8446, Section 4.4.2", []transition{on(iana.Certificate, expectCertificateVerify)}},
	expectCertificateVerify: {"expect_certificate_verify", "RFC 8446, Section 4.4.3", []transition{on(iana.CertificateVerify, expectFinished)}},
	expectFinished:          {"expect_finished", "RFC 8446, Section 4.4.4", []transition{on(iana.Finished, connected)}},
	connected: {"connected", "RFC 8446, Section 4.6", []transition{
		on(iana.NewSessionTicket, connected), on(iana.KeyUpdate, connected),
	}},

	expectServerCertificate: {"expect_server_certificate", "RFC 5246, Section 7.4.2", []transition{
		on(iana.Certificate, expectCertificateStatus, expectServerKeyExchange, expectRequestOrDone),
	}},
	expectCertificateStatus: {"expect_certificate_status", "RFC 6066, Section 8", []transition{
		on(iana.CertificateStatus, expectServerKeyExchange, expectRequestOrDone),
		on(iana.ServerKeyExchange, expectRequestOrDone),
		on(iana.CertificateRequest, expectServerHelloDone),
		on(iana.ServerHelloDone, expectTicketOrChange, expectChangeCipherSpec),
	}},
	expectServerKeyExchange: {"expect_server_key_exchange", "RFC 5246, Section 7.4.3", []transition{
		on(iana.ServerKeyExchange, expectRequestOrDone),
	}},
	expectRequestOrDone: {"expect_request_or_done", "RFC 5246, Section 7.4.4", []transition{
		on(iana.CertificateRequest, expectServerHelloDone),
		on(iana.ServerHelloDone, expectTicketOrChange, expectChangeCipherSpec),
	}},
	expectServerHelloDone: {"expect_server_hello_done", "RFC 5246, Section 7.4.5", []transition{
		on(iana.ServerHelloDone, expectTicketOrChange, expectChangeCipherSpec),
	}},
	expectTicketOrChange: {"expect_ticket_or_change", "RFC 5077, Section 3.3", []transition{
		on(iana.NewSessionTicket, expectChangeCipherSpec), {changeCipherSpec, []state{expectServerFinished}},
	}},
	expectChangeCipherSpec: {"expect_change_cipher_spec", "RFC 5246, Section 7.1", []transition{
		{changeCipherSpec, []state{expectServerFinished}},
	}},
	expectServerFinished: {"expect_server_finished", "RFC 5246, Section 7.4.9", []transition{on(iana.Finished, connected12)}},
	connected12:          {"connected_12", "RFC 5246, Section 7.4.1.1", []transition{on(iana.HelloRequest, connected12)}},

	closed: {"closed", "RFC 8446, Section 6.1", nil},
	failed: {"failed", "RFC 8446, Section 6.2", nil},
}

func (s state) name() string { return table[s].name }

func (s state) accepts(t iana.HandshakeType) bool {
	for i := range table[s].on {
		if table[s].on[i].on == input(t) {
			return s != start
		}
	}
	return false
}

// wants says in words what a state waits for.
func (s state) wants() string {
	var names []string
	for _, t := range table[s].on {
		names = append(names, inputTitle(t.on))
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, " or ")
}

func inputTitle(i input) string {
	if i == changeCipherSpec {
		return "ChangeCipherSpec"
	}
	return iana.HandshakeType(i).Title()
}

// handler returns what a state does with a message that it accepts; it gives the next state.
func (e *Engine) handler() func(*Engine, message.Message) state {
	switch e.state {
	case expectServerHello:
		return (*Engine).onServerHello
	case expectEncryptedExtensions:
		return (*Engine).onEncryptedExtensions
	case expectCertificateOrRequest, expectCertificate:
		return (*Engine).onCertificateOrRequest
	case expectCertificateVerify:
		return (*Engine).onCertificateVerify
	case expectFinished:
		return (*Engine).onFinished
	case connected:
		return (*Engine).onPostHandshake
	case expectServerCertificate:
		return (*Engine).onServerCertificate
	case expectTicketOrChange:
		return (*Engine).onTicket
	case expectServerFinished:
		return (*Engine).onServerFinished
	case connected12:
		return (*Engine).onHelloRequest
	}
	return (*Engine).onServerFlight
}
