package interop

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// sampled is how many cases there are to each one that `go test -short` runs: 11 has no factor in
// common with the lengths of the axes, so every value of each still comes up.
const sampled = 11

// cryptoTLSCase is one way of serving.
type cryptoTLSCase struct {
	version uint16
	suite   *tls.CipherSuite
	group   tls.CurveID // 0 for static RSA
	key     demo.KeyType
	features
}

// features are what may be there or not, whatever was negotiated.
type features struct{ retry, clientCert, alpn, tickets bool }

func (c cryptoTLSCase) String() string {
	s := fmt.Sprintf("%v, %v", c.group, c.key)
	for _, f := range []struct {
		on   bool
		name string
	}{{c.retry, "retry"}, {c.clientCert, "client certificate"}, {c.alpn, "ALPN"}, {c.tickets, "tickets"}} {
		if f.on {
			s += ", " + f.name
		}
	}
	return s
}

// cryptoTLSCases are all that crypto/tls can serve with a version and a suite.
func cryptoTLSCases(version uint16, suite *tls.CipherSuite) []cryptoTLSCase {
	params, _ := iana.CipherSuite(suite.ID).Params()
	groups := []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
	rsa := []demo.KeyType{demo.RSA2048, demo.RSA1024}
	ecdsa := []demo.KeyType{demo.ECDSAP256, demo.ECDSAP384, demo.ECDSAP521}
	if version >= tls.VersionTLS12 {
		ecdsa = append(ecdsa, demo.Ed25519) // RFC 8422, Section 5.10
	}
	var keys []demo.KeyType
	switch params.Authentication {
	case iana.AuthenticationRSA:
		keys = rsa
	case iana.AuthenticationECDSA:
		keys = ecdsa
	case iana.AuthenticationAny:
		keys = append(rsa[:1:1], ecdsa...)
		groups = append(groups, tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024)
	}
	if params.KeyExchange == iana.KeyExchangeRSA {
		groups = []tls.CurveID{0}
	}
	var cases []cryptoTLSCase
	for _, group := range groups {
		for _, key := range keys {
			for _, f := range allFeatures(version == tls.VersionTLS13) {
				cases = append(cases, cryptoTLSCase{version, suite, group, key, f})
			}
		}
	}
	return cases
}

func allFeatures(retries bool) []features {
	var all []features
	for bits := range 16 {
		f := features{bits&8 != 0, bits&1 != 0, bits&2 != 0, bits&4 != 0}
		if retries || !f.retry {
			all = append(all, f)
		}
	}
	return all
}

// certificates are one of each kind of key, made once for the whole matrix.
func certificates(t *testing.T) map[demo.KeyType]tls.Certificate {
	t.Helper()
	ca, err := demo.NewCA(demo.CAOptions{})
	if err != nil {
		t.Fatal(err)
	}
	certs := make(map[demo.KeyType]tls.Certificate)
	for _, key := range []demo.KeyType{demo.RSA2048, demo.RSA1024, demo.ECDSAP256, demo.ECDSAP384, demo.ECDSAP521, demo.Ed25519} {
		if certs[key], err = ca.Issue(demo.LeafOptions{Key: key}); err != nil {
			t.Fatal(err)
		}
	}
	return certs
}

func TestEveryWayThatCryptoTLSServesIsCompleted(t *testing.T) {
	certs := certificates(t)
	n := 0
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13} {
		for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
			if !slices.Contains(suite.SupportedVersions, version) {
				continue
			}
			t.Run(tls.VersionName(version)+"/"+suite.Name, func(t *testing.T) {
				for _, c := range cryptoTLSCases(version, suite) {
					if n++; testing.Short() && n%sampled != 0 {
						continue
					}
					t.Run(c.String(), func(t *testing.T) {
						t.Parallel()
						c.check(t, certs[c.key])
					})
				}
			})
		}
	}
	t.Logf("%d combinations", n)
}

