package handshake

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // TLS 1.0 and 1.1
	"crypto/sha1" //nolint:gosec // TLS 1.0 and 1.1
	"crypto/sha256"
	_ "crypto/sha512"
	"io"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/kex"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// peer is a server at the level of messages, made of structs. It keeps its own transcript, and makes
// what it says, and checks what it hears, by the standard library's hashes over it.
type peer struct {
	t      testing.TB
	engine *Engine
	random io.Reader

	// What it chooses; a test may set them before the first message.
	offer    Offer
	version  iana.Version
	suite    iana.CipherSuite
	group    iana.Group
	scheme   iana.SignatureScheme
	id       *identity
	answers  message.Extensions // of ServerHello before TLS 1.3, of EncryptedExtensions since
	helloRan message.Random
	prime    *big.Int // for DHE
	// saved is what the client offers to resume; resumes tells whether the server takes it.
	saved   *SavedSession
	resumes bool
	// credential is what the client has to prove itself with.
	credential *Credential

	heard     []byte // the transcript
	hello     *message.ClientHello
	secret    []byte
	key       agreement // before TLS 1.3
	handshake keys.Handshake
	traffic   [2]keys.Secret // of the handshake, by side
	master    keys.Secret
	finished  int // Finished of the client that were right
	leaf      []byte
	proved    int // CertificateVerify of the client that were right
	bound     int // binders that were right
	said      []remark
	keyLog    keyLog

	events    []*trace.Event
	sends     []*Send
	secrets   []string
	closed    *Close
	est       int
	chains    []*VerifyChain
	actions   int
	drops     []iana.ExtensionType                 // of what the client sends, on its way
	lenient   bool                                 // a client's Finished may be wrong
	distrusts bool                                 // the verdict on its chain
	taken     func(from state, on input, to state) // nil: nobody looks
}

// agreement is a server's half of a key agreement: it makes the premaster secret.
type agreement func(*message.ClientKeyExchange) []byte

// newPeer returns a peer for what is set in p, and an engine that has not been started.
func newPeer(t testing.TB, cfg Config, set func(*peer)) *peer {
	p := &peer{
		t: t, random: seeded(2), group: iana.X25519, version: iana.TLS13, suite: iana.TLS_AES_128_GCM_SHA256,
		scheme: iana.ECDSASecp256r1SHA256, id: ecdsaIdentity(), offer: DefaultOffer(iana.TLS12, iana.TLS13),
	}
	p.offer.KeyShares = []iana.Group{iana.X25519, iana.Secp256r1}
	p.offer.ServerName = "example.test"
	copy(p.helloRan[:], "the random of the server's hello")
	if set != nil {
		set(p)
	}
	cfg.Offer, cfg.Rand, cfg.Credential = p.offer, seeded(1), p.credential
	cfg.Session, cfg.Now = p.saved, func() time.Time { return testNow }
	p.engine = New(cfg)
	return p
}

// seeded returns randomness that is the same for every run.
func seeded(n byte) io.Reader { return rand.NewChaCha8([32]byte{n}) }

// start lets the engine say its hello.
func (p *peer) start() {
	p.engine.Start()
	p.listen()
	p.took(start, input(iana.ClientHello))
}

// took tells who looks of a transition; what ends in closed or failed is none.
func (p *peer) took(from state, on input) {
	if to := p.engine.state; p.taken != nil && to != failed && to != closed {
		p.taken(from, on, to)
	}
}

// maxActions is more than any input may cause.
const maxActions = 1000

