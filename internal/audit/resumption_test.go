package audit_test

import (
	"crypto/rand"
	"crypto/tls"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// resumption holds the answer about resumption against what is known of the server.
func resumption(t *testing.T, d *audit.Document, want audit.Status, why string, values ...string) {
	t.Helper()
	q := question(t, d, "resumption")
	if q.Answer.Status != want || !slices.Equal(q.Values, values) || !strings.Contains(q.Answer.Reason, why) {
		t.Errorf("%+v, want %s %v because %q", q, want, values, why)
	}
	if want == audit.Yes && q.Answer.Connection == 0 {
		t.Errorf("no connection shows it: %+v", q)
	}
}

func TestOpenSSLResumesByWhatItIsToldTo(t *testing.T) {
	pki := testpeer.NewPKI(t.TempDir())
	rsa := pki.Issue(t, testpeer.RSA2048)
	for name, c := range map[string]struct {
		args   []string
		want   audit.Status
		why    string
		values []string
	}{
		"all":         {nil, audit.Yes, "", []string{"TLS 1.3 PSK", "TLS 1.2 ticket", "TLS 1.2 id"}},
		"no tickets":  {[]string{"-no_ticket"}, audit.Yes, "TLS 1.2 ticket: it gives none", []string{"TLS 1.3 PSK", "TLS 1.2 id"}},
		"no cache":    {[]string{"-no_cache"}, audit.Yes, "TLS 1.2 id: it gives none", []string{"TLS 1.3 PSK", "TLS 1.2 ticket"}},
		"none in 1.3": {[]string{"-num_tickets", "0"}, audit.Yes, "TLS 1.3 PSK: it gives no ticket", []string{"TLS 1.2 ticket", "TLS 1.2 id"}},
		"only 1.2":    {[]string{"-tls1_2"}, audit.Yes, "", []string{"TLS 1.2 ticket", "TLS 1.2 id"}},
		"only 1.0":    {[]string{"-tls1"}, audit.Yes, "", []string{"TLS 1.0 ticket", "TLS 1.0 id"}},
		"nothing":     {[]string{"-tls1_2", "-no_ticket", "-no_cache"}, audit.No, "TLS 1.2 id: it gives none", nil},
		"only 1.3":    {[]string{"-tls1_3"}, audit.Yes, "", []string{"TLS 1.3 PSK"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"-www", "-cipher", "ECDHE+AES128:@SECLEVEL=0", "-cert", rsa.Cert, "-key", rsa.Key}, c.args...)
			d := enumerate(t, testpeer.OpenSSL(t, args...).Addr, oneAtATime)
			complete(t, d)
			resumption(t, d, c.want, c.why, c.values...)
		})
	}
}

func TestNginxResumesByWhatItIsToldTo(t *testing.T) {
	for settings, c := range map[string]struct {
		want   audit.Status
		why    string
		values []string
	}{
		"":                               {audit.Yes, "TLS 1.2 id: it makes a full handshake instead", []string{"TLS 1.3 PSK", "TLS 1.2 ticket"}},
		"ssl_session_cache shared:s:1m;": {audit.Yes, "", []string{"TLS 1.3 PSK", "TLS 1.2 ticket", "TLS 1.2 id"}},
		"ssl_session_cache shared:s:1m; ssl_session_tickets off;": {audit.Yes, "TLS 1.2 ticket: it gives none", []string{"TLS 1.3 PSK", "TLS 1.2 id"}},
		"ssl_session_cache off; ssl_session_tickets off;":         {audit.No, "TLS 1.3 PSK", nil},
	} {
		t.Run(settings, func(t *testing.T) {
			d := enumerate(t, nginx(t, "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM;"+settings).Addr, nil)
			complete(t, d)
			resumption(t, d, c.want, c.why, c.values...)
		})
	}
}

func TestGnuTLSResumesByWhatItIsToldTo(t *testing.T) {
	pki := testpeer.NewPKI(t.TempDir())
	rsa := pki.Issue(t, testpeer.RSA2048)
	args := []string{"--http", "--x509certfile", rsa.Cert, "--x509keyfile", rsa.Key}
	d := enumerate(t, testpeer.GnuTLS(t, args...).Addr, oneAtATime)
	complete(t, d)
	resumption(t, d, audit.Yes, "", "TLS 1.3 PSK", "TLS 1.2 ticket", "TLS 1.2 id")
	d = enumerate(t, testpeer.GnuTLS(t, append(args, "--noticket")...).Addr, oneAtATime)
	complete(t, d)
	resumption(t, d, audit.Yes, "gives none", "TLS 1.2 id")
}

func TestAServerThatForgetsItsTicketKeysResumesNothing(t *testing.T) {
	cfg := rsaOnly()
	forgetful := cfg.Clone()
	forgetful.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		one := cfg.Clone()
		var key [32]byte
		_, _ = rand.Read(key[:])
		one.SetSessionTicketKeys([][32]byte{key})
		return one, nil
	}
	echo := func(s *tls.Conn) { _, _ = io.Copy(s, s) }
	d := enumerate(t, talk(t, forgetful, echo), nil)
	resumption(t, d, audit.No, "TLS 1.3 PSK: it makes a full handshake instead; TLS 1.2 ticket: it makes a full handshake instead")
	resumption(t, enumerate(t, talk(t, cfg, echo), nil), audit.Yes, "TLS 1.2 id: it gives none", "TLS 1.3 PSK", "TLS 1.2 ticket")
	cfg.SessionTicketsDisabled = true
	resumption(t, enumerate(t, talk(t, cfg, echo), nil), audit.No, "TLS 1.3 PSK: it gives no ticket")
}
