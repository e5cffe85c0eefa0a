package demo

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// promise is what a crypto/tls client finds in a scenario.
type promise struct {
	version uint16
	suite   uint16
	group   tls.CurveID
	// fails is a part of the error of a client that verifies.
	fails string
	check func(t *testing.T, s *Server, c tls.ConnectionState)
}

// promises returns one for each scenario.
func promises() map[string]promise {
	const v10, v11, v12, v13 = tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13
	return map[string]promise{
		"tls13":                    {version: v13, group: tls.X25519MLKEM768, check: chainLength(2)},
		"tls12":                    {version: v12},
		"tls11":                    {version: v11},
		"tls10":                    {version: v10},
		"hello-retry":              {version: v13, group: tls.CurveP384, check: retried},
		"hello-retry-p521":         {version: v13, group: tls.CurveP521, check: retried},
		"x25519":                   {version: v13, group: tls.X25519},
		"post-quantum":             {version: v13, group: tls.X25519MLKEM768},
		"post-quantum-p256":        {version: v13, group: tls.SecP256r1MLKEM768},
		"post-quantum-p384":        {version: v13, group: tls.SecP384r1MLKEM1024},
		"client-auth":              {version: v13},
		"client-auth-tls12":        {version: v12},
		"client-certificate":       {version: v13},
		"client-certificate-tls12": {version: v12},
		"alpn-h2":                  {version: v13, check: alpn("h2")},
		"resumed":                  {version: v13},
		"resumed-tls12":            {version: v12},
		"resumed-retry":            {version: v13, group: tls.CurveP384, check: retried},
		"no-tickets":               {version: v13},

		"chacha20":       {version: v13},
		"chacha20-tls12": {version: v12, suite: tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256},
		"cbc":            {version: v12, suite: tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256},
		"cbc-sha1":       {version: v12, suite: tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA},
		"static-rsa":     {version: v12, suite: tls.TLS_RSA_WITH_AES_128_GCM_SHA256},
		"3des":           {version: v12, suite: tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA},
		"rc4":            {version: v12, suite: tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA},

		"rsa":               {version: v13, check: keyIs(x509.RSA)},
		"rsa-tls12":         {version: v12, check: keyIs(x509.RSA)},
		"rsa-1024":          {version: v13, check: keyIs(x509.RSA)},
		"ed25519":           {version: v13, check: keyIs(x509.Ed25519)},
		"ecdsa-p384":        {version: v13, check: keyIs(x509.ECDSA)},
		"ecdsa-p521":        {version: v13, check: keyIs(x509.ECDSA)},
		"expired":           {version: v13, fails: "expired"},
		"not-yet-valid":     {version: v13, fails: "is not yet valid"},
		"wrong-host":        {version: v13, fails: "valid for elsewhere.tlsprobe.test, not localhost"},
		"self-signed":       {version: v13, fails: "unknown authority", check: chainLength(1)},
		"untrusted-root":    {version: v13, fails: "unknown authority", check: chainLength(2)},
		"incomplete-chain":  {version: v13, fails: "unknown authority", check: chainLength(1)},
		"ocsp-staple":       {version: v13, check: stapled},
		"ocsp-staple-tls12": {version: v12, check: stapled},
		"sct":               {version: v13, check: timestamped},
		"big-chain":         {version: v13, check: chainLength(11)},
		"hostile-names":     {version: v13, check: hostile},

		"alert":                      {fails: "protocol version not supported"},
		"no-cipher":                  {fails: "handshake failure"},
		"no-group":                   {fails: "handshake failure"},
		"no-alpn":                    {fails: "no application protocol"},
		"unrecognized-name":          {fails: "unrecognized name"},
		"client-auth-required":       {fails: "certificate required"},
		"client-auth-required-tls12": {fails: "handshake failure"},

		"bad-signature":       {fails: "invalid signature by the server certificate"},
		"bad-signature-tls12": {fails: "invalid signature by the server certificate"},
		"bad-record":          {fails: "bad record MAC"},
		"cut":                 {fails: "unexpected EOF"},
		"truncate":            {version: v13},
		"slow":                {version: v13},
		"dribble":             {fails: "i/o timeout"},
		"endless":             {version: v13},
		"silent":              {fails: "i/o timeout"},
		"closed":              {fails: "EOF"},
		"reset":               {fails: "reset"},
		"http":                {fails: "does not look like a TLS handshake"},
		"ssh":                 {fails: "does not look like a TLS handshake"},
		"smtp":                {fails: "does not look like a TLS handshake"},
		"garbage":             {fails: "does not look like a TLS handshake"},
		"record-too-long":     {fails: "oversized record"},
		"message-too-long":    {fails: "exceeds maximum"},
	}
}

