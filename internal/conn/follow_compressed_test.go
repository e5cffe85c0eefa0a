package conn

import (
	"bytes"
	"compress/zlib"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// compressedSession is a handshake of TLS 1.3 whose server says its certificate compressed, and proves it. What is compressed, and what
// is said of it, may be changed. Its traffic secrets are made up: a bystander takes them from a key log.
func compressedSession(t *testing.T, change func(*message.CompressedCertificate)) (o *overheard, chain [][]byte) {
	t.Helper()
	ca, err := demo.NewCA(demo.CAOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := ca.Issue(demo.LeafOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{t: t, ctx: message.Context{Version: iana.TLS13, Sender: message.Server}, schedule: keys.TLS13(crypto.SHA256)}
	hello := &message.ClientHello{HasExtensions: true, LegacyVersion: iana.TLS12, CipherSuites: []iana.CipherSuite{0x1301}, Compression: []iana.CompressionMethod{0}}
	extend(&hello.Extensions, iana.ExtSupportedVersions, &message.SupportedVersions{Versions: []iana.Version{iana.TLS13}})
	extend(&hello.Extensions, iana.ExtSignatureAlgorithms, &message.SignatureAlgorithms{Schemes: []iana.SignatureScheme{0x0403}})
	extend(&hello.Extensions, iana.ExtKeyShare, &message.KeyShares{Shares: []message.KeyShareEntry{{Group: iana.X25519, KeyExchange: make([]byte, 32)}}})
	extend(&hello.Extensions, iana.ExtCompressCertificate, &message.CompressCertificate{Algorithms: []iana.CompressionAlgorithm{1, 2}})
	s.say(trace.Sent, hello)
	answer := &message.ServerHello{HasExtensions: true, LegacyVersion: iana.TLS12, CipherSuite: 0x1301}
	extend(&answer.Extensions, iana.ExtSupportedVersions, &message.SelectedVersion{Version: iana.TLS13})
	extend(&answer.Extensions, iana.ExtKeyShare, &message.ServerKeyShare{Share: message.KeyShareEntry{Group: iana.X25519, KeyExchange: make([]byte, 32)}})
	s.say(trace.Received, answer)
	s.arm(trace.Received, "SERVER_HANDSHAKE_TRAFFIC_SECRET")
	s.arm(trace.Sent, "CLIENT_HANDSHAKE_TRAFFIC_SECRET")
	s.say(trace.Received, &message.EncryptedExtensions{})
	certificate := new(message.Certificate)
	for _, der := range pair.Certificate {
		certificate.List = append(certificate.List, message.CertificateEntry{Cert: der})
	}
	m := compressed(s.encode(certificate)[message.HeaderLen:])
	if change != nil {
		change(m)
	}
	s.say(trace.Received, m)
	sum := sha256.Sum256(s.transcript)
	content := sha256.Sum256([]byte(strings.Repeat(" ", 64) + "TLS 1.3, server CertificateVerify\x00" + string(sum[:])))
	signature, err := ecdsa.SignASN1(rand.Reader, pair.PrivateKey.(*ecdsa.PrivateKey), content[:])
	if err != nil {
		t.Fatal(err)
	}
	s.say(trace.Received, &message.CertificateVerify{Algorithm: 0x0403, Signature: signature})
	s.finish(trace.Received, "SERVER_HANDSHAKE_TRAFFIC_SECRET")
	s.finish(trace.Sent, "CLIENT_HANDSHAKE_TRAFFIC_SECRET")
	return &s.overheard, pair.Certificate
}

func compressed(body []byte) *message.CompressedCertificate {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(body)
	_ = z.Close()
	return &message.CompressedCertificate{Algorithm: iana.CertificateCompressionZlib, UncompressedLength: uint32(len(body)), Compressed: b.Bytes()}
}

func extend(list *message.Extensions, of iana.ExtensionType, body message.ExtensionBody) {
	*list = append(*list, message.Extension{Type: of, Body: body})
}

// scripted is a session that is said message by message, a record each.
type scripted struct {
	overheard
	t          *testing.T
	ctx        message.Context
	schedule   keys.Schedule
	transcript []byte
	write      map[trace.Dir]*record.WriteState
}

func (s *scripted) encode(m message.Message) []byte {
	s.t.Helper()
	raw, diags := message.Encode(m, &s.ctx)
	if len(diags) > 0 {
		s.t.Fatal(diags)
	}
	return raw
}

func (s *scripted) say(dir trace.Dir, m message.Message) {
	s.t.Helper()
	raw := s.encode(m)
	s.transcript = append(s.transcript, raw...)
	b := append(record.Header{Type: iana.Handshake, Version: iana.TLS12, Length: len(raw)}.Append(nil), raw...)
	if w := s.write[dir]; w != nil {
		var err error
		if b, err = w.Seal(nil, iana.Handshake, iana.TLS12, raw, 0); err != nil {
			s.t.Fatal(err)
		}
	}
	s.pieces = append(s.pieces, piece{dir, b})
}

// madeUp is a secret for a label.
func madeUp(label string) []byte {
	sum := sha256.Sum256([]byte(label))
	return sum[:]
}

// arm goes on under the keys of a secret, which the key log has from then on.
func (s *scripted) arm(dir trace.Dir, label string) {
	s.t.Helper()
	params, _ := iana.TLS_AES_128_GCM_SHA256.Params()
	k := s.schedule.TrafficKeys(keys.Secret{Bytes: madeUp(label)}, 16, 12)
	w, err := record.NewWriteState(iana.TLS13, params, record.Keys{Key: k.Key, IV: k.IV}, false, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.write == nil {
		s.write = make(map[trace.Dir]*record.WriteState)
	}
	s.write[dir] = w
	s.keys = append(s.keys, fmt.Sprintf("%s 00 %x\n", label, madeUp(label)))
}

func (s *scripted) finish(dir trace.Dir, label string) {
	s.t.Helper()
	sum := sha256.Sum256(s.transcript)
	s.say(dir, &message.Finished{VerifyData: s.schedule.VerifyData(keys.Secret{Bytes: madeUp(label)}, sum[:])})
}

// checked is what follows from a session: each check with its status and why it is not known.
func checked(t *testing.T, o *overheard) (*trace.Trace, map[string]string) {
	t.Helper()
	rec := new(trace.Recorder)
	f := Follow(FollowConfig{Secrets: o.secrets(t, ""), Observers: []trace.Observer{rec}, Verify: func(v *handshake.VerifyChain) ([]finding.Finding, bool) {
		return []finding.Finding{finding.Passed(finding.ChainRootTrust, fmt.Sprintf("%d certificates", len(v.Chain)))}, true
	}})
	for i, p := range o.pieces {
		f.Feed(p.dir, time.Duration(i)*time.Millisecond, bytes.Clone(p.b))
	}
	f.Finish(time.Second)
	if f.Failure() != nil {
		t.Error(f.Failure())
	}
	tr := &trace.Trace{Buffers: rec.Buffers, Events: rec.Events}
	trace.Summarize(tr)
	checks := make(map[string]string)
	for _, c := range tr.Summary.Checks {
		checks[c.ID] = c.Status.String() + " " + c.Message
	}
	return tr, checks
}

func TestACertificateThatZlibCompressedIsReadAndVerified(t *testing.T) {
	o, chain := compressedSession(t, nil)
	tr, checks := checked(t, o)
	for id, want := range map[string]string{
		"handshake.certificate_verify": "pass signature valid, ecdsa_secp256r1_sha256", "handshake.finished": "pass verify_data matches",
		string(finding.ChainRootTrust): fmt.Sprintf("pass %d certificates", len(chain)),
	} {
		if checks[id] != want {
			t.Errorf("%s is %q, not %q", id, checks[id], want)
		}
	}
	if len(tr.Summary.Certificates) != len(chain) {
		t.Errorf("%d certificates are in the summary, not %d", len(tr.Summary.Certificates), len(chain))
	}
	var packed *trace.Event
	for _, e := range tr.Events {
		switch e.Kind {
		case "compressed_certificate":
			packed = e
		case "certificate":
			from := e.Buf.From[0]
			fields := e.Fields().At("certificate_list")
			if packed == nil || from.Buf != packed.Buf.ID || !bytes.Equal(packed.Buf.Bytes[from.Off:from.Off+from.Len], packedIn(packed).Compressed) || fields.Len() != len(chain) {
				t.Errorf("it comes from %+v", from)
			}
			return
		}
	}
	t.Error("there is no event of the certificate inside")
}

func packedIn(e *trace.Event) *message.CompressedCertificate {
	m, _ := message.Decode(e.Buf.Bytes, nil, nil)
	return m.(*message.CompressedCertificate)
}

func TestACompressedCertificateThatCannotBeReadIsUnknownAndSaysWhy(t *testing.T) {
	const why = "unknown the certificate came compressed and could not be read: "
	for name, c := range map[string]struct {
		change func(*message.CompressedCertificate)
		want   string
	}{
		"brotli":       {func(m *message.CompressedCertificate) { m.Algorithm = 2 }, "brotli is not decompressed here"},
		"nobody knows": {func(m *message.CompressedCertificate) { m.Algorithm = 0x4001 }, "0x4001 is not decompressed here"},
		"damaged":      {func(m *message.CompressedCertificate) { m.Compressed[0] ^= 0xff }, "zlib: invalid header"},
		"damaged end":  {func(m *message.CompressedCertificate) { m.Compressed[len(m.Compressed)-1] ^= 1 }, "zlib: invalid checksum"},
		"cut":          {func(m *message.CompressedCertificate) { m.Compressed = m.Compressed[:40] }, "unexpected EOF"},
		"longer":       {func(m *message.CompressedCertificate) { m.UncompressedLength-- }, "it has more than the "},
		"shorter":      {func(m *message.CompressedCertificate) { m.UncompressedLength++ }, " bytes, and "},
		"says much":    {func(m *message.CompressedCertificate) { m.UncompressedLength = 1<<24 - 1 }, "16777215 bytes are announced, more than 262144"},
		"a bomb":       {func(m *message.CompressedCertificate) { *m = *compressed(make([]byte, 12<<20)) }, "12582912 bytes are announced, more than 262144"},
		"a liar's bomb": {func(m *message.CompressedCertificate) {
			*m = *compressed(make([]byte, 12<<20))
			m.UncompressedLength = 1000
		}, "it has more than the 1000 bytes that are announced"},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := compressedSession(t, c.change)
			_, checks := checked(t, o)
			for _, id := range []string{"handshake.certificate_verify", string(finding.ChainPath)} {
				if got := checks[id]; !strings.HasPrefix(got, why) || !strings.Contains(got, c.want) {
					t.Errorf("%s is %q, not about %q", id, got, c.want)
				}
			}
			if checks["handshake.finished"] != "pass verify_data matches" {
				t.Errorf("Finished is %q", checks["handshake.finished"])
			}
		})
	}
}

// TestCompressedCertificatesOfAClientAreLookedIntoOnce: each could be a thousand times as long inside, and before the server has
// answered nobody knows what is inside.
func TestCompressedCertificatesOfAClientAreLookedIntoOnce(t *testing.T) {
	for _, answered := range []bool{false, true} {
		o, _ := compressedSession(t, nil)
		if !answered {
			o.pieces = o.pieces[:1]
		}
		raw, _ := message.Encode(compressed(make([]byte, 200<<10)), nil)
		b := append(record.Header{Type: iana.Handshake, Version: iana.TLS12, Length: len(raw)}.Append(nil), raw...)
		if answered {
			o.pieces = o.pieces[:2] // the client's are in the clear still, which nobody would send
		}
		rec := new(trace.Recorder)
		f := Follow(FollowConfig{Secrets: secretsOf{}, Observers: []trace.Observer{rec}})
		for _, p := range o.pieces {
			f.Feed(p.dir, 0, bytes.Clone(p.b))
		}
		for range 100 {
			f.Feed(trace.Sent, 0, bytes.Clone(b))
		}
		f.Finish(time.Second)
		kept := 0
		for _, b := range rec.Buffers {
			kept += len(b.Bytes)
		}
		if kept > 500<<10 {
			t.Errorf("answered %t: %d bytes are kept", answered, kept)
		}
	}
}
