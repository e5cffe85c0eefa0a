package ct

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// opensslServed is what openssl is shown.
type opensslServed struct {
	name string
	leaf *x509.Certificate
	tls  [][]byte
	want []finding.Status
}

func writePEM(t *testing.T, path, kind string, der []byte) string {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// opensslCases are certificates and timestamps, right and wrong, of A and B, which are known, and C, which isn't.
func opensslCases(ca *x509.Certificate, a, b, c testLog) []opensslServed {
	at := func(ms int) time.Time { return now.AddDate(0, 0, -19).Add(time.Duration(ms) * time.Millisecond) }
	issuerKey := ca.RawSubjectPublicKeyInfo
	plain := issue(template(90), ca)
	other := template(90)
	other.DNSNames = []string{"another.test"}
	otherTBS := issue(other, ca).RawTBSCertificate
	mixed := issue(template(90), ca, sctExtension(listOf(
		a.sign(at(1), 1, issuerKey, plain.RawTBSCertificate), b.sign(at(2), 1, issuerKey, otherTBS),
		a.sign(at(3), 1, testKeysSPKI(), plain.RawTBSCertificate), c.sign(at(4), 1, issuerKey, plain.RawTBSCertificate))))
	return []opensslServed{
		{"embedded", issue(template(90), ca, sctExtension(listOf(
			a.sign(at(20), 1, issuerKey, plain.RawTBSCertificate), b.sign(at(21), 1, issuerKey, plain.RawTBSCertificate)))), nil,
			[]finding.Status{finding.Pass, finding.Pass}},
		{"embedded, wrong", mixed, nil, []finding.Status{finding.Pass, finding.Fail, finding.Fail, finding.Unknown}},
		{"by TLS", plain, [][]byte{a.sign(at(5), 0, nil, plain.Raw), b.sign(at(6), 0, nil, plain.Raw)}, []finding.Status{finding.Pass, finding.Pass}},
		{"by TLS, wrong", plain, [][]byte{a.sign(at(7), 0, nil, mixed.Raw), c.sign(at(8), 0, nil, plain.Raw)}, []finding.Status{finding.Fail, finding.Unknown}},
	}
}

// testKeysSPKI is the key of somebody who isn't the issuer.
func testKeysSPKI() []byte { return must(x509.MarshalPKIXPublicKey(testKeys().other.Public())) }

// opensslVerdict is what openssl says of one timestamp: the verdict, then its fields.
var opensslVerdict = regexp.MustCompile(`(?s)SCT validation status: (\w+).*?Timestamp : ([^\n]*) GMT`)

// opensslWords are the statuses in the words of openssl.
var opensslWords = map[finding.Status]string{finding.Pass: "valid", finding.Fail: "invalid", finding.Unknown: "unknown"}

func TestOpenSSLComesToTheSameVerdicts(t *testing.T) {
	testpeer.Need(t, "openssl")
	k := testKeys()
	ca := authority(k.ca)
	a, b, c := testLog{key: k.log}, testLog{key: k.rsaLog}, testLog{key: k.other}
	dir := t.TempDir()
	logs := "enabled_logs = A,B\n"
	for name, l := range map[string]testLog{"A": a, "B": b} {
		logs += fmt.Sprintf("[%s]\ndescription = %s\nkey = %s\n", name, name, base64.StdEncoding.EncodeToString(l.spki()))
	}
	logFile := filepath.Join(dir, "logs.cnf")
	if err := os.WriteFile(logFile, []byte(logs), 0o600); err != nil {
		t.Fatal(err)
	}
	root := writePEM(t, filepath.Join(dir, "ca.pem"), "CERTIFICATE", ca.Raw)
	key := writePEM(t, filepath.Join(dir, "key.pem"), "PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(k.leaf)))
	for _, served := range opensslCases(ca, a, b, c) {
		t.Run(served.name, func(t *testing.T) {
			args := []string{"-key", key, "-cert", writePEM(t, filepath.Join(t.TempDir(), "leaf.pem"), "CERTIFICATE", served.leaf.Raw)}
			if served.tls != nil {
				args = append(args, "-serverinfo", writePEM(t, filepath.Join(t.TempDir(), "info.pem"), "SERVERINFO FOR SCT", serverInfo(served.tls)))
			}
			s := testpeer.OpenSSL(t, args...)
			out := testpeer.SClient(t, s.Addr, "-ct", "-ctlogfile", logFile, "-CAfile", root, "-tls1_2", "-attime", fmt.Sprint(now.Unix())).Output
			report := Check(Request{Leaf: read(served.leaf), Issuer: read(ca), TLS: served.tls, Time: now, Logs: known(a.listed("A"), b.listed("B"))})
			verdicts := opensslVerdict.FindAllStringSubmatch(out, -1)
			if len(verdicts) != len(served.want) || len(report.SCTs) != len(served.want) {
				t.Fatalf("openssl saw %d, we %d, of %d\n%s", len(verdicts), len(report.SCTs), len(served.want), out)
			}
			for i, want := range served.want {
				v, theirs := report.SCTs[i], "nothing"
				for _, verdict := range verdicts { // in the other order
					if verdict[2] == v.SCT.Time().Format("Jan _2 15:04:05.000 2006") {
						theirs = verdict[1]
					}
				}
				if v.Status != want || theirs != opensslWords[want] {
					t.Errorf("timestamp %d: %s; openssl %s, we %s %s", i, want, theirs, v.Status, v.Reason)
				}
			}
		})
	}
}

// serverInfo is a TLS extension the way openssl's -serverinfo wants it: type, length, content. RFC 6962, Section 3.3.1.
func serverInfo(scts [][]byte) []byte {
	list := listOf(scts...)
	b := binary.BigEndian.AppendUint16([]byte{0, 18}, uint16(len(list)))
	return append(b, list...)
}
