package interop

import (
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// resumeWith probes a server with a session (nil for none), says something, and returns what resumes the session next.
func resumeWith(t *testing.T, addr string, offer handshake.Offer, s *handshake.SavedSession, say talk) (*trace.Trace, *handshake.SavedSession) {
	t.Helper()
	target, err := dial.ParseTarget(addr)
	if err != nil {
		t.Fatal(err)
	}
	var next *handshake.SavedSession
	tr := probe.Run(t.Context(), probe.Options{
		Target: target, Input: addr, Offer: offer, Session: s, Insecure: true, Strict: true, Timeout: 20 * time.Second, Linger: 5 * time.Second,
		Rand: rand.Reader, Now: time.Now, Exchange: say, Keep: func(s *handshake.SavedSession) { next = s },
		Verify: func(*handshake.VerifyChain) ([]finding.Finding, bool) { return nil, true },
	})
	if tr.Error != nil {
		t.Fatalf("%+v\n%s", tr.Error, story(tr))
	}
	return tr, next
}

// resumption is what a trace says of the session that was offered.
func resumption(tr *trace.Trace) finding.Finding {
	for _, f := range tr.Summary.Checks {
		if f.ID == string(finding.SessionResumption) {
			return f
		}
	}
	return finding.Finding{}
}

// holdsResumed holds a trace to what every resumed session has.
func holdsResumed(t *testing.T, tr *trace.Trace, by string) {
	t.Helper()
	if s := &tr.Summary; s.Resumed == nil || !*s.Resumed || len(s.Certificates) > 0 || tr.Outcome != trace.OK {
		t.Fatalf("resumed: %s, %d certificates, outcome %s\n%s", boolName(s.Resumed), len(s.Certificates), tr.Outcome, story(tr))
	}
	if f := resumption(tr); f.Status != finding.Pass || !strings.HasPrefix(f.Message, "resumed by "+by) {
		t.Errorf("it says %s: %s, want resumed by %s", f.ID, f.Message, by)
	}
	if !passed(tr, "handshake.finished") {
		t.Errorf("the server's Finished was not found right\n%s", story(tr))
	}
	for _, e := range tr.Events {
		for _, f := range e.Findings {
			if strings.HasPrefix(f.ID, "rule.") && f.Status == finding.Fail {
				t.Errorf("%s: %s (expected %q, got %q)", f.ID, f.Message, f.Expected, f.Actual)
			}
		}
	}
}

// thrice makes a session, resumes it, and resumes that; it returns the last trace.
func thrice(t *testing.T, addr func() string, offer handshake.Offer, by string, say talk) *trace.Trace {
	t.Helper()
	_, s := resumeWith(t, addr(), offer, nil, say)
	var tr *trace.Trace
	for range 2 {
		if s == nil {
			t.Fatal("there is nothing to resume by")
		}
		tr, s = resumeWith(t, addr(), offer, s, say)
		holdsResumed(t, tr, by)
	}
	return tr
}

func TestCryptoTLSResumesInEveryVersionWithEverySuite(t *testing.T) {
	certs := certificates(t)
	n := 0
	for _, version := range allVersions {
		for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
			if !slices.Contains(suite.SupportedVersions, version) {
				continue
			}
			for _, c := range cryptoTLSCases(version, suite) {
				// Groups matter only where the server asks for another.
				if c.clientCert || c.alpn || !c.tickets || !c.retry && c.group != tls.X25519 && c.group != 0 {
					continue
				}
				if n++; testing.Short() && n%sampled != 0 {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%s", tls.VersionName(version), suite.Name, c), func(t *testing.T) {
					t.Parallel()
					config, by := c.config(certs[c.key]), "ticket"
					if version == tls.VersionTLS13 {
						by = "pre-shared key, with a fresh key agreement"
					}
					var seen <-chan served
					thrice(t, func() (addr string) { addr, seen = serveOnce(t, config); return }, c.offer(), by, ask("again\n", "again\n"))
					if server := <-seen; server.err != nil || !server.state.DidResume || server.state.HelloRetryRequest != c.retry {
						t.Errorf("the server says: %v, resumed: %t, retried: %t", server.err, server.state.DidResume, server.state.HelloRetryRequest)
					}
				})
			}
		}
	}
}

// editor sets the last byte of the hello's random.
type editor struct{ edits int }

func (e *editor) Intercept(o *conn.Outgoing) {
	if _, ok := o.Message.(*message.ClientHello); ok {
		o.Raw = slices.Clone(o.Raw)
		o.Raw[4+2+31] = 0x5a // after the header and legacy_version; the second hello must not differ in it
		e.edits++
	}
}

