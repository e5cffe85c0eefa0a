package conn_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

func TestUntilEndsAHandshakeAtAnyMessageWithoutAFailureAndSendsNoMore(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		var all []iana.HandshakeType
		for want := 1; ; want++ {
			var seen []iana.HandshakeType
			w := serve(t, version)
			s := open(t, w, func(c *conn.Config) {
				c.Handshake.Until = func(m message.Message, wellFormed bool) bool {
					if !wellFormed {
						t.Errorf("%s is not well-formed", m.Name())
					}
					seen = append(seen, m.Type())
					return len(seen) == want
				}
			})
			err := s.shake()
			if len(seen) < want {
				if err != nil {
					t.Fatalf("never told to end, it ends with %v", err)
				}
				all = seen
				break
			}
			if !errors.Is(err, io.EOF) || s.Failure() != nil {
				t.Fatalf("after %d messages of %x: %v, failure %v", want, version, err, s.Failure())
			}
			for _, e := range s.rec.Events {
				if seen[want-1] != iana.Finished && e.Kind == "client_key_exchange" || e.Kind == "alert" {
					t.Errorf("after %d messages of %x: %s %s", want, version, e.Dir, e.Kind)
				}
			}
		}
		if len(all) < 4 {
			t.Errorf("%x: only %v were told", version, all)
		}
	}
}

// hellos returns the bytes of the records that a client begins with.
func hellos(t *testing.T, change func(*conn.Config)) []byte {
	t.Helper()
	client, server := net.Pipe()
	got := make(chan []byte, 1)
	go func() {
		buf := make([]byte, 1<<16)
		n, _ := server.Read(buf)
		_ = server.Close()
		got <- buf[:n]
	}()
	cfg := conn.Config{Handshake: exampleConfig()}
	change(&cfg)
	_ = conn.New(client, cfg).Handshake(t.Context())
	return <-got
}

func TestAFragmentBoundsEveryRecordOfTheHello(t *testing.T) {
	b := hellos(t, func(c *conn.Config) { c.Fragment = 100 })
	records := 0
	for len(b) > 0 {
		n := int(b[3])<<8 | int(b[4])
		if rest := len(b) - 5 - n; n > 100 || rest > 0 && n != 100 {
			t.Fatalf("a record of %d bytes, %d after it", n, rest)
		}
		b = b[5+n:]
		records++
	}
	if records < 3 {
		t.Errorf("%d records", records)
	}
}

func TestAHelloOfSSL3AloneIsInARecordOfSSL3(t *testing.T) {
	for _, c := range []struct{ newest, want iana.Version }{{iana.SSL30, iana.SSL30}, {iana.TLS10, iana.TLS10}, {iana.TLS13, iana.TLS10}} {
		b := hellos(t, func(cfg *conn.Config) { cfg.Handshake.Offer.Min, cfg.Handshake.Offer.Max = iana.SSL30, c.newest })
		if got := iana.Version(b[1])<<8 | iana.Version(b[2]); got != c.want {
			t.Errorf("up to %s: the record says %s", c.newest, got)
		}
	}
}
