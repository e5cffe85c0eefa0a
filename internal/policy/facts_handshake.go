package policy

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// handshakePrefix is the first step of facts about one ordinary handshake, as connect makes it.
const handshakePrefix = "handshake"

// session is that handshake.
type session struct {
	*audit.Handshake
	connection int
}

// handshakeRows are the facts about that handshake: what its summary says, and its checks.
func handshakeRows() []row[*session] {
	list := slices.Clone(sessionRows[:])
	for _, r := range finding.Checks() {
		if first, _, _ := strings.Cut(string(r.ID), "."); first == "handshake" || first == "session" {
			list = append(list, row[*session]{
				"checks." + string(r.ID), KindWord, "what the check says: " + r.Meaning, []string{"pass", "fail", "warn", "info"},
				func(s *session) Fact { return gravest(s.Summary.Checks, r.ID, s.connection) },
			})
		}
	}
	return list
}

var sessionRows = [...]row[*session]{
	{"outcome", KindWord, "what came of it", nil, func(s *session) Fact { return known(word(string(s.Outcome), s.connection)) }},
	{"summary.version", KindVersion, "version", []string{"ssl3.0", "tls1.0", "tls1.1", "tls1.2", "tls1.3"}, func(s *session) Fact {
		if s.Summary.Version == nil {
			return s.nothing()
		}
		return known(Value{Text: VersionText(s.Summary.Version), Order: float64(s.Summary.Version.Value), Connection: s.connection})
	}},
	{"summary.cipher_suite", KindWord, "suite", nil, func(s *session) Fact { return s.code(s.Summary.CipherSuite) }},
	{"summary.group", KindWord, "group", nil, func(s *session) Fact { return s.code(s.Summary.Group) }},
	{"summary.signature_scheme", KindWord, "scheme of the server's signature", nil, func(s *session) Fact { return s.code(s.Summary.SignatureScheme) }},
	{"summary.alpn", KindWord, "application protocol; none: nothing was agreed on", nil, func(s *session) Fact {
		f := Fact{State: Known, Connection: s.connection}
		if s.Summary.ALPN != nil && *s.Summary.ALPN != "" {
			f.Values = []Value{word(clip(*s.Summary.ALPN), s.connection)}
		}
		return f
	}},
	{"summary.hello_retry_request", KindWord, "took another round trip", yesOrNo, func(s *session) Fact { return s.flag(s.Summary.HelloRetryRequest) }},
	{"summary.extended_master_secret", KindWord, "bound the master secret to the handshake", yesOrNo, func(s *session) Fact { return s.flag(s.Summary.ExtendedMasterSecret) }},
	{"summary.encrypt_then_mac", KindWord, "encrypts before it authenticates", yesOrNo, func(s *session) Fact { return s.flag(s.Summary.EncryptThenMAC) }},
	{"summary.secure_renegotiation", KindWord, "binds renegotiations to the connection", yesOrNo, func(s *session) Fact { return s.flag(s.Summary.SecureRenegotiation) }},
	{"summary.ocsp_stapled", KindWord, "came with an OCSP response", yesOrNo, func(s *session) Fact { return s.flag(s.Summary.OCSPStapled) }},
	{"summary.client_certificate_requested", KindWord, "asked for a client certificate", yesOrNo, func(s *session) Fact { return s.flag(s.Summary.ClientCertificateRequested) }},
	{"tickets", KindNumber, "tickets that came with it or after it", nil, func(s *session) Fact { return known(number(len(s.Tickets), s.connection)) }},
	{"ticket_lifetimes", KindNumber, "seconds for which the tickets are good, one for each", nil, func(s *session) Fact {
		f := Fact{State: Known, Connection: s.connection}
		for _, t := range s.Tickets[:min(len(s.Tickets), maxValues)] {
			f.Values = append(f.Values, Value{Text: strconv.FormatUint(t.Lifetime, 10), Order: float64(t.Lifetime), Connection: s.connection})
		}
		return f
	}},
}

// nothing is the fact of what the handshake did not come to, or does not have in its version.
func (s *session) nothing() Fact {
	if s.Answer.Status == audit.Yes {
		return skipped("the handshake has nothing of the kind")
	}
	return unknown(cmp.Or(s.Answer.Reason, "the handshake was not completed"))
}

func (s *session) code(c *trace.Code) Fact {
	if c == nil {
		return s.nothing()
	}
	return known(word(codeText(c), s.connection))
}

func (s *session) flag(is *bool) Fact {
	if is == nil {
		return s.nothing()
	}
	return yesIf(*is, s.connection)
}

func (v *view) handshakeFacts() (list []Fact) {
	why := v.answer("handshake")
	for _, r := range handshakeRows() {
		if h := v.document.Handshake; h != nil {
			list = append(list, r.fact(handshakePrefix+".", &session{h, h.Answer.Connection}))
		} else {
			list = append(list, r.missing(handshakePrefix+".", why))
		}
	}
	return list
}