func TestAHelloThatAnInterceptorChangesStillResumes(t *testing.T) {
	for _, groups := range [][]tls.CurveID{nil, {tls.CurveP384}} { // with a retry, the second hello has the change already
		config := &tls.Config{Certificates: []tls.Certificate{certificates(t)[0]}, MinVersion: tls.VersionTLS13, CurvePreferences: groups}
		addr, _ := serveOnce(t, config)
		_, s := resumeWith(t, addr, offerOf(tls.VersionTLS13), nil, ask("1\n", "1\n"))
		addr, seen := serveOnce(t, config)
		target, err := dial.ParseTarget(addr)
		if err != nil {
			t.Fatal(err)
		}
		e := new(editor)
		tr := probe.Run(t.Context(), probe.Options{
			Target: target, Offer: offerOf(tls.VersionTLS13), Session: s, Insecure: true, Timeout: 20 * time.Second, Linger: time.Second,
			Rand: rand.Reader, Now: time.Now, Interceptor: e,
		})
		if server := <-seen; tr.Error != nil || server.err != nil || !server.state.DidResume || e.edits != 1+len(groups) {
			t.Errorf("%+v, the server: %v, resumed: %t, %d edits\n%s", tr.Error, server.err, server.state.DidResume, e.edits, story(tr))
		}
	}
}

func TestASessionThatCryptoTLSDoesNotKnowIsAFullHandshake(t *testing.T) {
	certs := certificates(t)
	for _, version := range allVersions {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			config := func() *tls.Config {
				return &tls.Config{Certificates: []tls.Certificate{certs[0]}, MinVersion: version, MaxVersion: version}
			}
			addr, _ := serveOnce(t, config())
			_, s := resumeWith(t, addr, offerOf(version), nil, ask("1\n", "1\n"))
			addr, seen := serveOnce(t, config()) // with other keys for its tickets
			tr, _ := resumeWith(t, addr, offerOf(version), s, ask("2\n", "2\n"))
			if server := <-seen; server.err != nil || server.state.DidResume {
				t.Errorf("the server says: %v, resumed: %t", server.err, server.state.DidResume)
			}
			if f := resumption(tr); f.Status != finding.Info || *tr.Summary.Resumed || len(tr.Summary.Certificates) == 0 {
				t.Errorf("it says %+v", f)
			}
		})
	}
}

