package bench

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// openssl45 is all that OpenSSL can do with two certificates, in its own order: with those of TLS 1.3, 45 suites.
const openssl45 = "ALL:!PSK:!SRP:!aNULL:!eNULL:@SECLEVEL=0"

// nginxOf45 is an nginx with TLS 1.2 and 1.3 and an order of its own.
func nginxOf45(b *testing.B, ciphers string) *testpeer.Server {
	pki := testpeer.NewPKI(b.TempDir())
	rsa, ecdsa := pki.Issue(b, testpeer.RSA2048), pki.Issue(b, testpeer.ECDSAP256)
	return testpeer.Nginx(b, strings.Join([]string{
		"ssl_certificate " + rsa.Cert + ";", "ssl_certificate_key " + rsa.Key + ";",
		"ssl_certificate " + ecdsa.Cert + ";", "ssl_certificate_key " + ecdsa.Key + ";",
		"ssl_protocols TLSv1.2 TLSv1.3;", "ssl_prefer_server_ciphers on;", "ssl_ciphers " + ciphers + ";",
	}, "\n"))
}

// BenchmarkEnum measures whole processes that find out protocols, suites with their order and groups of the same
// nginx, in turns. What each of them does besides can't be turned off everywhere, so that theirs find a little more or less.
func BenchmarkEnum(b *testing.B) {
	srv := nginxOf45(b, openssl45)
	program := build(b)
	for _, c := range []struct {
		name string
		args []string
	}{
		{"basics", []string{program, "enum", srv.Addr, "--basics", "-q"}},
		{"basics-per-host-1", []string{program, "enum", srv.Addr, "--basics", "-q", "--per-host", "1"}},
		{"everything", []string{program, "enum", srv.Addr, "-q"}},
		{"sslscan", []string{"sslscan", srv.Addr}},
		{"nmap", []string{"nmap", "-Pn", "-n", "-p", srv.Port(), "--script", "+ssl-enum-ciphers", "127.0.0.1"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			if _, err := exec.LookPath(c.args[0]); err != nil {
				b.Skipf("%s is not installed", c.args[0])
			}
			var times []time.Duration
			for b.Loop() {
				times = append(times, run(b, c.args))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(times).Seconds()*1000, "ms")
		})
	}
}
