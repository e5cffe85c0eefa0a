package audit_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// opensslNames are what OpenSSL calls the suites of a version.
func opensslNames(t testing.TB, d *audit.Document, version iana.Version) (list []string) {
	for _, v := range suites(t, d, uint16(version)) {
		name := iana.CipherSuite(v).OpenSSLName()
		if name == "" {
			name = iana.CipherSuite(v).Name()
		}
		list = append(list, name)
	}
	return list
}

// groupNames are the names of groups.
func groupNames(list []uint16) (names []string) {
	for _, g := range list {
		names = append(names, iana.Group(g).Name())
	}
	return names
}

func nginx(t testing.TB, extra string) *testpeer.Server {
	t.Helper()
	pki := testpeer.NewPKI(t.TempDir())
	rsa, ecdsa := pki.Issue(t, testpeer.RSA2048), pki.Issue(t, testpeer.ECDSAP256)
	return testpeer.Nginx(t, `
ssl_certificate `+rsa.Cert+`;
ssl_certificate_key `+rsa.Key+`;
ssl_certificate `+ecdsa.Cert+`;
ssl_certificate_key `+ecdsa.Key+`;
`+extra)
}

func TestNginxIsFoundAsItIsConfigured(t *testing.T) {
	const list = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:AES128-SHA:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-CAMELLIA128-SHA256:AES256-GCM-SHA384"
	s := nginx(t, `
ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers `+list+`;
ssl_prefer_server_ciphers on;
ssl_ecdh_curve P-384:X25519:P-256;
`)
	d := enumerate(t, s.Addr, nil)
	complete(t, d)
	if got, want := opensslNames(t, d, iana.TLS12), strings.Split(list, ":"); !slices.Equal(got, want) {
		t.Errorf("TLS 1.2: %v, want %v", got, want)
	}
	if got, want := opensslNames(t, d, iana.TLS13), []string{"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"}; !slices.Equal(got, want) {
		t.Errorf("TLS 1.3: %v, want %v", got, want)
	}
	for _, v := range []iana.Version{iana.TLS12, iana.TLS13} {
		if p := protocol(t, d, uint16(v)); p.Preference != audit.PreferServer {
			t.Errorf("%s: the order is that of %s", v, p.Preference)
		}
	}
	for _, since13 := range []bool{true, false} {
		got := groupNames(groups(d, since13))
		slices.Sort(got)
		if want := []string{"secp256r1", "secp384r1", "x25519"}; !slices.Equal(got, want) {
			t.Errorf("since TLS 1.3 %t: groups %v, want %v", since13, got, want)
		}
	}
	for _, l := range d.Groups {
		var got []string
		for _, g := range l.Groups {
			got = append(got, g.Group.Name)
		}
		if want := []string{"secp384r1", "x25519", "secp256r1"}; l.Preference == audit.PreferServer && !slices.Equal(got, want) {
			t.Errorf("%s: groups in the order %v, want %v", l.Version.Name, got, want)
		}
		if l.Version.Value == uint64(iana.TLS12) && l.Preference != audit.PreferServer {
			t.Errorf("%s: the order of groups is that of %s", l.Version.Name, l.Preference)
		}
	}
	for _, v := range []iana.Version{iana.SSL30, iana.TLS10, iana.TLS11} {
		if p := protocol(t, d, uint16(v)); p.Support.Status != audit.No {
			t.Errorf("%s: %+v", v, p.Support)
		}
	}
	if len(d.Certificates) != 2 {
		t.Errorf("%d certificates", len(d.Certificates))
	}
}

// nginxOfMany is an nginx with TLS 1.2 and 1.3 and all suites that it can do in them with two certificates.
func nginxOfMany(t testing.TB) *testpeer.Server {
	return nginx(t, `
ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers ALL:!PSK:!SRP:!aNULL:!eNULL:@SECLEVEL=0;
ssl_prefer_server_ciphers on;
`)
}

func TestSslscanFindsTheSameSuitesInTheSameOrder(t *testing.T) {
	path := testpeer.Need(t, "sslscan")
	s := nginxOfMany(t)
	d := enumerate(t, s.Addr, nil)
	complete(t, d)
	out, err := exec.Command(path, "--no-colour", "--show-cipher-ids", "--no-compression", "--no-heartbleed", "--no-renegotiation", s.Addr).CombinedOutput()
	if err != nil {
		t.Fatalf("sslscan: %v\n%s", err, out)
	}
	found := map[string][]string{}
	for _, m := range regexp.MustCompile(`(?m)^(?:Preferred|Accepted)\s+(TLSv1\.[23])\s+\d+ bits\s+(0x[0-9A-F]{4})`).FindAllStringSubmatch(string(out), -1) {
		found[m[1]] = append(found[m[1]], m[2])
	}
	for name, v := range map[string]iana.Version{"TLSv1.2": iana.TLS12, "TLSv1.3": iana.TLS13} {
		var got []string
		for _, c := range suites(t, d, uint16(v)) {
			got = append(got, hex16(c))
		}
		if len(found[name]) == 0 || !slices.Equal(got, found[name]) {
			t.Errorf("%s:\nwe      %v\nsslscan %v", name, got, found[name])
		}
	}
	t.Logf("%d suites of TLS 1.2, %d connections for everything", len(suites(t, d, uint16(iana.TLS12))), d.Cost.Connections)
}

func hex16(v uint16) string {
	const digits = "0123456789ABCDEF"
	return "0x" + string([]byte{digits[v>>12], digits[v>>8&15], digits[v>>4&15], digits[v&15]})
}

func TestTwoRunsGiveTheSameDocumentApartFromTimesAndCounters(t *testing.T) {
	s := nginxOfMany(t)
	var last string
	for range 3 {
		text := comparable(t, enumerate(t, s.Addr, nil))
		if last != "" && text != last {
			dir := t.TempDir()
			_ = os.WriteFile(filepath.Join(dir, "a"), []byte(last), 0o600)
			_ = os.WriteFile(filepath.Join(dir, "b"), []byte(text), 0o600)
			diff, _ := exec.Command("diff", filepath.Join(dir, "a"), filepath.Join(dir, "b")).CombinedOutput()
			t.Fatalf("they differ:\n%s", diff)
		}
		last = text
	}
}