func TestOpenSSLResumesByTicketAndBySessionID(t *testing.T) {
	own := pki.Issue(t, testpeer.RSA2048)
	for _, row := range []struct {
		name, by string
		version  uint16
		serve    []string
		change   func(*handshake.Offer)
	}{
		{name: "TLS 1.3", by: "pre-shared key", version: tls.VersionTLS13},
		{name: "TLS 1.3, tickets that are ids", by: "pre-shared key", version: tls.VersionTLS13, serve: []string{"-no_ticket"}},
		{name: "TLS 1.3, SHA-384", by: "pre-shared key", version: tls.VersionTLS13, serve: []string{"-ciphersuites", "TLS_AES_256_GCM_SHA384"}},
		{name: "TLS 1.3, retry", by: "pre-shared key", version: tls.VersionTLS13, serve: []string{"-groups", "P-521"}},
		{name: "TLS 1.3, retry, SHA-384", by: "pre-shared key", version: tls.VersionTLS13, serve: []string{"-groups", "P-384", "-ciphersuites", "TLS_AES_256_GCM_SHA384"}},
		{name: "TLS 1.3, without a key agreement", by: "pre-shared key, without a key agreement", version: tls.VersionTLS13, serve: []string{"-allow_no_dhe_kex"},
			change: func(o *handshake.Offer) { o.PSKModes = []iana.PSKKeyExchangeMode{0} }},
		{name: "TLS 1.2", by: "ticket", version: tls.VersionTLS12},
		{name: "TLS 1.2, id", by: "session id", version: tls.VersionTLS12, serve: []string{"-no_ticket"}},
		{name: "TLS 1.2, CBC with encrypt-then-MAC", by: "ticket", version: tls.VersionTLS12, serve: []string{"-cipher", "ECDHE-RSA-AES128-SHA256"}},
		{name: "TLS 1.2, ChaCha20, id", by: "session id", version: tls.VersionTLS12, serve: []string{"-no_ticket", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"}},
		{name: "TLS 1.2, DHE", by: "ticket", version: tls.VersionTLS12, serve: []string{"-cipher", "DHE-RSA-AES256-GCM-SHA384"}},
		{name: "TLS 1.2, RSA", by: "ticket", version: tls.VersionTLS12, serve: []string{"-cipher", "AES128-GCM-SHA256"}},
		{name: "TLS 1.1", by: "ticket", version: tls.VersionTLS11},
		{name: "TLS 1.1, id", by: "session id", version: tls.VersionTLS11, serve: []string{"-no_ticket"}},
		{name: "TLS 1.0", by: "ticket", version: tls.VersionTLS10},
		{name: "TLS 1.0, id", by: "session id", version: tls.VersionTLS10, serve: []string{"-no_ticket"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			args := []string{"-cert", own.Cert, "-key", own.Key, opensslVersions[row.version], "-rev"}
			if row.version < tls.VersionTLS12 {
				args = append(args, "-cipher", "ALL:@SECLEVEL=0")
			}
			srv := testpeer.OpenSSL(t, append(args, row.serve...)...)
			offer := offerOf(row.version)
			if row.change != nil {
				row.change(&offer)
			}
			thrice(t, func() string { return srv.Addr }, offer, row.by, ask("ABC\n", "CBA\n"))
		})
	}
}

// opensslVersions are the flags that make s_server speak one version.
var opensslVersions = map[uint16]string{
	tls.VersionTLS10: "-tls1", tls.VersionTLS11: "-tls1_1", tls.VersionTLS12: "-tls1_2", tls.VersionTLS13: "-tls1_3",
}

func TestATicketOfTLS12IsOfferedBesideTLS13(t *testing.T) {
	own := pki.Issue(t, testpeer.RSA2048)
	srv := testpeer.OpenSSL(t, "-cert", own.Cert, "-key", own.Key, "-tls1_2", "-rev")
	offer := handshake.DefaultOffer(iana.TLS12, iana.TLS13)
	offer.ServerName = "localhost"
	thrice(t, func() string { return srv.Addr }, offer, "ticket", ask("ABC\n", "CBA\n"))
}

func TestGnuTLSResumes(t *testing.T) {
	own := pki.Issue(t, testpeer.RSA2048)
	for _, row := range []struct {
		name, by, priority string
		version            uint16
		serve              []string
	}{
		{"TLS 1.3", "pre-shared key", "NORMAL", tls.VersionTLS13, nil},
		{"TLS 1.2", "ticket", "NORMAL", tls.VersionTLS12, nil},
		{"TLS 1.2, id", "session id", "NORMAL", tls.VersionTLS12, []string{"--noticket"}},
		{"TLS 1.2, CBC with encrypt-then-MAC", "ticket", "NORMAL:-AES-128-GCM:-AES-256-GCM:-CHACHA20-POLY1305:-AES-128-CCM:-AES-256-CCM", tls.VersionTLS12, nil},
		{"TLS 1.2 without extended master secret", "session id", "NORMAL:%NO_SESSION_HASH", tls.VersionTLS12, []string{"--noticket"}},
		{"TLS 1.0", "ticket", "NORMAL:+VERS-TLS1.0", tls.VersionTLS10, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			srv := testpeer.GnuTLS(t, append([]string{
				"--echo", "--disable-client-cert", "--x509certfile", own.Cert, "--x509keyfile", own.Key, "--priority", row.priority,
			}, row.serve...)...)
			thrice(t, func() string { return srv.Addr }, offerOf(row.version), row.by, ask("echo\n", "echo\n"))
		})
	}
}

func TestNginxResumesByTicketAndFromItsCache(t *testing.T) {
	own := pki.Issue(t, testpeer.ECDSAP256)
	for _, row := range []struct {
		name, by, tickets string
		version           uint16
	}{
		{"TLS 1.3", "pre-shared key", "on", tls.VersionTLS13}, {"TLS 1.3, cache", "pre-shared key", "off", tls.VersionTLS13},
		{"TLS 1.2", "ticket", "on", tls.VersionTLS12}, {"TLS 1.2, cache", "session id", "off", tls.VersionTLS12},
	} {
		t.Run(row.name, func(t *testing.T) {
			srv := testpeer.Nginx(t, fmt.Sprintf(`ssl_certificate %s;
ssl_certificate_key %s;
ssl_protocols TLSv1.2 TLSv1.3;
ssl_session_cache shared:one:1m;
ssl_session_tickets %s;
location / { return 200 "reused: $ssl_session_reused\n"; }`, own.Cert, own.Key, row.tickets))
			offer := offerOf(row.version)
			offer.ALPN = []string{"http/1.1"}
			get := "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"
			_, s := resumeWith(t, srv.Addr, offer, nil, askTo(get, "reused: ."))
			if s == nil {
				t.Fatal("there is nothing to resume by")
			}
			tr, _ := resumeWith(t, srv.Addr, offer, s, askTo(get, "reused: r"))
			holdsResumed(t, tr, row.by)
		})
	}
}
