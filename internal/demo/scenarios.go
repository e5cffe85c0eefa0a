package demo

import (
	"crypto/tls"
	"time"
)

const day = 24 * time.Hour

// Scenarios returns all scenarios, in the order in which they are listed. What they serve is in
// five tables: versions and key exchange, ciphers, certificates, refusals, and bad peers.
func Scenarios() []Scenario {
	var all []Scenario
	for _, part := range [][]Scenario{versions(), ciphers(), certificates(), refusals(), badPeers()} {
		for _, s := range part {
			if s.Expect == "" {
				s.Expect = OutcomeOK
			}
			all = append(all, s)
		}
	}
	return all
}

func versions() []Scenario {
	return []Scenario{
		{Name: "tls13", Summary: "TLS 1.3 as crypto/tls serves it by default"},
		{Name: "tls12", Summary: "a server that stops at TLS 1.2", config: only(tls.VersionTLS12)},
		{Name: "tls11", Summary: "a server that knows only TLS 1.1", config: only(tls.VersionTLS11),
			Args: []string{"--min", "tls1.0"}},
		{Name: "tls10", Summary: "a server that knows only TLS 1.0, with an RSA key", config: only(tls.VersionTLS10),
			identity: identity{key: RSA2048}, Args: []string{"--min", "tls1.0"}},
		{Name: "hello-retry", Summary: "the server wants P-384 and asks for a second ClientHello",
			config: groups(tls.CurveP384)},
		{Name: "hello-retry-p521", Summary: "the same with P-521",
			config: groups(tls.CurveP521), Args: []string{"--groups", "x25519,secp521r1", "--key-shares", "x25519"}},
		{Name: "x25519", Summary: "a server without any hybrid group", config: groups(tls.X25519)},
		{Name: "post-quantum", Summary: "a server that takes X25519MLKEM768 only", config: groups(tls.X25519MLKEM768)},
		{Name: "post-quantum-p256", Summary: "a server that takes SecP256r1MLKEM768 only",
			config: groups(tls.SecP256r1MLKEM768),
			Args:   []string{"--groups", "SecP256r1MLKEM768", "--key-shares", "SecP256r1MLKEM768"}},
		{Name: "post-quantum-p384", Summary: "a server that takes SecP384r1MLKEM1024 only",
			config: groups(tls.SecP384r1MLKEM1024),
			Args:   []string{"--groups", "SecP384r1MLKEM1024", "--key-shares", "SecP384r1MLKEM1024"}},
		{Name: "client-auth", Summary: "the server asks for a client certificate and goes on without",
			config: func(c *tls.Config) { c.ClientAuth = tls.RequestClientCert }},
		{Name: "client-auth-tls12", Summary: "the same in TLS 1.2",
			config: both(only(tls.VersionTLS12), func(c *tls.Config) { c.ClientAuth = tls.RequestClientCert })},
		{Name: "client-certificate", Summary: "the server demands a client certificate and gets one", client: true,
			config: func(c *tls.Config) { c.ClientAuth = tls.RequireAndVerifyClientCert }},
		{Name: "client-certificate-tls12", Summary: "the same in TLS 1.2", client: true,
			config: both(only(tls.VersionTLS12), func(c *tls.Config) { c.ClientAuth = tls.RequireAndVerifyClientCert })},
		{Name: "alpn-h2", Summary: "a server that speaks HTTP/2 and then says nothing",
			config: func(c *tls.Config) { c.NextProtos = []string{"h2"} }, talk: idleHTTP2},
		{Name: "resumed", Summary: "a second connection takes up the session of the first, by ticket", Args: []string{"--resume"}},
		{Name: "resumed-tls12", Summary: "the same in TLS 1.2, with an abbreviated handshake", config: only(tls.VersionTLS12),
			Args: []string{"--resume"}},
		{Name: "resumed-retry", Summary: "the same in TLS 1.3, after a second ClientHello", config: groups(tls.CurveP384),
			Args: []string{"--resume"}},
		{Name: "no-tickets", Summary: "TLS 1.3 without session tickets",
			config: func(c *tls.Config) { c.SessionTicketsDisabled = true }},
	}
}

