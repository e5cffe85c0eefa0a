package audit_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// echKey is a configuration of RFC 9849, Section 4, with its key: X25519, HKDF-SHA256, AES-128-GCM.
func echKey(t *testing.T) tls.EncryptedClientHelloKey {
	t.Helper()
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const x25519, name = 0x0020, "public.example.test"
	contents := binary.BigEndian.AppendUint16([]byte{7}, x25519)
	contents = append(binary.BigEndian.AppendUint16(contents, 32), key.PublicKey().Bytes()...)
	contents = append(contents, 0, 4, 0, 1, 0, 1, 32, byte(len(name)))
	contents = append(append(contents, name...), 0, 0)
	config := binary.BigEndian.AppendUint16([]byte{0xfe, 0x0d}, uint16(len(contents)))
	return tls.EncryptedClientHelloKey{Config: append(config, contents...), PrivateKey: key.Bytes(), SendAsRetry: true}
}

func TestAServerWithKeysForEncryptedHellosTellsSoToADecoy(t *testing.T) {
	cfg := rsaOnly()
	cfg.EncryptedClientHelloKeys = []tls.EncryptedClientHelloKey{echKey(t), echKey(t)}
	d := enumerate(t, serve(t, cfg), nil)
	complete(t, d)
	const id = "extension.encrypted_client_hello"
	if q := question(t, d, id); q.Answer.Status != audit.Yes || !slices.Equal(q.Values, []string{"a key of version 0xfe0d", "a key of version 0xfe0d"}) {
		t.Errorf("%+v", q)
	}
	without := enumerate(t, serve(t, rsaOnly()), nil)
	if q := question(t, without, id); q.Answer.Status != audit.No {
		t.Errorf("%+v", q)
	}
	if q := question(t, without, "extension.compress_certificate"); q.Answer.Status != audit.No || len(q.Values) > 0 {
		t.Errorf("%+v", q)
	}
}

func TestWhatIsServedForAnotherNameIsTold(t *testing.T) {
	right, other := identities.rsa(), identities.ecdsa()
	for name, c := range map[string]struct {
		other *tls.Certificate
		want  audit.Status
		words string
	}{
		"nothing":              {nil, audit.No, "unrecognized_name"},
		"the same certificate": {&right, audit.Yes, "the same certificate"},
		"another certificate":  {&other, audit.Yes, "another certificate"},
	} {
		cfg := &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if h.ServerName == "tlsprobe.invalid" {
				return c.other, nil
			}
			return &right, nil
		}}
		d := enumerate(t, serve(t, cfg), nil)
		complete(t, d)
		q := question(t, d, "server_name.other")
		if said := q.Answer.Reason + strings.Join(q.Values, " "); q.Answer.Status != c.want || !strings.Contains(said, c.words) {
			t.Errorf("%s: %+v", name, q)
		}
		if n := len(d.Certificates); n != 1 && c.other != &other || n != 2 && c.other == &other {
			t.Errorf("%s: %d certificates", name, n)
		}
	}
}

func TestANameOfNoBytesIsBorneOrRefusedAndNeitherIsAFinding(t *testing.T) {
	pki := testpeer.NewPKI(t.TempDir())
	rsa := pki.Issue(t, testpeer.RSA2048)
	for addr, want := range map[string]audit.Status{
		serve(t, rsaOnly()): audit.No, // it refuses with decode_error, as is right
		testpeer.OpenSSL(t, "-www", "-cert", rsa.Cert, "-key", rsa.Key).Addr: audit.Yes,
	} {
		d := enumerate(t, addr, oneAtATime)
		complete(t, d)
		if q := question(t, d, "robust.empty_server_name"); q.Answer.Status != want || want == audit.No && !strings.Contains(q.Answer.Reason, "alert") {
			t.Errorf("%+v", q)
		}
		if hasFinding(d, "endpoint.intolerant") {
			t.Errorf("%+v", d.Findings)
		}
	}
}

func TestEveryGroupThatWithstandsQuantumComputersIsInTheTruthTable(t *testing.T) {
	cfg := rsaOnly()
	cfg.MinVersion = tls.VersionTLS13
	cfg.CurvePreferences = []tls.CurveID{tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024, tls.X25519}
	d := enumerate(t, serve(t, cfg), nil)
	complete(t, d)
	rows := map[string]int{}
	for _, r := range d.PostQuantum {
		rows[r.Group.Name]++
		if r.Answer.Status != audit.Yes || r.Picked == nil {
			t.Errorf("%+v", r)
		}
		if shares := len(r.Shares); shares == 2 && r.Groups[0] == r.Group && *r.Picked != r.Group {
			t.Errorf("%s: with a share it picks %s", r.Group.Name, r.Picked.Name)
		}
	}
	if len(rows) != 3 || len(d.PostQuantum) != 8 || rows["X25519MLKEM768"] != 4 {
		t.Errorf("%v", rows)
	}
	t.Logf("%d connections", d.Cost.Connections)
}

func TestAGroupThatStandsAloneIsAskedWithAShareAndWithout(t *testing.T) {
	cfg := rsaOnly()
	cfg.MinVersion = tls.VersionTLS13
	cfg.CurvePreferences = []tls.CurveID{tls.SecP384r1MLKEM1024}
	d := enumerate(t, serve(t, cfg), nil)
	complete(t, d)
	if len(d.PostQuantum) != 2 {
		t.Fatalf("%+v", d.PostQuantum)
	}
	for i, r := range d.PostQuantum {
		if r.Picked == nil || *r.Picked != r.Group || len(r.Groups) != 1 || r.Retry != (i == 1) || len(r.Shares) != 1-i {
			t.Errorf("%+v", r)
		}
	}
}
