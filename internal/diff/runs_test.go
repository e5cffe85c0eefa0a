package diff

import (
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// sameAgain probes a server many times: every run is the same as the first.
func sameAgain(t *testing.T, p prober) {
	t.Helper()
	runs := 100
	if testing.Short() {
		runs = 10
	}
	p.linger = 300 * time.Millisecond // as connect does, so that tickets are seen, or not
	first := p.probe(t)
	if first.Outcome != trace.OK {
		t.Fatalf("outcome %s: %+v", first.Outcome, first.Error)
	}
	for i := 1; i < runs; i++ {
		if d := Compare(first, p.probe(t), Options{}); d.Result != Same || len(told(d)) > 0 {
			t.Fatalf("run %d differs:\n%s", i, strings.Join(told(d), "\n"))
		}
	}
}

func TestRunsAgainstTheSameServerAreTheSame(t *testing.T) {
	tls12 := func(o *handshake.Offer) { o.Max = iana.TLS12 }
	h2 := func(o *handshake.Offer) { o.ALPN = []string{"h2"} }
	t.Run("crypto-tls", func(t *testing.T) {
		sameAgain(t, serve(t, "tls13"))
		p := serve(t, "tls12")
		sameAgain(t, p)
	})
	pki := testpeer.NewPKI(t.TempDir())
	t.Run("openssl 1.3", func(t *testing.T) {
		testpeer.Need(t, "openssl")
		pair := pki.Issue(t, testpeer.ECDSAP256)
		s := testpeer.OpenSSL(t, "-cert", pair.Cert, "-key", pair.Key, "-www", "-alpn", "h2,http/1.1")
		sameAgain(t, prober{target: s.Addr, store: rootsOf(t, pki.Root(t))})
	})
	t.Run("openssl 1.2", func(t *testing.T) { // DHE, whose public value varies in length, and tickets
		testpeer.Need(t, "openssl")
		pair := pki.Issue(t, testpeer.RSA2048)
		s := testpeer.OpenSSL(t, "-cert", pair.Cert, "-key", pair.Key, "-www", "-cipher", "DHE-RSA-AES128-GCM-SHA256")
		sameAgain(t, prober{target: s.Addr, store: rootsOf(t, pki.Root(t)), offer: tls12})
	})
	t.Run("gnutls", func(t *testing.T) {
		testpeer.Need(t, "openssl")
		pair := pki.Issue(t, testpeer.ECDSAP384)
		s := testpeer.GnuTLS(t, "--echo", "--disable-client-cert", "--x509certfile", pair.Cert, "--x509keyfile", pair.Key, "--priority", "NORMAL", "--alpn", "h2")
		sameAgain(t, prober{target: s.Addr, store: rootsOf(t, pki.Root(t)), offer: h2})
		sameAgain(t, prober{target: s.Addr, store: rootsOf(t, pki.Root(t)), offer: tls12})
	})
	t.Run("nginx", func(t *testing.T) {
		testpeer.Need(t, "openssl")
		testpeer.Need(t, "nginx")
		pair := pki.Issue(t, testpeer.ECDSAP256)
		s := testpeer.Nginx(t, "server_name localhost;\nssl_certificate "+pair.Cert+";\nssl_certificate_key "+pair.Key+
			";\nssl_protocols TLSv1.2 TLSv1.3;\nreturn 200 ok;\n")
		sameAgain(t, prober{target: s.Addr, store: rootsOf(t, pki.Root(t))})
		sameAgain(t, prober{target: s.Addr, store: rootsOf(t, pki.Root(t)), offer: tls12})
	})
}