func TestEveryScenarioKeepsItsPromise(t *testing.T) {
	all := promises()
	for _, s := range Scenarios() {
		want, ok := all[s.Name]
		if !ok {
			t.Errorf("nothing is promised for %s", s.Name)
		}
		delete(all, s.Name)
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			keep(t, s, want)
		})
	}
	for name := range all {
		t.Errorf("there is no scenario %s", name)
	}
}

// keep connects twice: as a client that verifies, and, where that is to fail for trust, as one that doesn't.
func keep(t *testing.T, s Scenario, want promise) {
	srv := start(t, s, Options{})
	config := clientConfig(t, srv)
	state, err := talkTo(t, srv, config)
	if want.fails == "" {
		if err != nil {
			t.Fatal(err)
		}
		compare(t, srv, state, want)
		return
	}
	if err == nil || !strings.Contains(err.Error(), want.fails) {
		t.Fatalf("%v, want %q", err, want.fails)
	}
	if (srv.ExpectOutcome() == OutcomeUntrusted) != (want.version != 0) {
		t.Errorf("expects %s", srv.ExpectOutcome())
	}
	if srv.ExpectOutcome() == OutcomeUntrusted {
		config.InsecureSkipVerify = true
		if state, err = talkTo(t, srv, config); err != nil {
			t.Fatal(err)
		}
		compare(t, srv, state, want)
	}
}

func compare(t *testing.T, srv *Server, got tls.ConnectionState, want promise) {
	t.Helper()
	if got.Version != want.version {
		t.Errorf("version %x", got.Version)
	}
	if want.suite != 0 && got.CipherSuite != want.suite {
		t.Errorf("suite %s", tls.CipherSuiteName(got.CipherSuite))
	}
	if want.group != 0 && got.CurveID != want.group {
		t.Errorf("group %s", got.CurveID)
	}
	if want.check != nil {
		want.check(t, srv, got)
	}
}

func start(t *testing.T, s Scenario, o Options) *Server {
	t.Helper()
	srv, err := Start(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return srv
}

// clientConfig does what the scenario's flags ask for, as far as crypto/tls can.
func clientConfig(t *testing.T, srv *Server) *tls.Config {
	t.Helper()
	c := &tls.Config{ServerName: srv.Host(), RootCAs: x509.NewCertPool(), NextProtos: []string{"h2", "http/1.1"}}
	if !c.RootCAs.AppendCertsFromPEM(srv.RootsPEM()) {
		t.Fatal("no root")
	}
	if chain, key := srv.Client(); key != nil {
		c.Certificates = []tls.Certificate{{Certificate: chain, PrivateKey: key}}
	}
	args := srv.ConnectArgs()
	for len(args) > 0 {
		switch flag := args[0]; flag {
		case "--http", "--resume":
			args = args[1:]
			continue
		case "--min":
			if args[1] != "tls1.0" {
				t.Fatalf("%v", args)
			}
			c.MinVersion = tls.VersionTLS10
		case "--ciphers":
			c.CipherSuites = []uint16{suiteNamed(t, args[1])}
		case "--groups":
			c.CurvePreferences = groupsNamed(t, args[1])
		case "--alpn":
			c.NextProtos = strings.Split(args[1], ",")
		case "--timeout", "--key-shares":
		default:
			t.Fatalf("%s is no flag that this test knows", flag)
		}
		args = args[2:]
	}
	return c
}

func suiteNamed(t *testing.T, name string) uint16 {
	t.Helper()
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if s.Name == name {
			return s.ID
		}
	}
	t.Fatalf("no suite %s", name)
	return 0
}

