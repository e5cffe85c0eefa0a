package handshake

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// checkClient verifies the client's signature by the standard library, over the peer's own transcript.
func (p *peer) checkClient(m *message.CertificateVerify) {
	leaf, err := x509.ParseCertificate(p.leaf)
	p.must(err)
	content := p.heard
	if p.version >= iana.TLS13 { // RFC 8446, Section 4.4.3
		content = append([]byte(strings.Repeat(" ", 64)+"TLS 1.3, client CertificateVerify\x00"), sum(p.hash(), p.heard)...)
	}
	if err := verifyAs(leaf.PublicKey, p.version, m.Algorithm, content, m.Signature); err != nil {
		if !p.lenient {
			p.t.Errorf("the client's CertificateVerify by %s: %v", m.Algorithm, err)
		}
		return
	}
	p.proved++
}

// hashOf is the hash of the schemes that clients sign by.
var hashOf = map[iana.SignatureScheme]crypto.Hash{
	iana.RSAPKCS1SHA1: crypto.SHA1, iana.ECDSASHA1: crypto.SHA1,
	iana.RSAPKCS1SHA256: crypto.SHA256, iana.RSAPKCS1SHA384: crypto.SHA384, iana.RSAPKCS1SHA512: crypto.SHA512,
	iana.RSAPKCS1SHA256Legacy: crypto.SHA256,
	iana.RSAPSSRSAESHA256:     crypto.SHA256, iana.RSAPSSRSAESHA384: crypto.SHA384, iana.RSAPSSRSAESHA512: crypto.SHA512,
	iana.ECDSASecp256r1SHA256: crypto.SHA256, iana.ECDSASecp384r1SHA384: crypto.SHA384, iana.ECDSASecp521r1SHA512: crypto.SHA512,
}

func verifyAs(key any, v iana.Version, s iana.SignatureScheme, content, sig []byte) error {
	h := hashOf[s]
	if v < iana.TLS12 {
		if h = crypto.MD5SHA1; s != 0 {
			return fmt.Errorf("a scheme %s in %s", s, v)
		}
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		if strings.HasPrefix(s.Name(), "rsa_pss") {
			return rsa.VerifyPSS(key, h, sum(h, content), sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		}
		return rsa.VerifyPKCS1v15(key, h, sum(h, content), sig)
	case *ecdsa.PublicKey:
		if v < iana.TLS12 {
			h = crypto.SHA1
		}
		if !ecdsa.VerifyASN1(key, sum(h, content), sig) {
			return rsa.ErrVerification
		}
		return nil
	case ed25519.PublicKey:
		if s != iana.Ed25519 || !ed25519.Verify(key, content, sig) {
			return rsa.ErrVerification
		}
		return nil
	}
	return fmt.Errorf("a key %T", key)
}

var (
	p384Identity = sync.OnceValue(func() *identity { return issue(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)) })
	p521Identity = sync.OnceValue(func() *identity { return issue(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)) })
	edIdentity   = sync.OnceValue(func() *identity {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return issue(key, err)
	})
)

// signingCase is what a client with a key makes of what a server takes.
type signingCase struct {
	version iana.Version
	key     func() *identity
	takes   []iana.SignatureScheme
	types   []iana.ClientCertificateType // nil for all
	want    iana.SignatureScheme         // 0 before TLS 1.2
	says    string                       // why there is none; empty for a proof
}

