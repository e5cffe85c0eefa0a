package diff

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// prober makes traces of a server.
type prober struct {
	target string
	store  *verify.Store
	offer  func(*handshake.Offer)
	linger time.Duration
}

func (p prober) probe(t testing.TB) *trace.Trace {
	t.Helper()
	target, err := dial.ParseTarget(p.target)
	if err != nil {
		t.Fatal(err)
	}
	offer := handshake.DefaultOffer(iana.TLS12, iana.TLS13)
	offer.ServerName, offer.ALPN = "localhost", []string{"h2", "http/1.1"}
	if p.offer != nil {
		p.offer(&offer)
	}
	return probe.Run(t.Context(), probe.Options{
		Target: target, Input: p.target, Offer: offer, Timeout: 20 * time.Second, Linger: p.linger, Rand: rand.Reader, Now: time.Now,
		Verify: func(v *handshake.VerifyChain) ([]finding.Finding, bool) {
			res := verify.Verify(verify.Request{Chain: v.Chain, Hostname: "localhost", Time: time.Now(), Store: p.store, Staples: v.Staples, SCTs: v.SCTs, Rules: verify.RulesClient})
			return res.Findings, res.Trusted
		},
	})
}

// serve starts a scenario of the demo.
func serve(t testing.TB, name string) prober {
	t.Helper()
	sc, err := demo.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := demo.Start(t.Context(), sc, demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() }) // nothing is lost
	roots, _ := cert.ParsePEMCertificates(srv.RootsPEM())
	p := prober{target: srv.Target(), store: verify.Of("the demo", roots...), offer: offers[name]}
	if p.offer == nil && slices.Contains(sc.Args, "tls1.0") {
		p.offer = old
	}
	return p
}

func old(o *handshake.Offer) {
	alpn := o.ALPN
	*o = handshake.DefaultOffer(iana.TLS10, iana.TLS12)
	o.ServerName, o.ALPN = "localhost", alpn
}

func suites(max iana.Version, list ...iana.CipherSuite) func(*handshake.Offer) {
	return func(o *handshake.Offer) {
		old(o)
		o.Max, o.CipherSuites = max, list
	}
}

func groups(list ...iana.Group) func(*handshake.Offer) {
	return func(o *handshake.Offer) { o.Groups, o.KeyShares = list, list[:1] }
}

// offers are what scenarios need that the default does not offer.
var offers = map[string]func(*handshake.Offer){
	"tls10": old, "tls11": old,
	"chacha20": func(o *handshake.Offer) {
		o.CipherSuites, o.Min = []iana.CipherSuite{iana.TLS_CHACHA20_POLY1305_SHA256}, iana.TLS13
	},
	"cbc":               suites(iana.TLS12, iana.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256),
	"cbc-sha1":          suites(iana.TLS12, iana.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA),
	"static-rsa":        suites(iana.TLS12, iana.TLS_RSA_WITH_AES_128_GCM_SHA256),
	"3des":              suites(iana.TLS12, iana.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA),
	"rc4":               suites(iana.TLS12, iana.TLS_ECDHE_RSA_WITH_RC4_128_SHA),
	"hello-retry-p521":  groups(iana.X25519, iana.Secp521r1),
	"post-quantum-p256": groups(iana.SecP256r1MLKEM768),
	"post-quantum-p384": groups(iana.SecP384r1MLKEM1024),
	"no-group":          groups(iana.X25519),
}

// slow are the scenarios that take their time, or have no end.
var slow = []string{"dribble", "silent", "endless", "slow"}

// scenarioTraces are a trace of each scenario of the demo, made once.
func scenarioTraces(t testing.TB) (names []string, traces []*trace.Trace) {
	t.Helper()
	once.Do(func() {
		for _, sc := range demo.Scenarios() {
			if slices.Contains(slow, sc.Name) {
				continue
			}
			p := serve(t, sc.Name)
			p.linger = time.Second
			made.names = append(made.names, sc.Name)
			made.traces = append(made.traces, p.probe(t))
		}
	})
	return made.names, made.traces
}

var (
	once sync.Once
	made struct {
		names  []string
		traces []*trace.Trace
	}
)

func scenarioTrace(t testing.TB, name string) *trace.Trace {
	t.Helper()
	names, traces := scenarioTraces(t)
	i := slices.Index(names, name)
	if i < 0 {
		t.Fatalf("there is no trace of %s", name)
	}
	return traces[i]
}

// reread writes a trace and reads it again, so that it may be changed.
func reread(t testing.TB, tr *trace.Trace) *trace.Trace {
	t.Helper()
	var buf bytes.Buffer
	if err := trace.Write(&buf, tr); err != nil {
		t.Fatal(err)
	}
	again, err := trace.Read(&buf)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// told lists the changes that count, for messages of tests.
func told(d *Document) (lines []string) {
	for _, g := range d.Groups {
		for _, c := range g.Changes {
			if c.Counts {
				lines = append(lines, line(&c))
			}
		}
	}
	return lines
}

func line(c *Change) string {
	text := fmt.Sprintf("%s %s: %s -> %s", c.Kind, c.Path, pointed(c.A), pointed(c.B))
	for _, m := range c.Meanings {
		text += fmt.Sprintf("; %s: %s", m.Verdict, m.Words)
	}
	return text
}

func pointed(s *string) string {
	if s == nil {
		return "absent"
	}
	return *s
}

func rootsOf(t testing.TB, file string) *verify.Store {
	t.Helper()
	pem, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	roots, _ := cert.ParsePEMCertificates(pem)
	return verify.Of("the test", roots...)
}
