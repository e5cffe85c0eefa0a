package interop

import (
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// proofs are the schemes that a key of each kind signs with, by version.
var proofs = []struct {
	kind  testpeer.KeyKind
	tls12 []iana.SignatureScheme
	tls13 []iana.SignatureScheme
}{
	{
		testpeer.RSA2048,
		[]iana.SignatureScheme{
			iana.RSAPKCS1SHA1, iana.RSAPKCS1SHA256, iana.RSAPKCS1SHA384, iana.RSAPKCS1SHA512,
			iana.RSAPSSRSAESHA256, iana.RSAPSSRSAESHA384, iana.RSAPSSRSAESHA512,
		},
		[]iana.SignatureScheme{iana.RSAPSSRSAESHA256, iana.RSAPSSRSAESHA384, iana.RSAPSSRSAESHA512},
	},
	{
		testpeer.RSA1024,
		[]iana.SignatureScheme{iana.RSAPKCS1SHA1, iana.RSAPKCS1SHA256, iana.RSAPSSRSAESHA256},
		[]iana.SignatureScheme{iana.RSAPSSRSAESHA256, iana.RSAPSSRSAESHA384},
	},
	{testpeer.RSA512, []iana.SignatureScheme{iana.RSAPKCS1SHA1, iana.RSAPKCS1SHA256}, nil}, // too short for PSS
	{
		testpeer.RSAPSS2048,
		[]iana.SignatureScheme{iana.RSAPSSPSSSHA256, iana.RSAPSSPSSSHA384, iana.RSAPSSPSSSHA512},
		[]iana.SignatureScheme{iana.RSAPSSPSSSHA256, iana.RSAPSSPSSSHA384, iana.RSAPSSPSSSHA512},
	},
	{
		testpeer.ECDSAP256,
		[]iana.SignatureScheme{iana.ECDSASHA1, iana.ECDSASecp256r1SHA256, iana.ECDSASecp384r1SHA384},
		[]iana.SignatureScheme{iana.ECDSASecp256r1SHA256},
	},
	{testpeer.ECDSAP384, []iana.SignatureScheme{iana.ECDSASecp256r1SHA256, iana.ECDSASecp384r1SHA384}, []iana.SignatureScheme{iana.ECDSASecp384r1SHA384}},
	{testpeer.ECDSAP521, []iana.SignatureScheme{iana.ECDSASecp256r1SHA256, iana.ECDSASecp521r1SHA512}, []iana.SignatureScheme{iana.ECDSASecp521r1SHA512}},
	{testpeer.Ed25519, []iana.SignatureScheme{iana.Ed25519}, []iana.SignatureScheme{iana.Ed25519}},
	{testpeer.Ed448, []iana.SignatureScheme{iana.Ed448}, []iana.SignatureScheme{iana.Ed448}},
	{testpeer.DSA1024, []iana.SignatureScheme{dsaSHA1, dsaSHA256}, nil},
}

func TestCertificateOfEveryKindIsProvedInEveryScheme(t *testing.T) {
	testpeer.Need(t, "openssl")
	for _, p := range proofs {
		pair := pki.Issue(t, p.kind)
		server := testpeer.OpenSSL(t, "-rev", "-cert", pair.Cert, "-key", pair.Key, "-cipher", anything)
		for _, scheme := range p.tls12 {
			t.Run(string(p.kind)+"/TLS 1.2/"+scheme.String(), func(t *testing.T) {
				checkProof(t, server, iana.TLS12, scheme)
			})
		}
		for _, scheme := range p.tls13 {
			t.Run(string(p.kind)+"/TLS 1.3/"+scheme.String(), func(t *testing.T) {
				checkProof(t, server, iana.TLS13, scheme)
			})
		}
		if p.tls13 == nil && p.kind != testpeer.RSA512 || p.kind == testpeer.RSA2048 || p.kind == testpeer.ECDSAP256 {
			for _, v := range []iana.Version{iana.TLS10, iana.TLS11} {
				t.Run(string(p.kind)+"/"+v.String(), func(t *testing.T) { checkProof(t, server, v, 0) })
			}
		}
	}
}

func TestCertificateOfEveryKindIsProvedByGnuTLSToo(t *testing.T) {
	testpeer.Need(t, "gnutls-serv")
	for _, p := range proofs {
		server := gnutlsServer(t, everything, p.kind)
		for _, v := range []iana.Version{iana.TLS10, iana.TLS11, iana.TLS12, iana.TLS13} {
			// Before TLS 1.2 there are RSA, DSA and ECDSA with SHA-1 alone.
			old := p.kind == testpeer.RSA2048 || p.kind == testpeer.RSA1024 || p.kind == testpeer.DSA1024 || p.kind == testpeer.ECDSAP256
			if v < iana.TLS12 && !old || v == iana.TLS13 && p.tls13 == nil {
				continue
			}
			t.Run(string(p.kind)+"/"+v.String(), func(t *testing.T) {
				offer := every(v, v)
				offer.CipherSuites = withoutStaticRSA(offer.CipherSuites)
				if v == iana.TLS12 {
					offer.Schemes = append(slices.Clone(p.tls12), iana.ECDSASecp256r1SHA256) // the latter for the certificate's
				}
				tr := completes(t, server.Addr, offer, echoed)
				terms{version: v}.holds(t, tr)
				if !passed(tr, "handshake.server_key_exchange") && !passed(tr, "handshake.certificate_verify") {
					t.Errorf("nothing was proved\n%s", story(tr))
				}
			})
		}
	}
}

func TestSaltThatIsTooShortIsAWrongSignatureForUsAndOpenSSL(t *testing.T) {
	testpeer.Need(t, "gnutls-serv")
	// 512 bits have no room for a salt of 32 bytes; GnuTLS takes a shorter one, which RFC 8446,
	// Section 4.2.3, forbids.
	server := gnutlsServer(t, everything, testpeer.RSA512)
	offer := every(iana.TLS12, iana.TLS12)
	offer.CipherSuites = withoutStaticRSA(offer.CipherSuites)
	offer.Schemes = []iana.SignatureScheme{iana.RSAPSSRSAESHA256, iana.ECDSASecp256r1SHA256}
	tr := drive(t, server.Addr, offer, echoed)
	if tr.Outcome != trace.HandshakeFailed || tr.Error == nil || tr.Error.Kind != string(handshake.ProofFailed) {
		t.Errorf("the outcome is %s\n%s", tr.Outcome, story(tr))
	}
	other := testpeer.SClient(t, server.Addr, "-tls1_2", "-cipher", "ECDHE:@SECLEVEL=0", "-sigalgs", "RSA-PSS+SHA256:ECDSA+SHA256")
	if other.Code == 0 || !strings.Contains(other.Output, "bad signature") {
		t.Errorf("s_client: %s", other.Output)
	}
}

// checkProof offers one scheme, so that the server has no choice; 0 leaves it to the version.
func checkProof(t *testing.T, server *testpeer.Server, v iana.Version, scheme iana.SignatureScheme) {
	t.Helper()
	offer := every(v, v)
	offer.CipherSuites = withoutStaticRSA(offer.CipherSuites)
	if scheme != 0 {
		// What signed the certificate has to be there too.
		offer.Schemes = []iana.SignatureScheme{scheme, iana.ECDSASecp256r1SHA256}
	}
	tr := completes(t, server.Addr, offer, reversed)
	terms{version: v, scheme: scheme}.holds(t, tr)
	proof, other := "handshake.server_key_exchange", "handshake.certificate_verify"
	if v == iana.TLS13 {
		proof, other = other, proof
	}
	if !passed(tr, proof) || passed(tr, other) {
		t.Errorf("the proof is not %s alone\n%s", proof, story(tr))
	}
}

// withoutStaticRSA leaves suites in which the certificate's key signs.
func withoutStaticRSA(suites []iana.CipherSuite) []iana.CipherSuite {
	var kept []iana.CipherSuite
	for _, s := range suites {
		p, _ := s.Params()
		if p.KeyExchange != iana.KeyExchangeRSA && p.Authentication != iana.AuthenticationAnon {
			kept = append(kept, s)
		}
	}
	return kept
}

func TestClientCertificateThatIsAskedForIsDeclined(t *testing.T) {
	testpeer.Need(t, "openssl")
	pair := pki.Issue(t, testpeer.ECDSAP256)
	asks := testpeer.OpenSSL(t, "-rev", "-cert", pair.Cert, "-key", pair.Key, "-verify", "1", "-CAfile", pki.Root(t))
	demands := testpeer.OpenSSL(t, "-rev", "-cert", pair.Cert, "-key", pair.Key, "-Verify", "1", "-CAfile", pki.Root(t))
	for _, v := range []iana.Version{iana.TLS12, iana.TLS13} {
		t.Run(v.String()+"/asked", func(t *testing.T) {
			tr := completes(t, asks.Addr, every(v, v), reversed)
			terms{version: v, asked: new(true)}.holds(t, tr)
			if count(tr, trace.Sent, "certificate") != 1 || count(tr, trace.Sent, "certificate_verify") != 0 {
				t.Errorf("the answer is not an empty certificate\n%s", story(tr))
			}
		})
		t.Run(v.String()+"/demanded", func(t *testing.T) {
			tr := drive(t, demands.Addr, every(v, v), reversed)
			terms{version: v, asked: new(true)}.holds(t, tr)
			if tr.Outcome != trace.HandshakeFailed || count(tr, trace.Received, "alert") != 1 {
				t.Errorf("the outcome is %s\n%s", tr.Outcome, story(tr))
			}
		})
	}
}
