package audit_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// talk runs a server of crypto/tls that says something over each session, until the test ends.
func talk(t testing.TB, cfg *tls.Config, say func(*tls.Conn)) string {
	t.Helper()
	return testpeer.Accept(t, func(c net.Conn) {
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		s := tls.Server(c, cfg)
		if s.Handshake() == nil {
			say(s)
		}
		_ = s.Close()
	})
}

// rsaOnly is quick to enumerate.
func rsaOnly() *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{identities.rsa()}, MinVersion: tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, CurvePreferences: []tls.CurveID{tls.X25519},
	}
}

// serveHTTP runs net/http over TLS, with ALPN.
func serveHTTP(t testing.TB, cfg *tls.Config, page http.HandlerFunc) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: page, ReadHeaderTimeout: 20 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	s.Protocols = new(http.Protocols)
	s.Protocols.SetHTTP1(true)
	if cfg.NextProtos == nil {
		cfg.NextProtos = []string{"http/1.1"}
	}
	go func() { _ = s.Serve(tls.NewListener(l, cfg)) }()
	t.Cleanup(func() { _ = s.Close() })
	return l.Addr().String()
}

func TestAPageOfNetHTTPTellsHSTSAndWhereItLeads(t *testing.T) {
	for name, c := range map[string]struct {
		page           http.HandlerFunc
		hsts, redirect audit.Status
		valid          bool
		why            string
	}{
		"a policy, and elsewhere": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload")
			w.Header().Set("Location", "https://www.example.test/")
			w.WriteHeader(http.StatusMovedPermanently)
		}, audit.Yes, audit.Yes, true, ""},
		"none": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<16)) }, audit.No, audit.No, false, ""},
		"two": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Strict-Transport-Security"] = []string{"max-age=1", "max-age=2"}
		}, audit.Yes, audit.No, true, "2 times"},
		"a malformed one": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Strict-Transport-Security", "max-age=1 includeSubDomains")
		}, audit.No, audit.No, false, "grammar"},
		"one that takes it back": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Strict-Transport-Security", "max-age=0")
		}, audit.No, audit.No, true, ""},
		"trouble": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}, audit.Unknown, audit.No, false, ""},
		"no such page": {func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, audit.No, audit.No, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := enumerate(t, serveHTTP(t, rsaOnly(), c.page), nil)
			q := question(t, d, "http.hsts")
			if q.Answer.Status != c.hsts {
				t.Errorf("hsts %+v", q)
			}
			if q := question(t, d, "http.redirect"); q.Answer.Status != c.redirect {
				t.Errorf("redirect %+v", q)
			}
			if d.HTTP == nil || d.HTTP.HSTS.Valid != c.valid || (c.why == "") != (d.HTTP.HSTS.Why == "") || !strings.Contains(d.HTTP.HSTS.Why, c.why) {
				t.Fatalf("%+v", d.HTTP)
			}
			if d.HTTP.Connection == 0 || d.HTTP.Connection != d.Handshake.Answer.Connection {
				t.Errorf("connections %d and %d", d.HTTP.Connection, d.Handshake.Answer.Connection)
			}
			if c.hsts != audit.Unknown {
				complete(t, d)
			}
		})
	}
}

func TestNginxSaysHSTSAndItsTicketsAreCounted(t *testing.T) {
	s := nginx(t, `
ssl_protocols TLSv1.2 TLSv1.3;
ssl_session_timeout 5m;
add_header Strict-Transport-Security "max-age=31536000" always;
location / { return 307 https://example.test/; }
`)
	d := enumerate(t, s.Addr, nil)
	complete(t, d)
	if d.HTTP == nil || d.HTTP.Status != 307 || !d.HTTP.HSTS.Valid || *d.HTTP.HSTS.MaxAge != 31536000 || d.HTTP.Location != "https://example.test/" {
		t.Errorf("%+v", d.HTTP)
	}
	if h := d.Handshake; h == nil || h.Answer.Status != audit.Yes || h.Outcome != trace.Untrusted || len(h.Tickets) != 2 || h.Tickets[0].Lifetime != 300 || h.Tickets[0].EarlyData != nil {
		t.Errorf("%+v", h)
	}
	for id, want := range map[string]string{
		"post_handshake": "2 new_session_ticket", "resumption.offered": "TLS 1.3: 2 tickets", "handshake": "TLS 1.3",
	} {
		if q := question(t, d, id); q.Answer.Status != audit.Yes || !slices.Contains(q.Values, want) {
			t.Errorf("%+v", q)
		}
	}
	if q := question(t, d, "early_data.offered"); q.Answer.Status != audit.No {
		t.Errorf("%+v", q)
	}
}

func TestOpenSSLAllowsEarlyDataAsItIsToldTo(t *testing.T) {
	pki := testpeer.NewPKI(t.TempDir())
	rsa := pki.Issue(t, testpeer.RSA2048)
	d := enumerate(t, testpeer.OpenSSL(t, "-early_data", "-max_early_data", "4321", "-num_tickets", "3", "-cert", rsa.Cert, "-key", rsa.Key).Addr, oneAtATime)
	complete(t, d)
	if q := question(t, d, "early_data.offered"); q.Answer.Status != audit.Yes || !slices.Equal(q.Values, []string{"4321 bytes"}) {
		t.Errorf("%+v", q)
	}
	if len(d.Handshake.Tickets) != 3 {
		t.Errorf("%+v", d.Handshake.Tickets)
	}
}

