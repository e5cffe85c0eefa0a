package trace

import (
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// The names of messages and extensions that the summary reads.
const (
	kindClientHello        = "client_hello"
	kindServerHello        = "server_hello"
	kindHelloRetryRequest  = "hello_retry_request"
	kindEncryptedExts      = "encrypted_extensions"
	kindCertificate        = "certificate"
	kindCertificateStatus  = "certificate_status"
	kindCertificateRequest = "certificate_request"
	kindCertificateVerify  = "certificate_verify"
	kindServerKeyExchange  = "server_key_exchange"
	kindServerHelloDone    = "server_hello_done"
	kindFinished           = "finished"

	stepExtensions = "extensions"
)

// Summarize fills t.Summary from the events, and from nothing else: a live connection, a capture and
// a file that was read come to the same. What the events do not tell stays null; docs/trace-format.md
// says of each key when that is.
//
// The summary is about the first handshake of the connection.
func Summarize(t *Trace) {
	var s summarizer
	for _, e := range t.Events {
		s.event(e)
	}
	t.Summary = s.summary()
}

// summarizer collects the first of each event that the summary is about.
type summarizer struct {
	lookupMs  *float64
	connected *Connected
	exchange  *Exchange
	checks    []finding.Finding

	server             Dir // who is the server: the direction of its hello
	clientHello        *Event
	serverHello        *Event
	retry              *Event
	encryptedExts      *Event
	certificate        *Event
	certificateStatus  *Event
	certificateRequest *Event
	certificateVerify  *Event
	serverKeyExchange  *Event
	serverHelloDone    *Event
	finished           [2]*Event // the client's and the server's
	firstSent          *Event
}

func (s *summarizer) event(e *Event) {
	switch e.Layer {
	case LayerNet:
		s.net(e)
	case LayerRecord:
		s.sent(e)
	case LayerMessage:
		s.sent(e)
		s.message(e)
	case LayerKey:
		if d, ok := e.Detail.(*Exchange); ok && s.exchange == nil {
			s.exchange = d
		}
	case LayerCheck:
		s.checks = append(s.checks, e.Findings...)
	}
}

func (s *summarizer) net(e *Event) {
	switch d := e.Detail.(type) {
	case *Lookup:
		ms := d.Ms
		if s.lookupMs != nil {
			ms += *s.lookupMs
		}
		s.lookupMs = &ms
	case *Connected:
		s.connected = d
	}
}

// sent remembers when TLS began.
func (s *summarizer) sent(e *Event) {
	if s.firstSent == nil && e.Dir == Sent {
		s.firstSent = e
	}
}

func (s *summarizer) message(e *Event) {
	switch e.Kind {
	case kindClientHello:
		if s.serverHello == nil { // the second one, after a retry, is what the server answers
			s.clientHello = e
		}
		return
	case kindServerHello:
		first(&s.serverHello, e)
		s.server = s.serverHello.Dir
		return
	case kindHelloRetryRequest:
		first(&s.retry, e)
		return
	}
	fromServer := e.Dir == s.server || s.server == "" && e.Dir == Received
	if e.Kind == kindFinished {
		if fromServer {
			first(&s.finished[1], e)
		} else {
			first(&s.finished[0], e)
		}
	}
	if !fromServer {
		return
	}
	switch e.Kind {
	case kindEncryptedExts:
		first(&s.encryptedExts, e)
	case kindCertificate:
		first(&s.certificate, e)
	case kindCertificateStatus:
		first(&s.certificateStatus, e)
	case kindCertificateRequest:
		first(&s.certificateRequest, e)
	case kindCertificateVerify:
		first(&s.certificateVerify, e)
	case kindServerKeyExchange:
		first(&s.serverKeyExchange, e)
	case kindServerHelloDone:
		first(&s.serverHelloDone, e)
	}
}

func first(at **Event, e *Event) {
	if *at == nil {
		*at = e
	}
}

func (s *summarizer) summary() Summary {
	sum := Summary{Checks: s.checks, Timing: s.timing()}
	if s.connected != nil {
		sum.Address = &s.connected.Remote
	}
	sum.SNI = s.sni()
	s.certificates(&sum)
	if s.serverHello == nil {
		if s.retry != nil {
			sum.HelloRetryRequest = known(true)
		}
		return sum
	}
	hello := s.serverHello.Fields()
	sum.HelloRetryRequest = known(s.retry != nil)
	sum.Version = s.version()
	sum.CipherSuite = hello.At("cipher_suite").Code()
	if s.tls13() {
		s.summarize13(&sum)
	} else {
		s.summarize12(&sum)
	}
	return sum
}

func known(v bool) *bool { return &v }

// version is that of supported_versions where the server speaks of it. RFC 8446, Section 4.2.1.
func (s *summarizer) version() *Code {
	hello := s.serverHello.Fields()
	if v := hello.At(stepExtensions, "supported_versions", "selected_version").Code(); v != nil {
		return v
	}
	return hello.At("legacy_version").Code()
}

func (s *summarizer) tls13() bool {
	v := s.version()
	return v != nil && v.Value >= uint64(iana.TLS13)
}

// sni is the name in the ClientHello. RFC 6066, Section 3.
func (s *summarizer) sni() *string {
	names := s.clientHello.Fields().At(stepExtensions, "server_name", "server_name_list")
	return text(names.Item(0).At("host_name"))
}

func text(f Fields) *string {
	if v, ok := f.Text(); ok {
		return &v
	}
	return nil
}

// alpn is the one protocol of the server's answer. RFC 7301, Section 3.1.
func alpn(e *Event) *string {
	list := e.Fields().At(stepExtensions, "application_layer_protocol_negotiation", "protocol_name_list")
	return text(list.Item(0).At("name"))
}

// summarize13 is what TLS 1.3 says, which spreads it over two messages. What it has made part of the
// protocol (extended master secret, no renegotiation, AEAD alone) is not negotiated and stays null.
func (s *summarizer) summarize13(sum *Summary) {
	hello := s.serverHello.Fields()
	sum.Group = hello.At(stepExtensions, "key_share", "server_share", "group").Code()
	sum.Resumed = known(hello.At(stepExtensions, "pre_shared_key").OK())
	sum.SignatureScheme = s.certificateVerify.Fields().At("algorithm").Code()
	if s.encryptedExts != nil {
		sum.ALPN = alpn(s.encryptedExts)
		sum.EarlyData = known(s.encryptedExts.Fields().At(stepExtensions, "early_data").OK())
	}
	switch {
	case s.certificateRequest != nil:
		sum.ClientCertificateRequested = known(true)
	case s.certificate != nil, s.finished[1] != nil: // it would have come before them: RFC 8446, Section 4.3.2
		sum.ClientCertificateRequested = known(false)
	}
	if leaf := s.certificate.Fields().At("certificate_list").Item(0); leaf.OK() {
		sum.OCSPStapled = known(leaf.At(stepExtensions, "status_request").OK())
	}
}

// macsApart reports whether the suite of a ServerHello can have encrypt_then_mac.
func macsApart(hello Fields) bool {
	suite, _ := hello.At("cipher_suite").Num()
	p, _ := iana.CipherSuite(suite).Params()
	return p.Cipher.IsCBC() || p.Cipher == iana.CipherNULL // where it changes nothing, and is answered all the same
}

// summarize12 is what SSL 3.0 to TLS 1.2 say.
func (s *summarizer) summarize12(sum *Summary) {
	hello := s.serverHello.Fields()
	exts := hello.At(stepExtensions)
	sum.EarlyData = known(false)
	sum.ALPN = alpn(s.serverHello)
	sum.ExtendedMasterSecret = known(exts.At("extended_master_secret").OK())
	sum.EncryptThenMAC = known(exts.At("encrypt_then_mac").OK() && macsApart(hello)) // RFC 7366, Section 3: for nothing else
	sum.SecureRenegotiation = known(exts.At("renegotiation_info").OK())
	sum.Resumed = s.resumed12()
	params := s.serverKeyExchange.Fields()
	sum.SignatureScheme = params.At("algorithm").Code()
	if sum.Group = params.At("params", "named_curve").Code(); sum.Group == nil && s.exchange != nil {
		sum.Group = s.exchange.Group
	}
	over := s.serverHelloDone != nil || s.finished[1] != nil // the server's flight
	switch {
	case s.certificateRequest != nil:
		sum.ClientCertificateRequested = known(true)
	case over:
		sum.ClientCertificateRequested = known(false)
	}
	switch {
	case s.certificateStatus != nil:
		sum.OCSPStapled = known(true)
	case s.certificate != nil && (over || s.serverKeyExchange != nil || s.certificateRequest != nil):
		// CertificateStatus comes right after Certificate: RFC 6066, Section 8.
		sum.OCSPStapled = known(false)
	}
}

// resumed12 tells whether the session of the ClientHello goes on: its id comes back, and Finished
// comes without a Certificate or a ServerHelloDone. RFC 5246, Section 7.3; RFC 5077, Section 3.4.
func (s *summarizer) resumed12() *bool {
	echo := s.serverHello.Fields().At("legacy_session_id_echo").Bytes()
	offer := s.clientHello.Fields().At("legacy_session_id").Bytes()
	switch {
	case s.clientHello == nil:
		return nil
	case len(echo) == 0, string(echo) != string(offer), s.certificate != nil, s.serverHelloDone != nil:
		return known(false)
	case s.finished[1] != nil:
		return known(true)
	}
	return nil
}

// timing: TLS lasts from the first record that was sent to the later one of the two Finished.
func (s *summarizer) timing() Timing {
	tm := Timing{DNSMs: s.lookupMs}
	if s.connected != nil {
		ms := s.connected.Ms
		tm.TCPMs, tm.RTTMs = &ms, s.connected.RTTMs
	}
	if c, v := s.finished[0], s.finished[1]; c != nil && v != nil && s.firstSent != nil {
		// Whole microseconds, as events have them in the document: the same from a file as live.
		us := max(c.T, v.T)/time.Microsecond - s.firstSent.T/time.Microsecond
		ms := float64(us) / 1000
		tm.TLSMs = &ms
	}
	return tm
}
