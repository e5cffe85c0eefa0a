package trace

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"testing"
	"time"
)

// session makes one handshake, and another one with the ticket of the first if resume is set.
func session(t *testing.T, client, server *tls.Config, resume bool) *handshaken {
	t.Helper()
	if resume {
		client.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		handshake(t, client, server)
	}
	return handshake(t, client, server)
}

func TestSummarySaysWhatTheLibraryNegotiated(t *testing.T) {
	id := identity(t, "example.com")
	stapled := id
	stapled.OCSPStaple = []byte{0x30, 0x03, 0x0a, 0x01, 0x01}
	stapled.SignedCertificateTimestamps = [][]byte{{1, 2, 3}, {4, 5}, {6}}
	asks := func(c *tls.Config) { c.ClientAuth = tls.RequestClientCert }
	tests := []struct {
		name   string
		max    uint16
		cert   tls.Certificate
		client func(*tls.Config)
		server func(*tls.Config)
		resume bool
	}{
		{name: "TLS 1.2", max: tls.VersionTLS12, cert: id},
		{name: "TLS 1.2 P-384", max: tls.VersionTLS12, cert: id, client: func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.CurveP384} }},
		{name: "TLS 1.2 resumed", max: tls.VersionTLS12, cert: id, resume: true},
		{name: "TLS 1.2 stapled", max: tls.VersionTLS12, cert: stapled},
		{name: "TLS 1.2 client certificate", max: tls.VersionTLS12, cert: id, server: asks},
		{name: "TLS 1.1", max: tls.VersionTLS11, cert: id, client: legacy, server: legacy},
		{name: "TLS 1.3", max: tls.VersionTLS13, cert: id},
		{name: "TLS 1.3 X25519", max: tls.VersionTLS13, cert: id, client: func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.X25519} }},
		{name: "TLS 1.3 retry", max: tls.VersionTLS13, cert: id, server: func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.CurveP384} }},
		{name: "TLS 1.3 resumed", max: tls.VersionTLS13, cert: id, resume: true},
		{name: "TLS 1.3 stapled", max: tls.VersionTLS13, cert: stapled},
		{name: "TLS 1.3 client certificate", max: tls.VersionTLS13, cert: id, server: asks},
		{name: "without ALPN", max: tls.VersionTLS13, cert: id, server: func(c *tls.Config) { c.NextProtos = nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, server := config(tt.max), &tls.Config{Certificates: []tls.Certificate{tt.cert}, NextProtos: []string{"h2"}}
			if tt.client != nil {
				tt.client(client)
			}
			asked := tt.server != nil && isAsking(tt.server)
			if tt.server != nil {
				tt.server(server)
			}
			h := session(t, client, server, tt.resume)
			tr := h.traceOf(t)
			Summarize(tr)
			compare(t, &tr.Summary, &h.client, asked, len(tt.cert.SignedCertificateTimestamps))
			if got := tr.Summary.HelloRetryRequest; got == nil || *got != (tt.name == "TLS 1.3 retry") {
				t.Errorf("hello_retry_request is %v", show(got))
			}
		})
	}
}

func legacy(c *tls.Config) {
	c.MinVersion = tls.VersionTLS10
	c.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
}

func isAsking(set func(*tls.Config)) bool {
	var c tls.Config
	set(&c)
	return c.ClientAuth != tls.NoClientCert
}

