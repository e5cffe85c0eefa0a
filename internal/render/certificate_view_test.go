package render

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func certificateShown(t *testing.T, certificates [][]byte, o Options) string {
	t.Helper()
	var b bytes.Buffer
	d := NewCertificateDocument("cert.pem", certificates, certificateTime, trace.Tool{Name: "tlsprobe", Version: "test"})
	if err := Certificates(&b, d, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func plainCertificate(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return fullCertificate(t, key)
}

// spoiled returns certificates that are broken in many ways: cut, with bytes changed, and garbage.
func spoiled(t *testing.T) (list [][]byte) {
	good := plainCertificate(t)
	list = append(list, nil, []byte{0x30}, []byte("garbage"), []byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff})
	for i := 0; i < len(good); i += 7 {
		list = append(list, good[:i])
		changed := bytes.Clone(good)
		changed[i] ^= 0x41
		list = append(list, changed)
	}
	return list
}

func TestNoSpoiledCertificateHarmsTheView(t *testing.T) {
	for _, der := range spoiled(t) {
		for _, o := range []Options{{}, {Verbosity: 2}, {Width: 80, Verbosity: 1}, {Width: 20, ASCII: true}} {
			checkSafe(t, o, certificateShown(t, [][]byte{der}, o))
		}
	}
}

func FuzzCertificateView(f *testing.F) {
	f.Add([]byte{0x30, 3, 2, 1, 1}, 80)
	f.Fuzz(func(t *testing.T, der []byte, width int) {
		o := Options{Width: width % 200, Verbosity: 2}
		checkSafe(t, o, certificateShown(t, [][]byte{der}, o))
	})
}

func TestEveryByteOfACertificateIsInItsDump(t *testing.T) {
	der := plainCertificate(t)
	out := certificateShown(t, [][]byte{der}, Options{Verbosity: 2})
	var dumped []byte
	for line := range strings.Lines(out) {
		if len(line) < 6 || line[4:6] != "  " || strings.Trim(line[:4], "0123456789abcdef") != "" {
			continue
		}
		for _, pair := range strings.Fields(line[6:min(len(line), 6+3*perLine)]) {
			var b [1]byte
			if n, err := hex.Decode(b[:], []byte(pair)); n != 1 || err != nil {
				t.Fatalf("%q in %q", pair, line)
			}
			dumped = append(dumped, b[0])
		}
	}
	if !bytes.Equal(dumped, der) {
		t.Errorf("%d bytes of %d, or others", len(dumped), len(der))
	}
}

func TestWhatIsWrongWithTheEncodingStandsInItsPlace(t *testing.T) {
	der := plainCertificate(t)
	at := bytes.Index(der, []byte("\x06\x03\x55\x1d\x13\x01\x01\xff")) // critical of basicConstraints
	if at < 0 {
		t.Fatal("no such bytes")
	}
	der[at+7] = 0x7f
	out := certificateShown(t, [][]byte{der}, Options{})
	if !strings.Contains(out, "encoding     tbsCertificate.extensions: not canonical at byte ") || !strings.Contains(out, ": 7f, not 00 or ff") {
		t.Errorf("not said:\n%s", out)
	}
	lines := strings.Split(certificateShown(t, [][]byte{der}, Options{Verbosity: 1}), "\n")
	for i, line := range lines {
		if strings.Contains(line, "! not canonical (7f, not 00 or ff)") {
			if !strings.Contains(lines[i-1], "critical") {
				t.Errorf("under %q", lines[i-1])
			}
			return
		}
	}
	t.Errorf("not in the tree:\n%s", strings.Join(lines, "\n"))
}

func TestManyNamesAreCutUnlessAllAreAskedFor(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: certificateTime, NotAfter: certificateTime}
	for i := range 500 {
		template.DNSNames = append(template.DNSNames, strings.Repeat("n", i%30+1)+".example.com")
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	short, all := certificateShown(t, [][]byte{der}, Options{Width: 80}), certificateShown(t, [][]byte{der}, Options{Width: 80, Verbosity: 1})
	if !strings.Contains(short, "more (-v has them all)") || strings.Count(short, ".example.com") > 60 {
		t.Errorf("%d names are shown", strings.Count(short, ".example.com"))
	}
	if before, _, _ := strings.Cut(all, "\ncert "); strings.Count(before, ".example.com") < 500 {
		t.Errorf("only %d names are shown with -v", strings.Count(before, ".example.com"))
	}
}

func TestTheLifeOfACertificateIsCountedInWholeDays(t *testing.T) {
	at := func(s string) *time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return &v
	}
	for _, c := range []struct{ now, to, want string }{
		{"2026-11-23T12:00:00Z", "2026-11-24T12:00:00Z", ", 1 day left"},
		{"2026-11-23T12:00:00Z", "2026-11-24T11:59:59Z", ", 0 days left"},
		{"2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z", ", 0 days left"}, // notAfter is the last moment: RFC 5280, Section 4.1.2.5
		{"2026-11-23T12:00:01Z", "2026-11-23T12:00:00Z", ", expired 0 days ago"},
		{"2026-11-25T12:00:00Z", "2026-11-23T12:00:00Z", ", expired 2 days ago"},
		{"2026-11-23T12:00:00Z", "9999-12-31T23:59:59Z", ", 2912116 days left"},
		{"2020-11-23T12:00:00Z", "2026-11-23T12:00:00Z", ", not yet valid"},
	} {
		d := CertificateDetails{NotBefore: at("2026-01-01T00:00:00Z"), NotAfter: at(c.to)}
		days := daysBetween(*at(c.now), *d.NotAfter)
		d.DaysLeft = &days
		if got, _ := lifeText(&d, *at(c.now)); !strings.HasSuffix(got, c.want) {
			t.Errorf("%s to %s: %q, not %q", c.now, c.to, got, c.want)
		}
	}
}