func TestAPageWithoutALPNIsFound(t *testing.T) {
	pki := testpeer.NewPKI(t.TempDir())
	rsa := pki.Issue(t, testpeer.RSA2048)
	d := enumerate(t, testpeer.OpenSSL(t, "-www", "-cert", rsa.Cert, "-key", rsa.Key).Addr, oneAtATime)
	complete(t, d)
	if d.HTTP == nil || d.HTTP.Status != 200 || d.HTTP.HSTS.Present {
		t.Errorf("%+v", d.HTTP)
	}
	if q := question(t, d, "http.hsts"); q.Answer.Status != audit.No {
		t.Errorf("%+v", q)
	}
}

func TestTicketsOfTLS12AreSeenAndWhereThereIsNoneThatIsSaid(t *testing.T) {
	pki := testpeer.NewPKI(t.TempDir())
	rsa := pki.Issue(t, testpeer.RSA2048)
	for name, c := range map[string]struct {
		args    []string
		offered audit.Status
		value   string
	}{
		"a ticket": {nil, audit.Yes, "TLS 1.2: 1 ticket"},
		"an id":    {[]string{"-no_ticket"}, audit.Yes, "TLS 1.2: session id"},
		"neither":  {[]string{"-no_ticket", "-no_cache"}, audit.No, ""},
	} {
		d := enumerate(t, testpeer.OpenSSL(t, append([]string{"-www", "-tls1_2", "-cipher", "ECDHE", "-cert", rsa.Cert, "-key", rsa.Key}, c.args...)...).Addr, oneAtATime)
		complete(t, d)
		if q := question(t, d, "resumption.offered"); q.Answer.Status != c.offered || c.value != "" && !slices.Contains(q.Values, c.value) {
			t.Errorf("%s: %+v", name, q)
		}
		if q := question(t, d, "post_handshake"); q.Answer.Status != audit.No {
			t.Errorf("%s: %+v", name, q)
		}
		if q := question(t, d, "early_data.offered"); q.Answer.Status != audit.Skip {
			t.Errorf("%s: %+v", name, q)
		}
	}
}

func TestAServerThatSpeaksSomethingElseIsNotTakenForHTTP(t *testing.T) {
	named := rsaOnly()
	named.NextProtos = []string{"imap"}
	for name, c := range map[string]struct {
		cfg *tls.Config
		say func(*tls.Conn)
		why string
	}{
		"a greeting": {rsaOnly(), func(s *tls.Conn) {
			_, _ = fmt.Fprint(s, "220 mail.example.test ESMTP\r\n")
			_, _ = s.Read(make([]byte, 1<<10))
		}, "does not speak HTTP"},
		"nothing":         {rsaOnly(), func(s *tls.Conn) { _, _ = s.Read(make([]byte, 1<<10)) }, "closes when it is asked"},
		"silence":         {rsaOnly(), func(s *tls.Conn) { _, _ = s.Read(make([]byte, 1<<10)); _, _ = s.Read(make([]byte, 1)) }, "does not answer in HTTP"},
		"another by name": {named, func(s *tls.Conn) { _, _ = s.Read(make([]byte, 1<<10)) }, "imap"},
	} {
		t.Run(name, func(t *testing.T) {
			d := enumerate(t, talk(t, c.cfg, c.say), nil)
			complete(t, d)
			if q := question(t, d, "http.hsts"); q.Answer.Status != audit.Skip || !strings.Contains(q.Answer.Reason, c.why) {
				t.Errorf("%+v", q)
			}
			if d.HTTP != nil || d.Handshake.Answer.Status != audit.Yes {
				t.Errorf("%+v %+v", d.HTTP, d.Handshake)
			}
		})
	}
}

func TestAnHTTPSServerThatDoesNotAnswerLeavesTheQuestionOpen(t *testing.T) {
	cfg := rsaOnly()
	cfg.NextProtos = []string{"http/1.1"}
	d := enumerate(t, talk(t, cfg, func(s *tls.Conn) { _, _ = s.Read(make([]byte, 1<<10)) }), nil)
	if q := question(t, d, "http.hsts"); q.Answer.Status != audit.Unknown || q.Answer.Connection == 0 {
		t.Errorf("%+v", q)
	}
	if d.Handshake.Answer.Status != audit.Yes {
		t.Errorf("%+v", d.Handshake)
	}
}

func TestASilentHTTPSServerLeavesTheQuestionOpen(t *testing.T) {
	cfg := rsaOnly()
	cfg.NextProtos = []string{"http/1.1"}
	d := enumerate(t, talk(t, cfg, func(s *tls.Conn) { _, _ = io.Copy(io.Discard, s) }), func(o *audit.Options) { o.Timeout = 4 * time.Second })
	if q := question(t, d, "http.hsts"); q.Answer.Status != audit.Unknown || !strings.Contains(q.Answer.Reason, "in time") {
		t.Errorf("%+v", q)
	}
	if q := question(t, d, "handshake"); q.Answer.Status != audit.Yes {
		t.Errorf("%+v", q)
	}
}

func TestAServerThatWantsACertificateFirstHasNoOrdinaryHandshake(t *testing.T) {
	cfg := rsaOnly()
	cfg.ClientAuth = tls.RequireAnyClientCert
	d := enumerate(t, serveHTTP(t, cfg, func(http.ResponseWriter, *http.Request) {}), nil)
	complete(t, d)
	if h := d.Handshake; h == nil || h.Answer.Status != audit.No || h.Error == nil || h.Outcome != trace.HandshakeFailed {
		t.Errorf("%+v", h)
	}
	for _, id := range []string{"http.hsts", "post_handshake", "early_data.offered"} {
		if q := question(t, d, id); q.Answer.Status != audit.Skip || !strings.Contains(q.Answer.Reason, "certificate_required") {
			t.Errorf("%+v", q)
		}
	}
}
