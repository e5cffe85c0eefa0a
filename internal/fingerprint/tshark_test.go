package fingerprint_test

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/capture"
	"github.com/tlsprobe/tlsprobe/internal/fingerprint"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// firstRecord is what a client says first to a server that says nothing.
func firstRecord(t *testing.T, client func(addr string)) []byte {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // the test is over
	got := make(chan []byte, 1)
	go func() {
		defer close(got)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close() //nolint:errcheck // the client has said what is wanted
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		head := make([]byte, 5)
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint16(head[3:]))
		if _, err := io.ReadFull(c, body); err == nil {
			got <- append(head, body...)
		}
	}()
	client(l.Addr().String())
	return <-got
}

// said is a connection over which only something is sent.
type said struct{ net.Conn }

func (said) LocalAddr() net.Addr         { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 50000} }
func (said) RemoteAddr() net.Addr        { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 443} }
func (said) Write(b []byte) (int, error) { return len(b), nil }

// TestTsharkFingerprintsOtherClientsAlike: hellos of three stacks, each in several moods.
func TestTsharkFingerprintsOtherClientsAlike(t *testing.T) {
	testpeer.Need(t, "tshark")
	openssl := func(args ...string) func(string) {
		return func(addr string) {
			testpeer.Run(t, "Q\n", "openssl", append([]string{"s_client", "-connect", addr}, args...)...)
		}
	}
	gnutls := func(priority string) func(string) {
		return func(addr string) {
			host, port, _ := net.SplitHostPort(addr)
			testpeer.Run(t, "", "gnutls-cli", "--no-ca-verification", "--priority", priority, "-p", port, host)
		}
	}
	golang := func(c *tls.Config) func(string) {
		return func(addr string) {
			if conn, err := tls.Dial("tcp", addr, c); err == nil {
				_ = conn.Close()
			}
		}
	}
	for name, client := range map[string]func(string){
		"openssl":               openssl(),
		"openssl, TLS 1.2":      openssl("-tls1_2", "-servername", "example.com", "-alpn", "h2,http/1.1", "-status"),
		"openssl, no extension": openssl("-tls1_2", "-noservername", "-cipher", "AES128-SHA"),
		"gnutls":                gnutls("NORMAL"),
		"gnutls, old versions":  gnutls("NORMAL:+VERS-TLS1.0:+VERS-TLS1.1"),
		"crypto/tls":            golang(&tls.Config{ServerName: "example.com", NextProtos: []string{"h2"}}),
		"crypto/tls, TLS 1.2":   golang(&tls.Config{ServerName: "127.0.0.1", MaxVersion: tls.VersionTLS12}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			record := firstRecord(t, client)
			if len(record) == 0 {
				t.Fatal("the client said nothing")
			}
			var d message.Decoder
			m, diags := d.Decode(record[5:], &message.Context{}, nil)
			hello, ok := m.(*message.ClientHello)
			if !ok || len(diags) > 0 {
				t.Fatalf("%T, %v", m, diags)
			}
			got := fingerprint.OfClient(hello, fingerprint.TCP)
			full, hash, _ := strings.Cut(ofTshark(t, record), "|")
			if got.JA3Full != full || got.JA3 != hash {
				t.Errorf("JA3 is\n%s %s, of tshark\n%s %s", got.JA3Full, got.JA3, full, hash)
			}
		})
	}
}

// ofTshark is JA3 as tshark makes it, the string and its hash.
func ofTshark(t *testing.T, record []byte) string {
	t.Helper()
	tap := capture.NewTap(time.Now, 1<<20)
	if _, err := tap.Wrap(said{}).Write(record); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := tap.WritePcapng(&b, &trace.Trace{Started: time.Now()}, nil); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "hello.pcapng")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r := testpeer.Run(t, "", "tshark", "-n", "-r", file, "-Y", "tls.handshake.type==1", "-T", "fields", "-E", "separator=|", "-e", "tls.handshake.ja3_full", "-e", "tls.handshake.ja3")
	if r.Code != 0 {
		t.Fatal(r.Output())
	}
	return strings.TrimSpace(r.Stdout)
}
