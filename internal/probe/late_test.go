package probe_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// late meets a server that completes its half of the handshake and then does what it is told to the bare connection.
func late(t *testing.T, change func(*tls.Config), then func(net.Conn), exchange func(context.Context, *conn.Conn) error, set ...func(*probe.Options)) *trace.Trace {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"example.test"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cfg := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, SessionTicketsDisabled: true}
	if change != nil {
		change(cfg)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nothing to lose
	go func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer nc.Close() //nolint:errcheck // nothing to lose
		if tls.Server(nc, cfg).Handshake() == nil && then != nil {
			then(nc)
		}
		_, _ = io.Copy(io.Discard, nc)
	}()
	target, err := dial.ParseTarget(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	o := probe.Options{
		Target: target, Offer: handshake.DefaultOffer(iana.TLS12, iana.TLS13), Timeout: 10 * time.Second, Linger: 5 * time.Second,
		Rand: rand.Reader, Now: time.Now, Exchange: exchange,
		Verify: func(*handshake.VerifyChain) ([]finding.Finding, bool) { return nil, true },
	}
	for _, do := range set {
		do(&o)
	}
	return probe.Run(t.Context(), o)
}

func TestAViolationAfterTheHandshakeIsAFailureThoughNobodyTalks(t *testing.T) {
	tr := late(t, nil, func(nc net.Conn) {
		_, _ = nc.Write(append([]byte{23, 3, 3, 0, 40}, make([]byte, 40)...))
	}, nil)
	if tr.Outcome != trace.HandshakeFailed || tr.Error == nil || tr.Error.Kind != string(handshake.BrokenRule) || tr.Error.Hint == "" {
		t.Fatalf("outcome %s, error %+v", tr.Outcome, tr.Error)
	}
	row, _ := finding.Lookup(finding.RecordBadMAC)
	if !strings.Contains(tr.Error.Message, row.Meaning) {
		t.Errorf("it says %q", tr.Error.Message)
	}
}

func TestARefusalAfterTheHandshakeExplainsAFailedExchange(t *testing.T) {
	fails := func(context.Context, *conn.Conn) error { return errors.New("send: broken pipe") }
	for name, exchange := range map[string]func(context.Context, *conn.Conn) error{"nothing is said": nil, "saying something fails": fails} {
		t.Run(name, func(t *testing.T) {
			tr := late(t, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }, nil, exchange)
			if tr.Outcome != trace.HandshakeFailed || tr.Error == nil || tr.Error.Kind != string(handshake.PeerAlert) ||
				!strings.Contains(tr.Error.Message, iana.AlertCertificateRequired.String()) {
				t.Fatalf("outcome %s, error %+v", tr.Outcome, tr.Error)
			}
			if e := tr.Events[tr.Error.Event-1]; e.Layer != trace.LayerAlert || e.Dir != trace.Received {
				t.Errorf("it points to %s %s", e.Dir, e.Kind)
			}
		})
	}
}

// Who leaves at once waits all the same where a server has yet to say whether it goes on without a client certificate.
func TestARefusalIsWaitedForOnlyWhereACertificateWasAsked(t *testing.T) {
	atOnce := func(o *probe.Options) { o.Linger, o.AskedLinger = 0, time.Minute }
	leaves := func(nc net.Conn) { _ = nc.Close() }
	breaksRules := func(nc net.Conn) { _, _ = nc.Write(append([]byte{23, 3, 3, 0, 40}, make([]byte, 40)...)) }
	for name, c := range map[string]struct {
		auth    tls.ClientAuthType
		version uint16
		then    func(net.Conn)
		outcome trace.Outcome
	}{
		"refused":             {tls.RequireAnyClientCert, tls.VersionTLS13, nil, trace.HandshakeFailed},
		"refused in TLS 1.2":  {tls.RequireAnyClientCert, tls.VersionTLS12, nil, trace.HandshakeFailed},
		"accepted":            {tls.RequestClientCert, tls.VersionTLS13, leaves, trace.OK},
		"waited for":          {tls.RequestClientCert, tls.VersionTLS13, breaksRules, trace.HandshakeFailed},
		"accepted in TLS 1.2": {tls.RequestClientCert, tls.VersionTLS12, breaksRules, trace.OK},
		"not asked":           {tls.NoClientCert, tls.VersionTLS13, breaksRules, trace.OK},
	} {
		t.Run(name, func(t *testing.T) {
			tr := late(t, func(cfg *tls.Config) { cfg.ClientAuth, cfg.MaxVersion = c.auth, c.version }, c.then, nil, atOnce)
			if tr.Outcome != c.outcome {
				t.Errorf("outcome %s, error %+v", tr.Outcome, tr.Error)
			}
		})
	}
}

func TestAGoodEndIsNoFailure(t *testing.T) {
	if tr := late(t, nil, func(nc net.Conn) { _ = nc.Close() }, nil); tr.Outcome != trace.OK || tr.Error != nil {
		t.Errorf("outcome %s, error %+v", tr.Outcome, tr.Error)
	}
}
