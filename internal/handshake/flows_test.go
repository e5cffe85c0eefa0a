package handshake

import (
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/kex"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// saying is one thing that a server says: a message, or, where make is nil, a change_cipher_spec.
type saying struct {
	name  string
	make  func(*peer) message.Message
	after func(*peer)
}

// flow is all that a server says in a handshake, and shortly after.
type flow []saying

var (
	sayRetry               = saying{"hello_retry_request", makeRetry, nil}
	sayHello13             = saying{"server_hello", makeHello13, (*peer).agree13}
	sayEncryptedExtensions = saying{"encrypted_extensions", makeEncryptedExtensions, nil}
	sayRequest13           = saying{"certificate_request", makeRequest13, nil}
	sayCertificate         = saying{"certificate", makeCertificate, nil}
	sayVerify              = saying{"certificate_verify", makeVerify, nil}
	sayFinished            = saying{"finished", makeFinished, nil}
	sayTicket13            = saying{"new_session_ticket", makeTicket13, nil}
	sayKeyUpdate           = saying{"key_update", makeKeyUpdate, nil}

	sayHello12       = saying{"server_hello", makeHello12, nil}
	sayStatus        = saying{"certificate_status", makeStatus, nil}
	sayKeyExchange   = saying{"server_key_exchange", makeKeyExchange, nil}
	sayRequest12     = saying{"certificate_request", makeRequest12, nil}
	sayDone          = saying{"server_hello_done", makeDone, nil}
	sayTicket12      = saying{"new_session_ticket", makeTicket12, nil}
	sayChange        = saying{name: "change_cipher_spec"}
	sayHelloRequest  = saying{"hello_request", func(*peer) message.Message { return &message.HelloRequest{} }, nil}
	ticketExtension  = message.Extension{Type: iana.ExtSessionTicket, Body: &message.SessionTicket{}}
	statusExtension  = message.Extension{Type: iana.ExtStatusRequest, Body: &message.Acknowledgement{}}
	emsExtension     = message.Extension{Type: iana.ExtExtendedMasterSecret, Body: &message.Acknowledgement{}}
	bindingExtension = message.Extension{Type: iana.ExtRenegotiationInfo, Body: &message.RenegotiationInfo{}}
)

// scenario is a flow with what the server chooses.
type scenario struct {
	name string
	set  func(*peer)
	flow flow
}

var tls13 = scenario{"TLS 1.3", nil, flow{
	sayHello13, sayChange, sayEncryptedExtensions, sayCertificate, sayVerify, sayFinished, sayTicket13, sayKeyUpdate,
}}

var tls13Retried = scenario{"TLS 1.3 with a retry", retryP384, flow{
	sayRetry, sayChange, sayHello13, sayEncryptedExtensions, sayCertificate, sayVerify, sayFinished,
}}

var tls13Client = scenario{"TLS 1.3 with a request", nil, flow{
	sayHello13, sayEncryptedExtensions, sayRequest13, sayCertificate, sayVerify, sayFinished,
}}

var tls12 = scenario{"TLS 1.2", choose12(ticketExtension, emsExtension, bindingExtension), flow{
	sayHello12, sayCertificate, sayKeyExchange, sayDone, sayTicket12, sayChange, sayFinished, sayHelloRequest,
}}

var tls12Plain = scenario{"TLS 1.2 without extensions", choose12(), flow{
	sayHello12, sayCertificate, sayKeyExchange, sayDone, sayChange, sayFinished,
}}

var tls12RSA = scenario{"TLS 1.2 with RSA", chooseRSA(bindingExtension), flow{
	sayHello12, sayCertificate, sayDone, sayChange, sayFinished,
}}

var tls12DHE = scenario{"TLS 1.2 with DHE", chooseDHE(ffdhe2048), flow{
	sayHello12, sayCertificate, sayKeyExchange, sayDone, sayChange, sayFinished,
}}

var tls11 = scenario{"TLS 1.1", choose11, flow{
	sayHello12, sayCertificate, sayKeyExchange, sayDone, sayChange, sayFinished,
}}

// scenarios are all flows that a server may take.
var scenarios = []scenario{
	tls13, tls13Retried, tls13Client, tls12, tls12Plain, tls12RSA, tls12DHE, tls11,
	{"TLS 1.2 with a status", choose12(statusExtension, bindingExtension), flow{
		sayHello12, sayCertificate, sayStatus, sayKeyExchange, sayRequest12, sayDone, sayChange, sayFinished,
	}},
	{"TLS 1.2 with a status promised only", choose12(statusExtension, bindingExtension), flow{
		sayHello12, sayCertificate, sayKeyExchange, sayDone, sayChange, sayFinished,
	}},
	{"TLS 1.2 with RSA and a status", chooseRSA(statusExtension), flow{
		sayHello12, sayCertificate, sayStatus, sayDone, sayChange, sayFinished,
	}},
	{"TLS 1.2 with RSA, a status promised only, and a request", chooseRSA(statusExtension), flow{
		sayHello12, sayCertificate, sayRequest12, sayDone, sayChange, sayFinished,
	}},
	{"TLS 1.2 with RSA, a status promised only, and no request", chooseRSA(statusExtension), flow{
		sayHello12, sayCertificate, sayDone, sayChange, sayFinished,
	}},
	{"TLS 1.2 with RSA, a status promised only, and a ticket", chooseRSA(statusExtension, ticketExtension), flow{
		sayHello12, sayCertificate, sayDone, sayTicket12, sayChange, sayFinished,
	}},
	{"TLS 1.2 with a request and a ticket", choose12(ticketExtension), flow{
		sayHello12, sayCertificate, sayKeyExchange, sayRequest12, sayDone, sayTicket12, sayChange, sayFinished,
	}},
	tls12Anonymous,
	tls13Proved, tls12Proved, tls11Proved,
	tls13Resumed, tls13RetriedResumed, tls12Resumed, tls12ResumedByTicket, tls11Resumed,
}

var tls13Proved = scenario{"TLS 1.3 with a client certificate", withCredential(ecdsaIdentity, nil), tls13Client.flow}

var tls12Proved = scenario{"TLS 1.2 with a client certificate", withCredential(ecdsaIdentity, choose12(emsExtension)), flow{
	sayHello12, sayCertificate, sayKeyExchange, sayRequest12, sayDone, sayChange, sayFinished,
}}

var tls11Proved = scenario{"TLS 1.1 with a client certificate", withCredential(rsaIdentity, choose11), flow{
	sayHello12, sayCertificate, sayKeyExchange, sayRequest12, sayDone, sayChange, sayFinished,
}}

// withCredential gives the client a certificate.
func withCredential(id func() *identity, set func(*peer)) func(*peer) {
	return func(p *peer) {
		if set != nil {
			set(p)
		}
		p.credential = &Credential{Chain: [][]byte{id().cert}, Key: id().key}
	}
}

var tls12Anonymous = scenario{"TLS 1.2, anonymous", chooseAnonymous, flow{
	sayHello12, sayKeyExchange, sayDone, sayChange, sayFinished,
}}

// tls12Promised is not right: who promises a ticket must send one. RFC 5077, Section 3.3.
var tls12Promised = scenario{"TLS 1.2 with a ticket promised only", choose12(ticketExtension), flow{
	sayHello12, sayCertificate, sayKeyExchange, sayDone, sayChange, sayFinished,
}}

// run says a flow to its end, or until the engine has closed.
func (p *peer) run(f flow, around func(s saying, raw []byte) []byte) {
	p.start()
	for _, s := range f {
		if p.closed != nil {
			return
		}
		p.say(s, around)
	}
}

// say says one thing; around may change its bytes, and say others before.
func (p *peer) say(s saying, around func(s saying, raw []byte) []byte) {
	raw := []byte{1}
	if s.make != nil {
		raw = p.encode(s.make(p))
	}
	if around != nil {
		raw = around(s, raw)
	}
	if p.closed != nil {
		return
	}
	if s.make == nil {
		p.changes(raw)
	} else {
		p.says(raw)
	}
	if s.after != nil {
		s.after(p)
	}
}

func retryP384(p *peer) { p.group = iana.Secp384r1 }

func choose12(x ...message.Extension) func(*peer) {
	return func(p *peer) {
		p.version, p.suite, p.answers = iana.TLS12, iana.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, x
		p.offer.Max = iana.TLS12
	}
}

func chooseRSA(x ...message.Extension) func(*peer) {
	return func(p *peer) {
		p.version, p.suite, p.answers, p.id = iana.TLS12, iana.TLS_RSA_WITH_AES_128_GCM_SHA256, x, rsaIdentity()
		p.offer.Max = iana.TLS12
		p.scheme = iana.RSAPKCS1SHA256
	}
}

func choose11(p *peer) {
	p.version, p.suite, p.id = iana.TLS11, iana.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, rsaIdentity()
	p.offer = DefaultOffer(iana.TLS10, iana.TLS11)
}

func chooseAnonymous(p *peer) {
	p.version, p.suite, p.id = iana.TLS12, iana.TLS_ECDH_anon_WITH_AES_128_CBC_SHA, nil
	p.offer.Max = iana.TLS12
	p.offer.CipherSuites = append(p.offer.CipherSuites, p.suite)
}

// chooseDHE has the peer send the numbers of a group.
func chooseDHE(prime func() *big.Int) func(*peer) {
	return func(p *peer) {
		chooseRSA()(p)
		p.suite = iana.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256
		p.prime = prime()
	}
}

func makeRetry(p *peer) message.Message {
	return &message.ServerHello{
		LegacyVersion: iana.TLS12, Random: sha256.Sum256([]byte("HelloRetryRequest")), SessionIDEcho: p.hello.SessionID, // RFC 8446, Section 4.1.3
		CipherSuite: p.suite, HasExtensions: true,
		Extensions: message.Extensions{
			{Type: iana.ExtSupportedVersions, Body: &message.SelectedVersion{Version: iana.TLS13}},
			{Type: iana.ExtKeyShare, Body: &message.SelectedGroup{Group: p.group}},
			{Type: iana.ExtCookie, Body: &message.Cookie{Cookie: []byte("a cookie")}},
		},
	}
}

func makeHello13(p *peer) message.Message {
	h := &message.ServerHello{
		LegacyVersion: iana.TLS12, Random: p.helloRan, SessionIDEcho: p.hello.SessionID, CipherSuite: p.suite, HasExtensions: true,
		Extensions: message.Extensions{
			{Type: iana.ExtSupportedVersions, Body: &message.SelectedVersion{Version: p.version}},
			{Type: iana.ExtKeyShare, Body: &message.ServerKeyShare{Share: message.KeyShareEntry{Group: p.group, KeyExchange: p.encapsulate()}}},
		},
	}
	if p.resumes {
		h.Extensions = append(h.Extensions, message.Extension{Type: iana.ExtPreSharedKey, Body: &message.SelectedPreSharedKey{}})
	}
	return h
}

func makeEncryptedExtensions(p *peer) message.Message {
	return &message.EncryptedExtensions{Extensions: append(message.Extensions{
		{Type: iana.ExtALPN, Body: alpn([]string{"h2"})}, {Type: iana.ExtServerName, Body: &message.Acknowledgement{}},
	}, p.answers...)}
}

func makeRequest13(*peer) message.Message {
	return &message.CertificateRequest{Extensions: message.Extensions{
		{Type: iana.ExtSignatureAlgorithms, Body: &message.SignatureAlgorithms{Schemes: []iana.SignatureScheme{iana.ECDSASecp256r1SHA256}}},
	}}
}

func makeCertificate(p *peer) message.Message {
	return &message.Certificate{List: []message.CertificateEntry{{Cert: p.id.cert}}}
}

func makeVerify(p *peer) message.Message {
	return &message.CertificateVerify{Algorithm: p.scheme, Signature: p.id.sign(p.t, p.version, p.scheme, p.signed13())}
}

// signed13 is what a TLS 1.3 server signs. RFC 8446, Section 4.4.3.
func (p *peer) signed13() []byte {
	const spaces = "                                                                "
	return append([]byte(spaces+"TLS 1.3, server CertificateVerify\x00"), sum(p.hash(), p.heard)...)
}

func makeFinished(p *peer) message.Message {
	return &message.Finished{VerifyData: p.verifyData(keys.Server)}
}

func makeTicket13(*peer) message.Message {
	return &message.NewSessionTicket{Lifetime: 7200, AgeAdd: 1, Nonce: []byte{0}, Ticket: []byte("a ticket")}
}

func makeKeyUpdate(*peer) message.Message {
	return &message.KeyUpdate{RequestUpdate: message.UpdateRequested}
}

func makeHello12(p *peer) message.Message {
	id := []byte("a session")
	if p.resumes {
		id, p.master.Bytes = p.hello.SessionID, p.saved.Secret
	}
	return &message.ServerHello{
		LegacyVersion: p.version, Random: p.helloRan, SessionIDEcho: id, CipherSuite: p.suite,
		HasExtensions: len(p.answers) > 0, Extensions: p.answers,
	}
}

func makeStatus(*peer) message.Message {
	return &message.CertificateStatus{StatusType: message.StatusOCSP, Response: []byte("a response")}
}

func makeKeyExchange(p *peer) message.Message {
	m := &message.ServerKeyExchange{HasScheme: p.version >= iana.TLS12, Algorithm: p.scheme}
	if params, _ := p.suite.Params(); params.KeyExchange == iana.KeyExchangeDHE {
		p.offerDH(m)
	} else {
		p.offerEC(m)
	}
	p.signParams(m)
	return m
}

// signParams signs both randoms and the parameters. RFC 5246, Section 7.4.3.
func (p *peer) signParams(m *message.ServerKeyExchange) {
	if p.id == nil {
		return
	}
	p.encode(m) // sets Params
	content := append(append(append([]byte(nil), p.hello.Random[:]...), p.helloRan[:]...), m.Params...)
	m.Signature = p.id.sign(p.t, p.version, m.Algorithm, content)
}

func (p *peer) offerEC(m *message.ServerKeyExchange) {
	key, err := kex.Generate(p.group, p.random)
	p.must(err)
	m.EC = message.ECParams{CurveType: message.NamedCurve, Group: p.group, Public: key.Public()}
	p.key = func(c *message.ClientKeyExchange) []byte {
		secret, err := key.Agree(c.ECPublic)
		p.must(err)
		return secret
	}
}

// offerDH agrees by math/big alone.
func (p *peer) offerDH(m *message.ServerKeyExchange) {
	x, g := big.NewInt(0x123456789abcdef), big.NewInt(2)
	m.DH = message.DHParams{P: p.prime.Bytes(), G: g.Bytes(), Y: new(big.Int).Exp(g, x, p.prime).Bytes()}
	p.key = func(c *message.ClientKeyExchange) []byte {
		return new(big.Int).Exp(new(big.Int).SetBytes(c.DHPublic), x, p.prime).Bytes() // RFC 5246, Section 8.1.2: no leading zeros
	}
}

func makeRequest12(*peer) message.Message {
	return &message.CertificateRequest12{
		CertificateTypes: []iana.ClientCertificateType{1, 64}, Algorithms: []iana.SignatureScheme{iana.ECDSASecp256r1SHA256},
	}
}

func makeDone(p *peer) message.Message {
	if params, _ := p.suite.Params(); params.KeyExchange == iana.KeyExchangeRSA {
		p.key = func(c *message.ClientKeyExchange) []byte {
			secret, err := rsa.DecryptPKCS1v15(nil, p.id.key.(*rsa.PrivateKey), c.EncryptedPreMaster)
			p.must(err)
			return secret
		}
	}
	return &message.ServerHelloDone{}
}

func makeTicket12(*peer) message.Message {
	return &message.NewSessionTicket12{LifetimeHint: 7200, Ticket: []byte("a ticket")}
}

// ffdhe2048 is the prime of RFC 7919, Appendix A.1: 2^2048 - 2^1984 + (floor(2^1918 e) + 560316) 2^64 - 1.
func ffdhe2048() *big.Int {
	one := big.NewInt(1)
	p := new(big.Int).Lsh(one, 2048)
	p.Sub(p, new(big.Int).Lsh(one, 1984))
	e := new(big.Int).Add(floorE(1918), big.NewInt(560316))
	p.Add(p, e.Lsh(e, 64))
	return p.Sub(p, one)
}

// floorE returns floor(2^bits e), by the series of 1/n!.
func floorE(bits uint) *big.Int {
	const guard = 64
	term := new(big.Int).Lsh(big.NewInt(1), bits+guard)
	total := new(big.Int)
	for n := int64(1); term.Sign() > 0; n++ {
		total.Add(total, term)
		term.Div(term, big.NewInt(n))
	}
	return total.Rsh(total, guard)
}

func TestEveryFlowOfAGoodServerCompletes(t *testing.T) {
	for _, s := range scenarios {
		for _, cfg := range []Config{{}, {Observed: true}, {Strict: true}, {Strict: true, Observed: true}} {
			t.Run(s.name+configName(cfg), func(t *testing.T) {
				p := newPeer(t, cfg, s.set)
				p.run(s.flow, nil)
				if p.closed != nil {
					t.Fatalf("closed: %v", p.closed.Err)
				}
				if p.est != 1 || p.finished != 1 || p.engine.session.ProofFailed {
					t.Errorf("established %d times, %d right Finished, a failed proof: %t", p.est, p.finished, p.engine.session.ProofFailed)
				}
				if (p.proved == 1) != (p.credential != nil) {
					t.Errorf("the client proved itself %d times", p.proved)
				}
				if (len(p.chains) == 1) != (p.id != nil && !p.resumes) {
					t.Errorf("%d chains to be verified", len(p.chains))
				}
				for _, e := range p.events {
					for _, f := range e.Findings {
						if f.Status == finding.Fail {
							t.Errorf("%s: %s: expected %s, got %s", e.Kind, f.ID, f.Expected, f.Actual)
						}
					}
				}
			})
		}
	}
}

func configName(c Config) string {
	name := ""
	if c.Strict {
		name += ", strict"
	}
	if c.Observed {
		name += ", observed"
	}
	return name
}