func groupsNamed(t *testing.T, list string) []tls.CurveID {
	t.Helper()
	known := map[string]tls.CurveID{"x25519": tls.X25519, "secp521r1": tls.CurveP521,
		"SecP256r1MLKEM768": tls.SecP256r1MLKEM768, "SecP384r1MLKEM1024": tls.SecP384r1MLKEM1024}
	var ids []tls.CurveID
	for name := range strings.SplitSeq(list, ",") {
		id, ok := known[name]
		if !ok {
			t.Fatalf("no group %s", name)
		}
		ids = append(ids, id)
	}
	return ids
}

// talkTo connects, and asks for a page: only after that is a refusal of TLS 1.3 sure to have come.
func talkTo(t *testing.T, srv *Server, config *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	limit := 10 * time.Second
	if slices.Contains(srv.ConnectArgs(), "--timeout") {
		limit = time.Second
	}
	tcp, err := net.Dial("tcp", srv.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tcp.Close() }()
	if err := tcp.SetDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	conn := tls.Client(tcp, config)
	if err := conn.Handshake(); err != nil {
		return tls.ConnectionState{}, err
	}
	if conn.ConnectionState().NegotiatedProtocol == "h2" {
		preface := make([]byte, 9)
		_, err := io.ReadFull(conn, preface)
		return conn.ConnectionState(), err
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		return tls.ConnectionState{}, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body := make([]byte, 3)
	if _, err := io.ReadFull(resp.Body, body); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%s %q %v", resp.Status, body, err)
	}
	return conn.ConnectionState(), nil
}

func chainLength(n int) func(*testing.T, *Server, tls.ConnectionState) {
	return func(t *testing.T, _ *Server, c tls.ConnectionState) {
		if len(c.PeerCertificates) != n {
			t.Errorf("%d certificates, want %d", len(c.PeerCertificates), n)
		}
	}
}

func alpn(want string) func(*testing.T, *Server, tls.ConnectionState) {
	return func(t *testing.T, _ *Server, c tls.ConnectionState) {
		if c.NegotiatedProtocol != want {
			t.Errorf("alpn %q", c.NegotiatedProtocol)
		}
	}
}

func keyIs(want x509.PublicKeyAlgorithm) func(*testing.T, *Server, tls.ConnectionState) {
	return func(t *testing.T, _ *Server, c tls.ConnectionState) {
		if got := c.PeerCertificates[0].PublicKeyAlgorithm; got != want {
			t.Errorf("key %s", got)
		}
	}
}

func retried(t *testing.T, _ *Server, c tls.ConnectionState) {
	if !c.HelloRetryRequest {
		t.Error("no HelloRetryRequest")
	}
}

func stapled(t *testing.T, _ *Server, c tls.ConnectionState) {
	r, err := ocsp.ParseResponseForCert(c.OCSPResponse, c.PeerCertificates[0], c.PeerCertificates[1])
	if err != nil || r.Status != ocsp.Good {
		t.Errorf("%+v %v", r, err)
	}
}

func timestamped(t *testing.T, _ *Server, c tls.ConnectionState) {
	if len(c.SignedCertificateTimestamps) != 2 {
		t.Fatalf("%d timestamps", len(c.SignedCertificateTimestamps))
	}
	for _, sct := range c.SignedCertificateTimestamps {
		// version, log_id, timestamp, extensions, two octets of algorithms, signature: RFC 6962, Section 3.2.
		if sct[0] != 0 || len(sct) != 47+int(binary.BigEndian.Uint16(sct[45:])) {
			t.Errorf("malformed: %x", sct)
		}
	}
}