var signingCases = []signingCase{
	{version: iana.TLS13, key: rsaIdentity, takes: []iana.SignatureScheme{iana.RSAPKCS1SHA256, iana.ECDSASecp256r1SHA256, iana.RSAPSSRSAESHA384, iana.RSAPSSRSAESHA256}, want: iana.RSAPSSRSAESHA384},
	{version: iana.TLS13, key: ecdsaIdentity, takes: []iana.SignatureScheme{iana.ECDSASecp384r1SHA384, iana.ECDSASecp256r1SHA256}, want: iana.ECDSASecp256r1SHA256},
	{version: iana.TLS13, key: p384Identity, takes: []iana.SignatureScheme{iana.ECDSASecp256r1SHA256, iana.ECDSASecp384r1SHA384}, want: iana.ECDSASecp384r1SHA384},
	{version: iana.TLS13, key: p521Identity, takes: []iana.SignatureScheme{iana.ECDSASecp521r1SHA512}, want: iana.ECDSASecp521r1SHA512},
	{version: iana.TLS13, key: edIdentity, takes: []iana.SignatureScheme{iana.ECDSASecp256r1SHA256, iana.Ed25519}, want: iana.Ed25519},
	{version: iana.TLS13, key: weakRSAIdentity, takes: []iana.SignatureScheme{iana.RSAPSSRSAESHA512, iana.RSAPSSRSAESHA256}, want: iana.RSAPSSRSAESHA256}, // too short for the first
	{version: iana.TLS13, key: rsaIdentity, takes: []iana.SignatureScheme{iana.RSAPKCS1SHA256Legacy}, want: iana.RSAPKCS1SHA256Legacy},                    // RFC 9963
	{version: iana.TLS13, key: rsaIdentity, takes: []iana.SignatureScheme{iana.RSAPKCS1SHA256, iana.RSAPKCS1SHA1}, says: "none of the 2 schemes"},
	{version: iana.TLS13, key: ecdsaIdentity, takes: []iana.SignatureScheme{iana.ECDSASHA1, iana.ECDSASecp384r1SHA384}, says: "none of the 2 schemes"},
	{version: iana.TLS12, key: rsaIdentity, takes: []iana.SignatureScheme{iana.RSAPKCS1SHA1, iana.RSAPKCS1SHA512}, want: iana.RSAPKCS1SHA512},
	{version: iana.TLS12, key: rsaIdentity, takes: []iana.SignatureScheme{iana.RSAPKCS1SHA1}, want: iana.RSAPKCS1SHA1},
	{version: iana.TLS12, key: rsaIdentity, takes: []iana.SignatureScheme{iana.RSAPSSRSAESHA256}, want: iana.RSAPSSRSAESHA256},
	{version: iana.TLS12, key: rsaIdentity, takes: []iana.SignatureScheme{iana.RSAMD5}, says: "none of the 1 schemes"},
	{version: iana.TLS12, key: rsaIdentity, takes: []iana.SignatureScheme{iana.RSAPKCS1SHA256Legacy}, says: "none of the 1 schemes"},
	{version: iana.TLS12, key: p384Identity, takes: []iana.SignatureScheme{iana.ECDSASecp256r1SHA256}, want: iana.ECDSASecp256r1SHA256}, // not bound to the curve
	{version: iana.TLS12, key: edIdentity, takes: []iana.SignatureScheme{iana.Ed25519}, want: iana.Ed25519},
	{version: iana.TLS12, key: ecdsaIdentity, takes: []iana.SignatureScheme{iana.ECDSASecp256r1SHA256}, types: []iana.ClientCertificateType{1}, says: "takes no certificate with a key of ECDSA"},
	{version: iana.TLS11, key: rsaIdentity},
	{version: iana.TLS11, key: ecdsaIdentity},
	{version: iana.TLS10, key: rsaIdentity},
	{version: iana.TLS10, key: p521Identity},
	{version: iana.TLS11, key: edIdentity, says: "can't sign in TLS 1.1"},
	{version: iana.TLS11, key: ecdsaIdentity, types: []iana.ClientCertificateType{1, 3}, says: "takes no certificate with a key of ECDSA"},
}

func (c *signingCase) request(*peer) message.Message {
	if c.version >= iana.TLS13 {
		return &message.CertificateRequest{Extensions: message.Extensions{{Type: iana.ExtSignatureAlgorithms, Body: &message.SignatureAlgorithms{Schemes: c.takes}}}}
	}
	types := c.types
	if types == nil {
		types = []iana.ClientCertificateType{1, 2, 64}
	}
	return &message.CertificateRequest12{CertificateTypes: types, Algorithms: c.takes}
}

// run makes a handshake in which the server asks as the case has it.
func (c *signingCase) run(t *testing.T) *peer {
	say := saying{"certificate_request", c.request, nil}
	set, f := withCredential(c.key, nil), flow{sayHello13, sayEncryptedExtensions, say, sayCertificate, sayVerify, sayFinished}
	switch {
	case c.version == iana.TLS12:
		set, f = withCredential(c.key, choose12()), flow{sayHello12, sayCertificate, sayKeyExchange, say, sayDone, sayChange, sayFinished}
	case c.version < iana.TLS12:
		set = withCredential(c.key, func(p *peer) { choose11(p); p.version = c.version })
		f = flow{sayHello12, sayCertificate, sayKeyExchange, say, sayDone, sayChange, sayFinished}
	}
	p := newPeer(t, Config{Observed: true}, set)
	p.run(f, nil)
	return p
}

func TestAClientSignsByTheFirstSchemeOfTheServersThatItsKeyCan(t *testing.T) {
	for _, c := range signingCases {
		name := fmt.Sprintf("%s %v %v", c.version, c.takes, c.types)
		t.Run(name, func(t *testing.T) {
			p := c.run(t)
			found, _ := p.findings(finding.HandshakeClientCertificate)
			if p.closed != nil || p.est != 1 || len(found) != 1 {
				t.Fatalf("closed %+v, established %d times, found %+v", p.closed, p.est, found)
			}
			if c.says != "" {
				if p.leaf != nil || p.proved != 0 || found[0].Status != finding.Warn || !strings.Contains(found[0].Message, c.says) {
					t.Errorf("it proved %d times, and says %+v", p.proved, found[0])
				}
				return
			}
			if p.proved != 1 || found[0].Status != finding.Pass {
				t.Errorf("it proved %d times, and says %+v", p.proved, found[0])
			}
			for _, s := range p.sends {
				if v, ok := s.Message.(*message.CertificateVerify); ok && v.Algorithm != c.want {
					t.Errorf("signed by %s, want %s", v.Algorithm, c.want)
				}
			}
		})
	}
}

