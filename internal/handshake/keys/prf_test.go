package keys

import (
	"crypto"
	"errors"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

func prf(t testing.TB, v iana.Version, h iana.Hash) PRF {
	t.Helper()
	p, err := NewPRF(v, h)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The vectors of TLS 1.2 are those posted to the TLS working group's list
// (https://www.ietf.org/mail-archive/web/tls/current/msg03416.html); those of TLS 1.0 are from the
// test data of Botan (tls_prf.vec), where the seed holds everything.
func TestPRFGivesThePublishedVectors(t *testing.T) {
	for _, v := range []struct {
		name                string
		prf                 PRF
		secret, label, seed string
		out                 string
	}{
		{"TLS 1.2 SHA-256", prf(t, iana.TLS12, iana.HashSHA256),
			"9bbe436ba940f017b17652849a71db35", "test label", "a0ba9f936cda311827a6f796ffd5198c",
			"e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66"},
		{"TLS 1.2 SHA-384", prf(t, iana.TLS12, iana.HashSHA384),
			"b80b733d6ceefcdc71566ea48e5567df", "test label", "cd665cf6a8447dd6ff8b27555edb7465",
			"7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f"},
		{"TLS 1.0, 19 bytes of secret", prf(t, iana.TLS10, iana.HashLegacy),
			"bcbd1efda490b9d541ba9df50fe9a451dd0313", "", "255230a341e671bc31b1", "2291e19459725562f106f63fe2f81e73ba23f04a"},
		{"TLS 1.1, 20 bytes of secret", prf(t, iana.TLS11, iana.HashLegacy),
			"2212169d33fadc6ff94a3e5e0020587953cf1964", "", "fcd5c9637a21e43f3cff6ecf65b6e2f97933779f101ad6",
			"1e1c646c2bfbdc62fa4c81f1d0781f5f269d3f45e5c33cac8a2640226c8c5d16"},
	} {
		out := unhex(t, v.out)
		equal(t, v.name, v.prf.Expand(unhex(t, v.secret), v.label, len(out), unhex(t, v.seed)), out)
	}
}

// The values were produced by GnuTLS and stand in Go's crypto/tls tests.
func TestMasterSecretKeyBlockAndExporterOfTLS10AreThoseOfGnuTLS(t *testing.T) {
	p := prf(t, iana.TLS10, iana.HashLegacy)
	cr := unhex(t, "4ae66303755184a3917fcb44880605fcc53baa01912b22ed94473fc69cebd558")
	sr := unhex(t, "4ae663020ec16e6bb5130be918cfcafd4d765979a3136a5d50c593446e4e44db")
	ms := p.MasterSecret(unhex(t, "0302cac83ad4b1db3b9ab49ad05957de2a504a634a386fc600889321e1a971f57479466830ac3e6f468e87f5385fa0c5"), cr, sr)
	equal(t, "master", ms.Bytes, unhex(t, "3d851bab6e5556e959a16bc36d66cfae32f672bfa9ecdef6096cbb1b23472df1da63dbbd9827606413221d149ed08ceb"))
	k := p.KeyBlock(ms, cr, sr, KeySizes{MAC: 20, Key: 16})
	equal(t, "client mac", k.ClientMAC, unhex(t, "805aaa19b3d2c0a0759a4b6c9959890e08480119"))
	equal(t, "server mac", k.ServerMAC, unhex(t, "2d22f9fe519c075c16448305ceee209fc24ad109"))
	equal(t, "client key", k.ClientKey, unhex(t, "d50b5771244f850cd8117a9ccafe2cf1"))
	equal(t, "server key", k.ServerKey, unhex(t, "e076e33206b30507a85c32855acd0919"))
	for _, e := range []struct {
		context []byte
		want    string
	}{
		{[]byte("context"), "4d1bb6fc278c37d27aa6e2a13c2e079095d143272c2aa939da33d88c1c0cec22"},
		{nil, "93fba89599b6321ae538e27c6548ceb8b46821864318f5190d64a375e5d69d41"},
	} {
		got, err := p.Export(ms, cr, sr, "label", e.context, 32)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "exporter", got, unhex(t, e.want))
	}
}

// The master secret is from s2n-tls's tests; the digests were computed by OpenSSL 3.0's MD5-SHA1 with
// its SSL 3.0 control.
func TestSSL30MasterSecretAndFinishedAreThoseOfOtherImplementations(t *testing.T) {
	p := prf(t, iana.SSL30, iana.HashLegacy)
	ms := p.MasterSecret(
		unhex(t, "03009e8e006a7f1451d32164088a8cba5077d1b819160662a97e90a765cec244b5f8f98fd50cfe8e4fba97994a7a4843"),
		unhex(t, "537fb7fdddc05090774e55f8ef8564c2b5b238819703409bfdabe14e4cf1897d"),
		unhex(t, "537fb7fe649225c9f37904b24916452d51794b3b5735fc7e628b6090db52209f"))
	equal(t, "master", ms.Bytes, unhex(t, "02b811717e3aa29e6b0526d7e9ae2b74496d461564401f47498e9cdbdf54c8afa69c25a648b360de2004c74850e8f7db"))

	messages := make([]byte, 300)
	for i := range messages {
		messages[i] = byte(i)
	}
	tr := NewTranscript(1000)
	if err := errors.Join(tr.Add(messages[:100]), tr.Choose(crypto.MD5SHA1), tr.Add(messages[100:])); err != nil {
		t.Fatal(err)
	}
	tr.Release()
	for _, f := range []struct {
		name string
		sum  func() ([]byte, error)
		want string
	}{
		{"client", func() ([]byte, error) { return p.Finished(ms, Client, tr) }, "c2982a29e51efee45d537335bbdcfc76cf608235fe3279c2b0260211d61622040c1398c9"},
		{"server", func() ([]byte, error) { return p.Finished(ms, Server, tr) }, "bde49ec344ea27974f2b803338ae2d66cc4b3db055b560b7b69d49516026ba5b4f387d7e"},
		{"certificate verify", func() ([]byte, error) { return CertificateVerifySSL30(ms, tr) }, "3d2c73a71d6dd1ae5f9acbdbeb4b6f96123bc51a36e425009978c29a05f48e66902ebfc3"},
	} {
		got, err := f.sum()
		if err != nil {
			t.Fatal(err)
		}
		equal(t, f.name, got, unhex(t, f.want))
	}
}

func TestExportKeysAreMadeFromLimitedMaterialAndPublicIVs(t *testing.T) {
	cr, sr := make([]byte, 32), []byte("0123456789abcdef0123456789abcdef")
	other := Secret{Bytes: []byte("another master secret, unrelated to the first!!!")}
	for _, v := range []iana.Version{iana.SSL30, iana.TLS10} {
		p := prf(t, v, iana.HashLegacy)
		sizes := KeySizes{MAC: 16, Key: 16, IV: 8}
		k := p.ExportKeyBlock(Secret{Bytes: make([]byte, 48)}, cr, sr, sizes, 5)
		l := p.ExportKeyBlock(other, cr, sr, sizes, 5)
		if len(k.ClientKey) != 16 || len(k.ServerKey) != 16 || len(k.ClientMAC) != 16 || len(k.ClientIV) != 8 || len(k.ServerIV) != 8 {
			t.Errorf("%v: wrong sizes: %+v", v, k)
		}
		equal(t, "client iv needs no secret", k.ClientIV, l.ClientIV)
		equal(t, "server iv needs no secret", k.ServerIV, l.ServerIV)
		if string(k.ClientKey) == string(l.ClientKey) || string(k.ClientKey) == string(k.ServerKey) {
			t.Errorf("%v: keys do not depend on the secret or the side", v)
		}
	}
}

func TestWhatAVersionDoesNotHaveIsUnsupported(t *testing.T) {
	ssl3 := prf(t, iana.SSL30, iana.HashLegacy)
	_, ems := ssl3.ExtendedMasterSecret(nil, nil)
	_, export := ssl3.Export(Secret{}, nil, nil, "label", nil, 1)
	_, reserved := prf(t, iana.TLS12, iana.HashSHA256).Export(Secret{}, nil, nil, "key expansion", nil, 1)
	_, tls13 := NewPRF(iana.TLS13, iana.HashSHA256)
	_, ssl2 := NewPRF(iana.SSL20, iana.HashLegacy)
	_, sm3 := HashOf(iana.TLS13, iana.HashSM3)
	_, legacy13 := HashOf(iana.TLS13, iana.HashLegacy)
	for i, err := range []error{ems, export, reserved, tls13, ssl2, sm3, legacy13} {
		if !errors.Is(err, ErrUnsupported) {
			t.Errorf("%d: %v", i, err)
		}
	}
}