func ciphers() []Scenario {
	suite := func(id uint16) func(*tls.Config) {
		return both(only(tls.VersionTLS12), func(c *tls.Config) { c.CipherSuites = []uint16{id} })
	}
	named := func(name string) []string { return []string{"--ciphers", name} }
	old := func(name string) []string { return []string{"--min", "tls1.0", "--ciphers", name} }
	rsa := identity{key: RSA2048}
	return []Scenario{
		// crypto/tls has no choice of TLS 1.3 suites: the client's flag makes it.
		{Name: "chacha20", Summary: "ChaCha20-Poly1305 in TLS 1.3, since the client offers nothing else",
			Args: named("TLS_CHACHA20_POLY1305_SHA256")},
		{Name: "chacha20-tls12", Summary: "ChaCha20-Poly1305 in TLS 1.2",
			config: suite(tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256)},
		{Name: "cbc", Summary: "AES-CBC with HMAC-SHA-256 in TLS 1.2", config: suite(tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256),
			Args: named("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256")},
		{Name: "cbc-sha1", Summary: "AES-CBC with HMAC-SHA-1 in TLS 1.2", config: suite(tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA),
			Args: named("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA")},
		{Name: "static-rsa", Summary: "RSA key transport: no forward secrecy", identity: rsa,
			config: suite(tls.TLS_RSA_WITH_AES_128_GCM_SHA256), Args: named("TLS_RSA_WITH_AES_128_GCM_SHA256")},
		{Name: "3des", Summary: "3DES: 64-bit blocks", identity: rsa,
			config: suite(tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA), Args: old("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA")},
		{Name: "rc4", Summary: "RC4: prohibited since RFC 7465", identity: rsa,
			config: suite(tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA), Args: old("TLS_ECDHE_RSA_WITH_RC4_128_SHA")},
	}
}

func certificates() []Scenario {
	return []Scenario{
		{Name: "rsa", Summary: "RSA 2048 throughout", identity: identity{key: RSA2048, issuer: RSA2048}},
		{Name: "rsa-tls12", Summary: "an RSA key in TLS 1.2", identity: identity{key: RSA2048}, config: only(tls.VersionTLS12)},
		{Name: "rsa-1024", Summary: "an RSA key that is too small today", Expect: OutcomeUntrusted, identity: identity{key: RSA1024}},
		{Name: "ed25519", Summary: "an Ed25519 key", identity: identity{key: Ed25519, issuer: Ed25519}},
		{Name: "ecdsa-p384", Summary: "ECDSA with P-384", identity: identity{key: ECDSAP384, issuer: ECDSAP384}},
		{Name: "ecdsa-p521", Summary: "ECDSA with P-521", identity: identity{key: ECDSAP521, issuer: ECDSAP521}},
		{Name: "expired", Summary: "a certificate that ended yesterday", Expect: OutcomeUntrusted,
			identity: identity{starts: -91 * day, ends: -day}},
		{Name: "not-yet-valid", Summary: "a certificate that begins tomorrow", Expect: OutcomeUntrusted,
			identity: identity{starts: day, ends: 91 * day}},
		{Name: "wrong-host", Summary: "a certificate for another name", Expect: OutcomeUntrusted,
			identity: identity{names: []string{"elsewhere.tlsprobe.test"}}},
		{Name: "self-signed", Summary: "a certificate that signed itself", Expect: OutcomeUntrusted,
			identity: identity{selfSigned: true}},
		{Name: "untrusted-root", Summary: "a good chain to a root that the client does not trust", Expect: OutcomeUntrusted,
			identity: identity{stranger: true}},
		{Name: "incomplete-chain", Summary: "the server forgot its intermediate", Expect: OutcomeUntrusted,
			identity: identity{incomplete: true}},
		{Name: "ocsp-staple", Summary: "a stapled OCSP response: good", identity: identity{staple: true}},
		{Name: "ocsp-staple-tls12", Summary: "the same in TLS 1.2, as CertificateStatus", identity: identity{staple: true},
			config: only(tls.VersionTLS12)},
		{Name: "sct", Summary: "two certificate timestamps of a log that nobody knows", identity: identity{scts: true}},
		{Name: "big-chain", Summary: "ten intermediates and a thousand names: a Certificate over several records",
			identity: identity{intermediates: 10, names: manyNames()}},
		{Name: "hostile-names", Summary: "terminal escapes, line ends, bidi controls and 60 kB in the certificate's names",
			identity: identity{subject: hostileName, issuerName: hostileName}},
	}
}