func TestTheContextOfTheRequestComesBack(t *testing.T) {
	p := newPeer(t, Config{Observed: true}, tls13Proved.set)
	f := slices.Clone(tls13Proved.flow)
	f[2].make = func(p *peer) message.Message {
		m := makeRequest13(p).(*message.CertificateRequest)
		m.RequestContext = []byte("context")
		return m
	}
	p.run(f, nil)
	for _, s := range p.sends {
		if c, ok := s.Message.(*message.Certificate); ok && string(c.RequestContext) != "context" {
			t.Errorf("context %q", c.RequestContext)
		}
	}
	if p.proved != 1 {
		t.Errorf("proved %d times", p.proved)
	}
}

func TestAnIssuerThatTheServerDoesNotNameIsSaid(t *testing.T) {
	p := newPeer(t, Config{Observed: true}, tls12Proved.set)
	f := slices.Clone(tls12Proved.flow)
	f[3].make = func(p *peer) message.Message {
		m := makeRequest12(p).(*message.CertificateRequest12)
		m.Authorities = []message.DistinguishedName{{DER: []byte{0x30, 0}}}
		return m
	}
	p.run(f, nil)
	found, _ := p.findings(finding.HandshakeClientCertificate)
	if len(found) != 1 || found[0].Status != finding.Pass || !strings.Contains(found[0].Message, "none of the authorities") {
		t.Errorf("found %+v", found)
	}
}

func TestARefusalOfTheClientCertificateIsToldAsSuch(t *testing.T) {
	for _, s := range []scenario{tls13Proved, tls12Proved} {
		for _, r := range clientRefusals {
			p := newPeer(t, Config{}, s.set)
			if s.name == tls13Proved.name { // the server's Finished comes before it has seen the certificate
				p.run(s.flow, nil)
			} else {
				p.run(s.flow[:5], nil)
			}
			p.alerts(iana.Fatal, r.alert)
			if p.closed == nil || p.closed.Err == nil || p.closed.Err.Kind != PeerAlert || p.closed.Err.Alert != r.alert ||
				!strings.Contains(p.closed.Err.Message, "refused the client certificate") || !strings.Contains(p.closed.Err.Message, r.cause) {
				t.Errorf("%s, %s: %+v", s.name, r.alert, p.closed)
			}
		}
	}
	for _, c := range []struct {
		in    scenario
		alert iana.AlertDescription
		says  string
	}{
		{tls13Client, iana.AlertCertificateRequired, "without a client certificate"},
		{tls13Proved, iana.AlertDecryptError, "could not verify the client's signature"},
		{tls13Client, iana.AlertDecryptError, "the server answered with the alert decrypt_error (51)"},
	} {
		p := newPeer(t, Config{}, c.in.set)
		p.run(c.in.flow, nil)
		if p.alerts(iana.Fatal, c.alert); p.closed == nil || !strings.Contains(p.closed.Err.Message, c.says) {
			t.Errorf("%s, %s: %+v", c.in.name, c.alert, p.closed)
		}
	}
}

// In SSL 3.0 an alert says that there is no certificate. RFC 6101, Section 5.6.6.
func TestSSL30DeclinesByAlert(t *testing.T) {
	for _, set := range []func(*peer){nil, withCredential(rsaIdentity, nil)} {
		p := newPeer(t, Config{}, func(p *peer) {
			if set != nil {
				set(p)
			}
			p.version, p.suite, p.id, p.lenient = iana.SSL30, iana.TLS_RSA_WITH_AES_128_CBC_SHA, rsaIdentity(), true
			p.offer = DefaultOffer(iana.SSL30, iana.SSL30)
		})
		p.run(flow{sayHello12, sayCertificate, sayRequest12, sayDone}, nil)
		if len(p.sends) < 3 || p.sends[1].Type != iana.Alert || string(p.sends[1].Raw) != string([]byte{1, byte(iana.AlertNoCertificate)}) {
			t.Fatalf("sent %+v", p.sends[1:])
		}
		if _, ok := p.sends[2].Message.(*message.ClientKeyExchange); !ok {
			t.Errorf("then sent %+v", p.sends[2])
		}
	}
}

// failingKey is a Signer that does not sign.
type failingKey struct{ crypto.Signer }

func (failingKey) Sign(_ io.Reader, _ []byte, _ crypto.SignerOpts) ([]byte, error) {
	return nil, fmt.Errorf("the token was pulled out")
}

func TestAKeyThatDoesNotSignEndsTheHandshakeHere(t *testing.T) {
	for _, s := range []scenario{tls13Proved, tls12Proved, tls11Proved} {
		p := newPeer(t, Config{}, func(p *peer) {
			s.set(p)
			p.credential.Key = failingKey{p.credential.Key}
		})
		p.run(s.flow, nil)
		if p.closed == nil || p.closed.Err == nil || p.closed.Err.Kind != Local || !strings.Contains(p.closed.Err.Message, "pulled out") || p.est != 0 {
			t.Errorf("%s: %+v", s.name, p.closed)
		}
	}
}
