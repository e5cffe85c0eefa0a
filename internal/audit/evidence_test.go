package audit_test

import (
	"bytes"
	"crypto/tls"
	"net"
	"sync"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// field is the value of a field of an event of a kind that was received; nil where there is none.
func field(t *trace.Trace, kind string, path ...string) *trace.Code {
	for _, e := range t.Events {
		if e.Kind == kind && e.Dir == trace.Received {
			return e.Fields().At(path...).Code()
		}
	}
	return nil
}

func TestTheTraceOfAConnectionShowsWhatItIsSaidToShow(t *testing.T) {
	addr := serve(t, &tls.Config{
		Certificates: []tls.Certificate{identities.ecdsa(), identities.rsa()}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"},
	})
	var e audit.Evidence
	calls := 0
	d := enumerate(t, addr, func(o *audit.Options) {
		o.Record = func(n int, tr *trace.Trace) { calls++; e.Keep(n, tr) }
	})
	complete(t, d)
	if calls != d.Cost.Connections || e.Dropped() > 0 {
		t.Errorf("%d traces of %d connections, %d dropped", calls, d.Cost.Connections, e.Dropped())
	}
	for _, p := range d.Protocols {
		for _, s := range p.Suites {
			tr, ok := e.Trace(s.Connection)
			if !ok {
				t.Fatalf("no trace of connection %d", s.Connection)
			}
			got := field(tr, "server_hello", "cipher_suite")
			if got == nil {
				got = field(tr, "hello_retry_request", "cipher_suite")
			}
			if got == nil || *got != *s.Suite || tr.Outcome != trace.Unknown || tr.Error != nil {
				t.Errorf("connection %d: %v, not %v; outcome %s, %+v", s.Connection, got, s.Suite, tr.Outcome, tr.Error)
			}
		}
	}
	for _, q := range d.Questions {
		if n := q.Answer.Connection; n > 0 {
			if tr, ok := e.Trace(n); !ok || len(tr.Events) < 3 || tr.Summary.Address == nil {
				t.Errorf("%s rests on connection %d, of which there is %+v", q.ID, n, tr)
			}
		}
	}
}

func TestTracesOfAnEnumerationAreTracesLikeAnyOther(t *testing.T) {
	n := 0
	enumerate(t, server12(t), func(o *audit.Options) {
		o.Record = func(connection int, tr *trace.Trace) {
			n++
			var b bytes.Buffer
			if err := trace.WriteDocument(&b, tr); err != nil {
				t.Fatal(err)
			}
			again, err := trace.Read(bytes.NewReader(b.Bytes()))
			if err != nil {
				t.Fatalf("connection %d: %v", connection, err)
			}
			for i, e := range tr.Events {
				if e.N != i+1 || again.Events[i].Kind != e.Kind {
					t.Errorf("connection %d: event %d is %d, %s", connection, i+1, e.N, e.Kind)
				}
			}
			if tr.Events[0].Kind != "lookup" || tr.Outcome == trace.OK {
				t.Errorf("connection %d begins with %s, outcome %s", connection, tr.Events[0].Kind, tr.Outcome)
			}
		}
	})
	if n == 0 {
		t.Error("there was none")
	}
}

func TestAConnectionThatFailsHasATraceThatSaysSo(t *testing.T) {
	outcomes := map[trace.Outcome]int{}
	addr, _ := relay(t, server12(t), func(n int64, c *net.TCPConn) bool { return n%3 == 0 && reset(c) })
	enumerate(t, addr, func(o *audit.Options) {
		o.Basics = true
		o.Record = func(_ int, tr *trace.Trace) {
			if (tr.Outcome == trace.HandshakeFailed) != (tr.Error != nil) {
				t.Errorf("outcome %s, error %+v", tr.Outcome, tr.Error)
			}
			outcomes[tr.Outcome]++
		}
	})
	if outcomes[trace.HandshakeFailed] == 0 || outcomes[trace.Unknown] == 0 {
		t.Errorf("%v", outcomes)
	}
}

func TestEvidenceIsBounded(t *testing.T) {
	some := func(bytes int) *trace.Trace {
		return &trace.Trace{Buffers: []*trace.Buffer{{Bytes: make([]byte, bytes)}}}
	}
	e := audit.Evidence{Limit: 100 << 10}
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() { e.Keep(i, some(1<<10)) })
	}
	wg.Wait()
	kept := 0
	for i := range 200 {
		if _, ok := e.Trace(i); ok {
			kept++
		}
	}
	if kept == 0 || kept > 100 || kept+e.Dropped() != 200 {
		t.Errorf("%d kept, %d dropped", kept, e.Dropped())
	}
	if e.Keep(300, some(1<<20)); e.Dropped() != 201-kept {
		t.Errorf("%d dropped", e.Dropped())
	}
	if _, ok := e.Trace(300); ok {
		t.Error("what does not fit is kept")
	}
}

func TestRecordingChangesNothingThatIsFound(t *testing.T) {
	addr := server12(t)
	plain := enumerate(t, addr, nil)
	recorded := enumerate(t, addr, func(o *audit.Options) {
		o.Record = func(int, *trace.Trace) {}
	})
	if plain.Cost.Connections != recorded.Cost.Connections || comparable(t, plain) != comparable(t, recorded) {
		t.Errorf("%d and %d connections", plain.Cost.Connections, recorded.Cost.Connections)
	}
}