func refusals() []Scenario {
	return []Scenario{
		{Name: "alert", Summary: "the server refuses every version: protocol_version", Expect: OutcomeHandshakeFailed,
			config: only(tls.VersionTLS10)},
		{Name: "no-cipher", Summary: "no cipher suite in common: handshake_failure", Expect: OutcomeHandshakeFailed,
			// Suites for RSA with an ECDSA key: none of them can be used.
			config: both(only(tls.VersionTLS12), func(c *tls.Config) {
				c.CipherSuites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
			})},
		{Name: "no-group", Summary: "no group in common: handshake_failure", Expect: OutcomeHandshakeFailed,
			config: groups(tls.CurveP521), Args: []string{"--groups", "x25519"}},
		{Name: "no-alpn", Summary: "no protocol in common: no_application_protocol", Expect: OutcomeHandshakeFailed,
			config: func(c *tls.Config) { c.NextProtos = []string{"tlsprobe-demo"} }, Args: []string{"--alpn", "h2,http/1.1"}},
		{Name: "unrecognized-name", Summary: "the server knows no such host: unrecognized_name", Expect: OutcomeHandshakeFailed,
			config: func(c *tls.Config) {
				c.Certificates = nil
				c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }
			}},
		{Name: "client-auth-required", Summary: "no entry without a client certificate: certificate_required",
			Expect: OutcomeHandshakeFailed,
			config: func(c *tls.Config) { c.ClientAuth = tls.RequireAndVerifyClientCert }},
		{Name: "client-auth-required-tls12", Summary: "the same in TLS 1.2: handshake_failure", Expect: OutcomeHandshakeFailed,
			config: both(only(tls.VersionTLS12), func(c *tls.Config) { c.ClientAuth = tls.RequireAndVerifyClientCert })},
	}
}

func badPeers() []Scenario {
	brief := []string{"--timeout", "2s"}
	return []Scenario{
		{Name: "bad-signature", Summary: "CertificateVerify made with another key", Expect: OutcomeHandshakeFailed,
			identity: identity{impostor: true}},
		{Name: "bad-signature-tls12", Summary: "ServerKeyExchange signed with another key", Expect: OutcomeHandshakeFailed,
			identity: identity{impostor: true}, config: only(tls.VersionTLS12)},
		{Name: "bad-record", Summary: "one bit of the first encrypted record is wrong", Expect: OutcomeHandshakeFailed, wrap: flipBit},
		{Name: "cut", Summary: "the connection ends in the middle of the server's flight", Expect: OutcomeHandshakeFailed, wrap: cutFlight},
		{Name: "truncate", Summary: "TCP ends after the data, without close_notify", talk: leaveSilently, Args: []string{"--http"}},
		{Name: "slow", Summary: "the server's bytes come in small pieces, and all in time", wrap: inPieces},
		{Name: "dribble", Summary: "one byte every 100 ms", Expect: OutcomeHandshakeFailed, wrap: byByte, Args: brief},
		{Name: "endless", Summary: "application data that never stops", talk: neverStop, Args: []string{"--http"}},
		{Name: "silent", Summary: "a connection and then nothing", Expect: OutcomeNetwork, raw: sayNothing, Args: brief},
		{Name: "closed", Summary: "the server hangs up after the ClientHello", Expect: OutcomeHandshakeFailed, raw: hangUp},
		{Name: "reset", Summary: "the server resets the connection", Expect: OutcomeHandshakeFailed, raw: reset},
		{Name: "http", Summary: "HTTP without TLS on the port", Expect: OutcomeHandshakeFailed, raw: plainHTTP},
		{Name: "ssh", Summary: "an SSH server on the port", Expect: OutcomeHandshakeFailed, raw: banner("SSH-2.0-tlsprobe_demo\r\n")},
		{Name: "smtp", Summary: "an SMTP server that waits for STARTTLS", Expect: OutcomeHandshakeFailed,
			raw: banner("220 mail.tlsprobe.test ESMTP ready\r\n")},
		{Name: "garbage", Summary: "random bytes", Expect: OutcomeHandshakeFailed, raw: garbage},
		{Name: "record-too-long", Summary: "a record of 65,535 bytes", Expect: OutcomeHandshakeFailed, raw: longRecord},
		{Name: "message-too-long", Summary: "a handshake message of 16 MB", Expect: OutcomeHandshakeFailed, raw: longMessage},
	}
}

// only restricts the server to one version. Naming it enables it also below TLS 1.2.
func only(version uint16) func(*tls.Config) {
	return func(c *tls.Config) { c.MinVersion, c.MaxVersion = version, version }
}

func groups(ids ...tls.CurveID) func(*tls.Config) {
	return func(c *tls.Config) { c.CurvePreferences = ids }
}

func both(a, b func(*tls.Config)) func(*tls.Config) {
	return func(c *tls.Config) { a(c); b(c) }
}
