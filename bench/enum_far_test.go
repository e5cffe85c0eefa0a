package bench

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// oneWay is how long bytes are under way in each direction.
const oneWay = 25 * time.Millisecond

// BenchmarkEnumFar measures what BenchmarkEnum does at the end of a long path, from the start of the process. Beside the time
// it reports how many round trips fit into it, and the connections.
func BenchmarkEnumFar(b *testing.B) {
	program := build(b)
	usual, shuffled := nginxOf45(b, openssl45), nginxOf45(b, shuffled45(b))
	for _, c := range []struct {
		name string
		srv  *testpeer.Server
		args []string
	}{
		{"usual/per-host-8", usual, []string{program, "enum", "--basics", "-q", "--per-host", "8"}},
		{"usual/per-host-4", usual, []string{program, "enum", "--basics", "-q"}},
		{"usual/per-host-1", usual, []string{program, "enum", "--basics", "-q", "--per-host", "1"}},
		{"shuffled/per-host-8", shuffled, []string{program, "enum", "--basics", "-q", "--per-host", "8"}},
		{"usual/everything-per-host-8", usual, []string{program, "enum", "-q", "--per-host", "8"}},
		{"usual/sslscan", usual, []string{"sslscan"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			if _, err := exec.LookPath(c.args[0]); err != nil {
				b.Skipf("%s is not installed", c.args[0])
			}
			addr, count := farFrom(b, c.srv.Addr)
			var times []time.Duration
			for b.Loop() {
				times = append(times, run(b, append(c.args[:len(c.args):len(c.args)], addr)))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(times).Seconds()*1000, "ms")
			b.ReportMetric(float64(median(times))/float64(2*oneWay), "round-trips")
			b.ReportMetric(float64(count.Load())/float64(len(times)), "connections")
		})
	}
}

// shuffled45 is the list of openssl45 in an order that nobody has.
func shuffled45(b *testing.B) string {
	out, err := exec.Command(testpeer.Need(b, "openssl"), "ciphers", "-s", "-tls1_2", openssl45).Output()
	if err != nil {
		b.Fatal(err)
	}
	list := strings.Split(strings.TrimSpace(string(out)), ":")
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return fmt.Sprintf("%s:@SECLEVEL=0", strings.Join(list, ":"))
}

// farFrom listens at the end of a long path to an address, and counts connections.
func farFrom(b *testing.B, to string) (addr string, count *atomic.Int64) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	count = new(atomic.Int64)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			count.Add(1)
			go relayLate(c.(*net.TCPConn), to)
		}
	}()
	return l.Addr().String(), count
}

// relayLate passes on what comes, later. To be accepted takes no time here; what it would take on a long path, the
// first bytes take more.
func relayLate(client *net.TCPConn, to string) {
	s, err := net.Dial("tcp", to)
	if err != nil {
		_ = client.Close()
		return
	}
	server := s.(*net.TCPConn)
	go late(server, client, 3*oneWay)
	late(client, server, oneWay)
}

// late copies bytes after a delay, which is that of the way from the second piece on.
func late(to, from *net.TCPConn, first time.Duration) {
	type piece struct {
		bytes []byte
		due   time.Time
	}
	pieces := make(chan piece, 64)
	go func() {
		defer close(pieces)
		delay := first
		for {
			buf := make([]byte, 1<<14)
			n, err := from.Read(buf)
			if err != nil {
				return
			}
			pieces <- piece{buf[:n], time.Now().Add(delay)}
			delay = oneWay
		}
	}()
	for p := range pieces {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.bytes); err != nil {
			break
		}
	}
	time.Sleep(oneWay)
	_ = to.CloseWrite()
	for range pieces { // so that who reads comes to an end
	}
}