// listen carries out the engine's actions.
func (p *peer) listen() {
	for n := 0; ; n++ {
		a := p.engine.Next()
		if a == nil {
			return
		}
		if n > maxActions {
			p.t.Fatal("one input causes actions without end")
		}
		p.actions++
		switch a := a.(type) {
		case *Send:
			if h, ok := a.Message.(*message.ClientHello); ok && p.drops != nil {
				h.Extensions = slices.DeleteFunc(h.Extensions, func(x message.Extension) bool { return slices.Contains(p.drops, x.Type) })
				a = &Send{Type: a.Type, Message: h, Raw: p.encode(h)}
			}
			p.sends = append(p.sends, a)
			p.said = append(p.said, remark{a.Type, a.Raw, true})
			if a.Type == iana.Handshake {
				p.hears(a.Message, a.Raw)
			}
			p.engine.Committed(a.Raw, p.buffer(a.Raw))
		case *Report:
			a.Event.N = len(p.events) + 1
			p.events = append(p.events, a.Event)
		case *VerifyChain:
			p.chains = append(p.chains, a)
			p.engine.Verdict(!p.distrusts, finding.Validity)
		case *LogSecret:
			p.secrets = append(p.secrets, string(a.Secret.Bytes))
			p.keyLog = append(p.keyLog, a)
		case *Established:
			p.est++
		case *Close:
			p.closed = a
		}
	}
}

// hears acts on a message of the client.
func (p *peer) hears(m message.Message, raw []byte) {
	switch m := m.(type) {
	case *message.ClientHello:
		p.hello = m
		p.checkBinder(raw)
	case *message.Certificate:
		if len(m.List) > 0 {
			p.leaf = m.List[0].Cert
		}
	case *message.CertificateVerify:
		p.checkClient(m)
	case *message.Finished:
		if hmac.Equal(m.VerifyData, p.verifyData(keys.Client)) {
			p.finished++
		} else if !p.lenient {
			p.t.Errorf("the client's Finished is %x, should be %x", m.VerifyData, p.verifyData(keys.Client))
		}
	}
	p.remember(m.Type(), raw)
	if c, ok := m.(*message.ClientKeyExchange); ok {
		p.makeMaster(c)
	}
}

// remember adds to the transcript what belongs there: nothing after the handshake.
func (p *peer) remember(t iana.HandshakeType, raw []byte) {
	if t != iana.HelloRequest && t != iana.KeyUpdate {
		p.heard = append(p.heard, raw...)
	}
}

// says feeds a message, as bytes, and lets the engine act on it.
func (p *peer) says(raw []byte) {
	from := p.engine.state
	if p.est == 0 && len(raw) > 0 {
		if isRetry(raw) {
			p.retried()
		}
		p.remember(iana.HandshakeType(raw[0]), raw)
	}
	p.said = append(p.said, remark{iana.Handshake, raw, false})
	p.engine.Message(raw, p.buffer(raw))
	if len(raw) > 0 {
		p.took(from, input(raw[0]))
	}
	p.listen()
}

// changes feeds a change_cipher_spec.
func (p *peer) changes(raw []byte) {
	from := p.engine.state
	p.said = append(p.said, remark{iana.ChangeCipherSpec, raw, false})
	p.engine.ChangeCipherSpec(raw, p.buffer(raw))
	if p.engine.state != from || p.version < iana.TLS13 {
		p.took(from, changeCipherSpec)
	}
	p.listen()
}

// alerts feeds an alert.
func (p *peer) alerts(level iana.AlertLevel, d iana.AlertDescription) {
	raw := message.Alert{Level: level, Description: d}.Encode()
	p.engine.Alert(raw, p.buffer(raw))
	p.listen()
}

// buffer holds bytes for an engine that is observed.
func (p *peer) buffer(raw []byte) *trace.Buffer {
	if !p.engine.cfg.Observed {
		return nil
	}
	return &trace.Buffer{Kind: trace.BufferMessage, Bytes: raw}
}

func (p *peer) encode(m message.Message) []byte {
	ctx := p.context()
	raw, _ := message.Encode(m, &ctx)
	return raw
}

func (p *peer) context() message.Context {
	params, _ := p.suite.Params()
	return message.Context{
		Version: p.version, KeyExchange: params.KeyExchange, Authentication: params.Authentication, SuiteKnown: true, Sender: message.Server,
	}
}

