package bench

import (
	"io"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
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

// enumTurns is how often each program is run; an odd number has a median.
const enumTurns = 9

// enumerators are the programs that find out protocols, suites with their order and groups, and what else each of them can't be told to
// leave out. Audit's exit code does not matter: nobody trusts the test's root.
func enumerators(program string) []enumerator {
	own := func(args ...string) func(string) []string {
		return func(addr string) []string { return append([]string{program, args[0], addr, "-q"}, args[1:]...) }
	}
	return []enumerator{
		{"basics", own("enum", "--basics"), nil},
		{"basics-per-host-1", own("enum", "--basics", "--per-host", "1"), nil},
		{"everything", own("enum"), nil},
		{"audit", own("audit"), nil},
		{"sslscan", func(addr string) []string { return []string{"sslscan", addr} }, nil},
		{"nmap", func(addr string) []string {
			host, port, _ := strings.Cut(addr, ":")
			return []string{"nmap", "-Pn", "-n", "-p", port, "--script", "+ssl-enum-ciphers", host}
		}, nil},
	}
}

// testsslPicks is testssl.sh with one test of its many, the server's picks. It is run once, at the relay: it takes half a minute.
var testsslPicks = enumerator{"testssl-picks", func(addr string) []string {
	return []string{"testssl", "--quiet", "--color", "0", "--warnings", "batch", "-n", "none", "-P", addr}
}, nil}

type enumerator struct {
	name  string
	args  func(addr string) []string
	times []time.Duration
}

// BenchmarkEnum measures whole processes against the same nginx, in turns: what one of them suffers from the machine, so do the others. It
// reports the median, the least, both as a part of sslscan's, and the connections, counted in a turn of its own at a relay.
func BenchmarkEnum(b *testing.B) {
	srv := nginxOf45(b, openssl45)
	all := enumerators(build(b))
	all = slices.DeleteFunc(all, func(e enumerator) bool { return !installed(b, e, srv.Addr) })
	for range enumTurns {
		for i := range all {
			all[i].times = append(all[i].times, run(b, all[i].args(srv.Addr)))
		}
	}
	var sslscan []time.Duration
	for _, e := range all {
		if e.name == "sslscan" {
			sslscan = e.times
		}
	}
	if installed(b, testsslPicks, srv.Addr) {
		all = append(all, testsslPicks)
	}
	for _, e := range all {
		addr, count := counted(b, srv.Addr)
		if once := run(b, e.args(addr)); e.times == nil {
			e.times = append(e.times, once)
		}
		b.Run(e.name, func(b *testing.B) {
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(e.times).Seconds()*1000, "ms")
			b.ReportMetric(slices.Min(e.times).Seconds()*1000, "ms-least")
			b.ReportMetric(float64(count.Load()), "connections")
			if sslscan != nil {
				b.ReportMetric(float64(median(e.times))/float64(median(sslscan)), "of-sslscan")
				b.ReportMetric(float64(slices.Min(e.times))/float64(slices.Min(sslscan)), "of-sslscan-least")
			}
		})
	}
}

func installed(b *testing.B, e enumerator, addr string) bool {
	program := e.args(addr)[0]
	if _, err := exec.LookPath(program); err != nil {
		b.Logf("%s is not installed", program)
		return false
	}
	return true
}

// counted listens for a server, and counts the connections that it passes on.
func counted(b *testing.B, to string) (addr string, count *atomic.Int64) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	count = new(atomic.Int64)
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			count.Add(1)
			server, err := net.Dial("tcp", to)
			if err != nil {
				_ = client.Close()
				return
			}
			go passOn(server, client)
			go passOn(client, server)
		}
	}()
	return l.Addr().String(), count
}

// passOn copies one direction of a connection, its end included.
func passOn(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.(*net.TCPConn).CloseWrite()
}
