package probe_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// What each scenario comes to is held by the tests of cmd/tlsprobe; here every field of each is in its place.
func TestTreesOfEveryScenarioAreSoundAndTheTraceIsWritten(t *testing.T) {
	for _, sc := range demo.Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			t.Parallel()
			srv, err := demo.Start(t.Context(), sc, demo.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			target, err := dial.ParseTarget(srv.Target())
			if err != nil {
				t.Fatal(err)
			}
			min := iana.TLS10
			offer := handshake.DefaultOffer(min, iana.TLS13)
			offer.ServerName = target.SNI
			tr := probe.Run(t.Context(), probe.Options{
				Target: target, Offer: offer, Insecure: true, Timeout: 3 * time.Second, Linger: 300 * time.Millisecond,
				Rand: rand.Reader, Now: time.Now,
				Exchange: func(_ context.Context, s *conn.Conn) error {
					if _, err := s.Write([]byte("GET / HTTP/1.0\r\nHost: x\r\n\r\n")); err != nil {
						return err
					}
					_, err := io.ReadAll(io.LimitReader(s, 1<<16))
					return err
				},
			})
			for _, e := range tr.Events {
				if e.Tree != nil {
					if err := e.Tree.Check(); err != nil {
						t.Error(e.Kind, err)
					}
				}
			}
			if len(tr.Events) == 0 || tr.Outcome == trace.Internal {
				t.Errorf("%d events, outcome %s", len(tr.Events), tr.Outcome)
			}
			var buf bytes.Buffer
			if err := trace.Write(&buf, tr); err != nil {
				t.Fatal(err)
			}
			if _, err := trace.Read(&buf); err != nil && !errors.Is(err, trace.ErrTooLarge) {
				t.Errorf("what was written can't be read: %v", err)
			}
		})
	}
}