// hash is that of the suite.
func (p *peer) hash() crypto.Hash {
	params, _ := p.suite.Params()
	h, err := keys.HashOf(p.version, params.Hash)
	p.must(err)
	return h
}

// sum hashes bytes, also as TLS 1.0 and 1.1 do.
func sum(h crypto.Hash, b []byte) []byte {
	if h == crypto.MD5SHA1 {
		m, s := md5.Sum(b), sha1.Sum(b) //nolint:gosec // as above
		return append(m[:], s[:]...)
	}
	w := h.New()
	w.Write(b)
	return w.Sum(nil)
}

// verifyData is what a side's Finished must hold now. RFC 5246, Section 7.4.9; RFC 8446, Section 4.4.4.
func (p *peer) verifyData(side keys.Sender) []byte {
	hash := sum(p.hash(), p.heard)
	if p.version >= iana.TLS13 {
		return keys.TLS13(p.hash()).VerifyData(p.traffic[side], hash)
	}
	label := "server finished"
	if side == keys.Client {
		label = "client finished"
	}
	return p.prf().Expand(p.master.Bytes, label, 12, hash)
}

func (p *peer) prf() keys.PRF {
	params, _ := p.suite.Params()
	prf, err := keys.NewPRF(p.version, params.Hash)
	p.must(err)
	return prf
}

// agree13 answers the client's share and derives the handshake's secrets once the hello is out.
func (p *peer) agree13() {
	if p.secret == nil {
		return
	}
	var psk []byte
	if p.resumes {
		psk = p.saved.Secret
	}
	p.handshake = keys.TLS13(p.hash()).Early(psk).Handshake(p.secret)
	hash := sum(p.hash(), p.heard)
	p.traffic = [2]keys.Secret{p.handshake.ClientTraffic(hash), p.handshake.ServerTraffic(hash)}
}

// encapsulate makes the server's share in a group.
func (p *peer) encapsulate() []byte {
	for _, s := range p.clientShares() {
		if s.Group == p.group {
			share, secret, err := kex.Encapsulate(p.group, s.KeyExchange, p.random)
			p.must(err)
			p.secret = secret
			return share
		}
	}
	return bytes.Repeat([]byte{9}, 32)
}

func (p *peer) clientShares() []message.KeyShareEntry {
	ks, _ := message.Get[*message.KeyShares](p.hello.Extensions)
	if ks == nil {
		return nil
	}
	return ks.Shares
}

// makeMaster derives the master secret of TLS 1.2 and older, by the extended derivation where it was
// agreed on. RFC 5246, Section 8.1; RFC 7627, Section 4.
func (p *peer) makeMaster(c *message.ClientKeyExchange) {
	if p.key == nil {
		return
	}
	premaster := p.key(c)
	if p.answers.Find(iana.ExtExtendedMasterSecret) == nil {
		p.master = p.prf().MasterSecret(premaster, p.hello.Random[:], p.helloRan[:])
		return
	}
	master, err := p.prf().ExtendedMasterSecret(premaster, sum(p.hash(), p.heard))
	p.must(err)
	p.master = master
}

// must stops a test of a right flow; in a wrong one, what can't be computed stays empty.
func (p *peer) must(err error) {
	if err != nil && !p.lenient {
		p.t.Fatal(err)
	}
}

// isRetry tells a HelloRetryRequest by its random. RFC 8446, Section 4.1.3.
func isRetry(raw []byte) bool {
	mark := sha256.Sum256([]byte("HelloRetryRequest"))
	return len(raw) > 38 && iana.HandshakeType(raw[0]) == iana.ServerHello && bytes.Equal(raw[6:38], mark[:])
}

// retried puts the hash of the first hello in its place. RFC 8446, Section 4.4.1.
func (p *peer) retried() {
	hash := sum(p.hash(), p.heard)
	p.heard = append([]byte{254, 0, 0, byte(len(hash))}, hash...)
}