func compare(t *testing.T, got *Summary, want *tls.ConnectionState, asked bool, scts int) {
	t.Helper()
	is13 := want.Version == tls.VersionTLS13
	code := func(key string, c *Code, want uint16) {
		if c == nil || c.Value != uint64(want) || c.Name == "" {
			t.Errorf("%s is %+v, want %#x", key, c, want)
		}
	}
	flag := func(key string, got *bool, want bool) {
		if got == nil || *got != want {
			t.Errorf("%s is %v, want %v", key, show(got), want)
		}
	}
	words := func(key string, got *string, want string) {
		if got == nil && want != "" || got != nil && *got != want {
			t.Errorf("%s is %v, want %q", key, show(got), want)
		}
	}
	code("version", got.Version, want.Version)
	code("cipher_suite", got.CipherSuite, want.CipherSuite)
	if got.CipherSuite.Name != tls.CipherSuiteName(want.CipherSuite) {
		t.Errorf("cipher_suite is %q", got.CipherSuite.Name)
	}
	if is13 || !want.DidResume {
		code("group", got.Group, uint16(want.CurveID))
	} else if got.Group != nil {
		t.Errorf("group is %+v", got.Group)
	}
	words("alpn", got.ALPN, want.NegotiatedProtocol)
	words("sni", got.SNI, want.ServerName)
	words("address", got.Address, "192.0.2.1:443")
	flag("resumed", got.Resumed, want.DidResume)
	flag("early_data", got.EarlyData, false)
	flag("client_certificate_requested", got.ClientCertificateRequested, asked)
	if is13 {
		if got.ExtendedMasterSecret != nil || got.EncryptThenMAC != nil || got.SecureRenegotiation != nil {
			t.Error("TLS 1.3 negotiates none of extended_master_secret, encrypt_then_mac, secure_renegotiation")
		}
	} else {
		flag("extended_master_secret", got.ExtendedMasterSecret, true)
		flag("encrypt_then_mac", got.EncryptThenMAC, false)
		flag("secure_renegotiation", got.SecureRenegotiation, true)
	}
	if want.DidResume {
		if got.Certificates != nil || got.SignatureScheme != nil || got.OCSPStapled != nil || got.SCTCount != nil {
			t.Error("a resumed session shows no certificate")
		}
		return
	}
	if want.Version >= tls.VersionTLS12 {
		code("signature_scheme", got.SignatureScheme, uint16(tls.ECDSAWithP256AndSHA256))
	} else if got.SignatureScheme != nil {
		t.Errorf("signature_scheme is %+v before TLS 1.2", got.SignatureScheme)
	}
	flag("ocsp_stapled", got.OCSPStapled, len(want.OCSPResponse) > 0)
	if n := len(want.SignedCertificateTimestamps); n != scts {
		t.Fatalf("the library saw %d timestamps", n)
	}
	if got.SCTCount == nil || *got.SCTCount != scts+2 { // two are in the certificate
		t.Errorf("sct_count is %v, want %d", show(got.SCTCount), scts+2)
	}
	compareCertificates(t, got.Certificates, want.PeerCertificates)
}

func compareCertificates(t *testing.T, got []Certificate, want []*x509.Certificate) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d certificates, want %d", len(got), len(want))
	}
	for i, w := range want {
		sum := sha256.Sum256(w.Raw)
		g := got[i]
		if g.SHA256 != hex.EncodeToString(sum[:]) || g.NotBefore != w.NotBefore.Format(time.RFC3339) ||
			g.NotAfter != w.NotAfter.Format(time.RFC3339) || g.Key == "" ||
			g.Subject != w.Subject.String() || g.Issuer != w.Issuer.String() {
			t.Errorf("certificate %d is %+v, subject %q", i, g, w.Subject)
		}
	}
}

func show[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func TestSummaryOfHalfAHandshakeHoldsBackWhatIsNotKnown(t *testing.T) {
	h := handshake(t, config(tls.VersionTLS12), &tls.Config{Certificates: []tls.Certificate{identity(t, "example.com")}})
	tr := h.traceOf(t)
	all := tr.Events
	until := func(kind string) *Summary {
		for i, e := range all {
			if e.Layer == LayerMessage && e.Kind == kind {
				tr.Events = all[:i+1]
				break
			}
		}
		Summarize(tr)
		return &tr.Summary
	}
	if s := until("client_hello"); s.SNI == nil || s.Version != nil || s.HelloRetryRequest != nil || s.Resumed != nil || s.Certificates != nil {
		t.Errorf("after ClientHello: %+v", s)
	}
	if s := until("server_hello"); s.Version == nil || s.OCSPStapled != nil || s.ClientCertificateRequested != nil || s.SCTCount != nil {
		t.Errorf("after ServerHello: %+v", s)
	}
	if s := until("certificate"); len(s.Certificates) != 3 || s.OCSPStapled != nil || s.ClientCertificateRequested != nil {
		t.Errorf("after Certificate: %+v", s)
	}
	if s := until("server_hello_done"); s.OCSPStapled == nil || s.ClientCertificateRequested == nil || s.Timing.TLSMs != nil {
		t.Errorf("after ServerHelloDone: %+v", s)
	}
}

func TestTimingIsFromTheFirstRecordToTheLaterFinished(t *testing.T) {
	for name, tr := range samples(t) {
		var from, to time.Duration
		for _, e := range tr.Events {
			if e.Layer == LayerRecord && from == 0 {
				from = e.T
			}
			if e.Kind == "finished" {
				to = e.T
			}
		}
		got := tr.Summary.Timing
		if want := float64(to.Microseconds()-from.Microseconds()) / 1e3; got.TLSMs == nil || *got.TLSMs != want {
			t.Errorf("%s: tls_ms is %v, want %v", name, show(got.TLSMs), want)
		}
		if *got.DNSMs != 3.125 || *got.TCPMs != 10.5 || *got.RTTMs != 10.25 {
			t.Errorf("%s: timing is %v, %v, %v", name, *got.DNSMs, *got.TCPMs, *got.RTTMs)
		}
		if len(tr.Summary.Checks) != 2 || tr.Summary.Checks[1].ID != "hostname" {
			t.Errorf("%s: checks are %+v", name, tr.Summary.Checks)
		}
	}
}
