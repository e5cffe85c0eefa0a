package audit_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
)

// relay passes connections on to a server, counts them, and does to each what spoil says, by its number
// from 1: nil passes it on.
func relay(t testing.TB, to string, spoil func(n int64, c *net.TCPConn) bool) (addr string, count *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	count = new(atomic.Int64)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close() //nolint:errcheck // nothing to lose
				if n := count.Add(1); spoil != nil && spoil(n, c.(*net.TCPConn)) {
					return
				}
				s, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer s.Close() //nolint:errcheck // nothing to lose
				go func() {
					_, _ = io.Copy(s, c)
					_ = s.(*net.TCPConn).CloseWrite()
				}()
				_, _ = io.Copy(c, s)
			}()
		}
	}()
	return l.Addr().String(), count
}

// reset ends a connection by a reset, once the hello is there.
func reset(c *net.TCPConn) bool {
	_, _ = c.Read(make([]byte, 1))
	_ = c.SetLinger(0)
	return true
}

// server12 has little, so that a test is quick.
func server12(t testing.TB) string {
	return serve(t, &tls.Config{
		Certificates: []tls.Certificate{identities.ecdsa(), identities.rsa()}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"},
		CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256},
	})
}

// noneIsWrong fails the test where two documents answer a question differently and both say they know.
func noneIsWrong(t *testing.T, good, got *audit.Document) (unknown int) {
	t.Helper()
	for i := range good.Questions {
		want, have := good.Questions[i], got.Questions[i]
		switch {
		case have.Answer.Status == audit.Unknown:
			unknown++
		case have.Answer.Status != want.Answer.Status:
			// What builds on an unknown answer does not apply: that is not wrong.
			if have.Answer.Status != audit.Skip {
				t.Errorf("%s: %s (%s), and is %s", have.ID, have.Answer.Status, have.Answer.Reason, want.Answer.Status)
			}
		}
	}
	return unknown
}

func TestAServerThatResetsEveryThirdConnectionIsNeverMisjudged(t *testing.T) {
	to := server12(t)
	good := enumerate(t, to, nil)
	complete(t, good)
	for _, perHost := range []int{1, 4} {
		addr, _ := relay(t, to, func(n int64, c *net.TCPConn) bool { return n%3 == 0 && reset(c) })
		got := enumerate(t, addr, func(o *audit.Options) { o.PerHost = perHost })
		unknown := noneIsWrong(t, good, got)
		if got.Cost.Unreliable == "" {
			t.Error("nobody noticed")
		}
		if perHost == 1 && unknown > len(good.Questions)-len(good.Unanswered()) {
			t.Errorf("%d unknown", unknown)
		}
		t.Logf("--per-host %d: %d questions without an answer, %d connections", perHost, len(got.Unanswered()), got.Cost.Connections)
	}
}

func TestAServerThatIsSlowIsAnsweredOrUnknown(t *testing.T) {
	to := server12(t)
	good := enumerate(t, to, nil)
	addr, _ := relay(t, to, func(n int64, c *net.TCPConn) bool {
		if n%5 == 0 { // longer than anybody waits
			_ = c.SetReadDeadline(time.Now().Add(3 * time.Second))
			_, _ = io.Copy(io.Discard, c)
			return true
		}
		return false
	})
	got := enumerate(t, addr, func(o *audit.Options) { o.Timeout = 300 * time.Millisecond })
	noneIsWrong(t, good, got)
	if got.Cost.BackedOff == 0 {
		t.Error("it was not asked more slowly")
	}
	t.Logf("%d without an answer", len(got.Unanswered()))
}

func TestAServerThatClosesEveryConnectionHasSaidNothing(t *testing.T) {
	addr, count := relay(t, "", func(_ int64, c *net.TCPConn) bool { return reset(c) })
	d := enumerate(t, addr, nil)
	for _, p := range d.Protocols {
		if p.Support.Status != audit.Unknown {
			t.Errorf("%s: %+v", p.Version.Name, p.Support)
		}
	}
	if count.Load() > 60 {
		t.Errorf("%d connections", count.Load())
	}
}

func TestASilentServerIsUnknown(t *testing.T) {
	addr, _ := relay(t, "", func(_ int64, c *net.TCPConn) bool { _, _ = io.Copy(io.Discard, c); return true })
	d := enumerate(t, addr, func(o *audit.Options) { o.Timeout = 50 * time.Millisecond })
	for _, p := range d.Protocols {
		if p.Support.Status != audit.Unknown {
			t.Errorf("%s: %+v", p.Version.Name, p.Support)
		}
	}
	if d.Complete() {
		t.Error("it is said to be complete")
	}
}

func TestHostileServersEndAndAreSaidToBe(t *testing.T) {
	hello := func(version, suite uint16) []byte { // a ServerHello of TLS 1.2 or older in its record
		body := append([]byte{byte(version >> 8), byte(version)}, make([]byte, 33)...)
		body = append(body, byte(suite>>8), byte(suite), 0)
		msg := append([]byte{2, 0, 0, byte(len(body))}, body...)
		return append([]byte{22, 3, 3, 0, byte(len(msg))}, msg...)
	}
	for name, c := range map[string]struct {
		says []byte
		for_ time.Duration // again and again
	}{
		"a suite that nobody offered":        {hello(0x0303, 0xfefe), 0},
		"a version that nobody offered":      {hello(0x0304, 0x1301), 0},
		"always the same suite":              {hello(0x0303, 0xc02f), 0},
		"garbage":                            {[]byte("\x00\x01\x02garbage garbage garbage"), 0},
		"a greeting":                         {[]byte("220 mail.example ESMTP\r\n"), 0},
		"warnings without end":               {[]byte{21, 3, 3, 0, 2, 1, 112}, time.Second},
		"empty records without end":          {[]byte{22, 3, 3, 0, 0}, time.Second},
		"a message that says it is enormous": {[]byte{22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff}, 0},
		"half a ServerHello":                 {hello(0x0303, 0xc02f)[:20], 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, count := relay(t, "", func(_ int64, conn *net.TCPConn) bool {
				_, _ = conn.Read(make([]byte, 1<<15))
				until := time.Now().Add(c.for_)
				for {
					if _, err := conn.Write(c.says); err != nil || c.for_ == 0 || time.Now().After(until) {
						_ = conn.CloseWrite()
						_, _ = io.Copy(io.Discard, conn)
						return true
					}
				}
			})
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			o := options(t, addr)
			o.Timeout = 5 * time.Second
			d, err := audit.Enumerate(ctx, o)
			if err != nil || errors.Is(ctx.Err(), context.DeadlineExceeded) {
				t.Fatalf("%v %v", err, ctx.Err())
			}
			for _, p := range d.Protocols {
				if p.Support.Status == audit.Yes && name != "always the same suite" {
					t.Errorf("%s: %+v", p.Version.Name, p.Support)
				}
			}
			if d.Complete() {
				t.Error("it is said to be complete")
			}
			if count.Load() > 200 {
				t.Errorf("%d connections", count.Load())
			}
		})
	}
}