// offer is what makes the case come about: one suite and one group, and for a retry a share that
// the server does not take.
func (c cryptoTLSCase) offer() handshake.Offer {
	o := only(iana.Version(c.version), iana.CipherSuite(c.suite.ID))
	if c.group != 0 {
		o = with(o, iana.Group(c.group))
	}
	if c.retry {
		other := iana.X25519
		if c.group == tls.X25519 {
			other = iana.Secp256r1
		}
		o.Groups, o.KeyShares = []iana.Group{other, iana.Group(c.group)}, []iana.Group{other}
	}
	if c.alpn {
		o.ALPN = []string{"tlsprobe/0", "tlsprobe/1"}
	}
	return o
}

func (c cryptoTLSCase) config(cert tls.Certificate) *tls.Config {
	config := &tls.Config{
		Certificates: []tls.Certificate{cert}, MinVersion: c.version, MaxVersion: c.version,
		CipherSuites: []uint16{c.suite.ID}, SessionTicketsDisabled: !c.tickets,
	}
	if c.group != 0 {
		config.CurvePreferences = []tls.CurveID{c.group}
	}
	if c.clientCert {
		config.ClientAuth = tls.RequestClientCert
	}
	if c.alpn {
		config.NextProtos = []string{"tlsprobe/1"}
	}
	return config
}

func (c cryptoTLSCase) check(t *testing.T, cert tls.Certificate) {
	t.Helper()
	addr, seen := serveOnce(t, c.config(cert))
	tr := completes(t, addr, c.offer(), ask("who is there?\n", "who is there?\n"))
	if t.Failed() {
		return
	}
	server := <-seen
	if server.err != nil {
		t.Fatalf("the server says: %v", server.err)
	}
	want := terms{
		version: iana.Version(server.state.Version), suite: iana.CipherSuite(server.state.CipherSuite),
		group: iana.Group(server.state.CurveID), alpn: server.state.NegotiatedProtocol,
		retry: new(server.state.HelloRetryRequest), asked: new(c.clientCert),
	}
	if c.version < tls.VersionTLS13 {
		// crypto/tls exports keying material of old versions only with an extended master secret.
		_, err := server.state.ExportKeyingMaterial("EXPERIMENTAL tlsprobe", nil, 16)
		want.ems = new(err == nil)
		want.etm = new(false) // it never does
	} else {
		want.scheme = schemeOf(c.key)
	}
	want.holds(t, tr)
	if server.state.ServerName != "localhost" {
		t.Errorf("the server was asked for %q", server.state.ServerName)
	}
	if server.state.HelloRetryRequest != c.retry {
		t.Errorf("the server retried: %v, and should have: %v", server.state.HelloRetryRequest, c.retry)
	}
	if tickets := count(tr, trace.Received, "new_session_ticket"); (tickets > 0) != c.tickets {
		t.Errorf("%d tickets came, with tickets: %v", tickets, c.tickets)
	}
}

// schemeOf is the only scheme that TLS 1.3 has for a key. RFC 8446, Section 4.2.3.
func schemeOf(k demo.KeyType) iana.SignatureScheme {
	switch k {
	case demo.ECDSAP256:
		return iana.ECDSASecp256r1SHA256
	case demo.ECDSAP384:
		return iana.ECDSASecp384r1SHA384
	case demo.ECDSAP521:
		return iana.ECDSASecp521r1SHA512
	case demo.Ed25519:
		return iana.Ed25519
	}
	return 0 // RSA has three
}

// served is a session as the server saw it.
type served struct {
	state tls.ConnectionState
	err   error
}

// serveOnce serves one connection with crypto/tls, which echoes until the client closes.
func serveOnce(t *testing.T, config *tls.Config) (addr string, seen <-chan served) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	result := make(chan served, 1)
	var running sync.WaitGroup
	running.Go(func() {
		tcp, err := l.Accept()
		if err != nil {
			result <- served{err: err}
			return
		}
		defer func() { _ = tcp.Close() }()
		_ = tcp.SetDeadline(time.Now().Add(30 * time.Second))
		conn := tls.Server(tcp, config)
		err = conn.Handshake()
		if err == nil {
			_, err = io.Copy(conn, conn)
		}
		_ = conn.Close() // with close_notify
		result <- served{conn.ConnectionState(), err}
	})
	t.Cleanup(func() { _ = l.Close(); running.Wait() })
	return l.Addr().String(), result
}