func hostile(t *testing.T, _ *Server, c tls.ConnectionState) {
	for _, cert := range c.PeerCertificates {
		name := cert.Subject.String()
		if !strings.ContainsRune(cert.Subject.CommonName, 0x1b) || len(name) < 60_000 {
			t.Errorf("a harmless name of %d bytes", len(name))
		}
	}
}

func TestChaCha20IsChosenIfNothingElseIsOffered(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl here")
	}
	s, err := Find("chacha20")
	if err != nil {
		t.Fatal(err)
	}
	srv := start(t, s, Options{})
	out, err := exec.CommandContext(t.Context(), "openssl", "s_client", "-connect", srv.Addr().String(),
		"-servername", srv.Host(), "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256", "-tls1_3").CombinedOutput()
	if !bytes.Contains(out, []byte("Cipher is TLS_CHACHA20_POLY1305_SHA256")) {
		t.Errorf("%v: %s", err, out)
	}
}

// The names are in documentation and in scripts: one may be added, none may go.
func TestNamesOfScenariosStay(t *testing.T) {
	const want = "tls13 tls12 tls11 tls10 hello-retry hello-retry-p521 x25519 post-quantum post-quantum-p256 post-quantum-p384 " +
		"client-auth client-auth-tls12 client-certificate client-certificate-tls12 alpn-h2 resumed resumed-tls12 resumed-retry no-tickets chacha20 chacha20-tls12 cbc cbc-sha1 static-rsa 3des rc4 " +
		"rsa rsa-tls12 rsa-1024 ed25519 ecdsa-p384 ecdsa-p521 expired not-yet-valid wrong-host self-signed untrusted-root " +
		"incomplete-chain ocsp-staple ocsp-staple-tls12 sct big-chain hostile-names alert no-cipher no-group no-alpn " +
		"unrecognized-name client-auth-required client-auth-required-tls12 bad-signature bad-signature-tls12 bad-record cut " +
		"truncate slow dribble endless silent closed reset http ssh smtp garbage record-too-long message-too-long"
	var names []string
	for _, s := range Scenarios() {
		names = append(names, s.Name)
		if s.Summary == "" || len(s.Summary) > 90 || strings.HasSuffix(s.Summary, ".") || s.Expect == "" {
			t.Errorf("%s: %q %q", s.Name, s.Summary, s.Expect)
		}
	}
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAMistypedScenarioIsSuggested(t *testing.T) {
	for in, want := range map[string]string{
		"tls1.3": "tls13", "TLS12": "tls12", "helloretry": "hello-retry", "hello-rety": "hello-retry", "expird": "expired",
		"quantum": "post-quantum", "selfsigned": "self-signed", "ocsp": "ocsp-staple",
	} {
		_, err := Find(in)
		var unknown *UnknownScenarioError
		if !errors.As(err, &unknown) || !slices.Contains(unknown.Suggestions, want) || !strings.Contains(unknown.Hint(), want) {
			t.Errorf("%s: %+v", in, unknown)
		}
	}
	for _, in := range []string{"", "x", "nothing-like-it", strings.Repeat("tls13", 1000)} {
		var unknown *UnknownScenarioError
		if _, err := Find(in); !errors.As(err, &unknown) || len(unknown.Suggestions) != 0 {
			t.Errorf("%.20s: %v", in, err)
		}
	}
}

func TestDefaultScenarioIsTheFirst(t *testing.T) {
	if s, err := Find("tls13"); err != nil || Scenarios()[0].Name != s.Name {
		t.Errorf("%v", err)
	}
}

func TestServerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, _ := Find("silent")
	srv, err := Start(ctx, s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", srv.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	cancel()
	if n, err := conn.Read(make([]byte, 1)); err == nil {
		t.Errorf("%d bytes from a silent server that has ended", n)
	}
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	if err := srv.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}