func TestDocumentsOfCertificatesFollowTheSchema(t *testing.T) {
	var s jsonschema.Schema
	if err := json.Unmarshal(CertificateSchemaJSON(), &s); err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, der := range append(spoiled(t), plainCertificate(t)) {
		d := NewCertificateDocument("x", [][]byte{der, der}, certificateTime, trace.Tool{})
		d.Error = &CertificateError{Kind: "closed"}
		var b bytes.Buffer
		if err := trace.WriteDocument(&b, d); err != nil {
			t.Fatal(err)
		}
		var doc any
		if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
			t.Fatalf("%v: %s", err, &b)
		}
		if err := r.Validate(doc); err != nil {
			t.Errorf("%v: %s", err, &b)
		}
	}
}

func TestEveryExtensionThatIsReadIsSaid(t *testing.T) {
	said := map[cert.ID]bool{}
	for _, x := range extensionWords {
		if said[x.id] {
			t.Errorf("%s stands twice", x.id.Name())
		}
		said[x.id] = true
		c := cert.Extension{ID: cert.OID(x.id), Value: []byte{0x30, 0}}
		describeExtension(&cert.Certificate{Extensions: []cert.Extension{c}}, c, false) // of an empty value, too
		if text, _ := describeExtension(&cert.Certificate{}, c, true); len(text) != 1 || !strings.Contains(text[0], "duplicate") {
			t.Errorf("%s again: %q", x.id.Name(), text)
		}
	}
}

// fullDisk fails at once.
type fullDisk struct{}

var errFull = errors.New("full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestAWriterThatFailsIsToldOfByTheViews(t *testing.T) {
	d := NewCertificateDocument("x", [][]byte{plainCertificate(t)}, certificateTime, trace.Tool{})
	if err := Certificates(fullDisk{}, d, Options{Verbosity: 2}); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}

func TestWhatOneCertificateListsIsBounded(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: certificateTime, NotAfter: certificateTime}
	for range maxListedNames + 7 {
		template.DNSNames = append(template.DNSNames, "example.com")
	}
	for i := range maxExtensions + 5 {
		template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{Id: []int{1, 2, 3, i}, Value: []byte{5, 0}})
	}
	for i := range maxSaid + 3 {
		template.OCSPServer = append(template.OCSPServer, "http://ocsp.example.com/"+strconv.Itoa(i))
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	d := NewCertificateDocument("x", [][]byte{der}, certificateTime, trace.Tool{}).Certificates[0]
	if len(d.Names) != maxListedNames || d.NamesOmitted != 7 || len(d.Extensions) != maxExtensions || d.ExtensionsOmitted != 7 {
		t.Errorf("%d names and %d more, %d extensions and %d more", len(d.Names), d.NamesOmitted, len(d.Extensions), d.ExtensionsOmitted)
	}
	for _, x := range d.Extensions {
		if x.Name != nil && *x.Name == "authorityInfoAccess" && (len(x.Says) != maxSaid+1 || x.Says[maxSaid] != "and 3 more") {
			t.Errorf("%d lines", len(x.Says))
		}
	}
	view := certificateShown(t, [][]byte{der}, Options{Verbosity: 1})
	for _, want := range []string{"… and 7 more names, not listed", "… and 7 more extensions, not listed"} {
		if !strings.Contains(view, want) {
			t.Errorf("no %q", want)
		}
	}
}
