package probe_test

import (
	"bytes"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// again writes a trace and reads it.
func again(t *testing.T, tr *trace.Trace) *trace.Trace {
	t.Helper()
	var b bytes.Buffer
	if err := trace.WriteDocument(&b, tr); err != nil {
		t.Fatal(err)
	}
	read, err := trace.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func kinds(tr *trace.Trace) (list []string) {
	for i, e := range tr.Events {
		if e.N != i+1 {
			list = append(list, "misnumbered")
		}
		list = append(list, e.Kind)
	}
	return list
}

func TestARecordingOfAConnectionThatDidNotComeAboutSaysWhy(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	target, err := dial.ParseTarget(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	r := probe.Record(probe.Options{Target: target, Now: time.Now}, time.Now())
	res, err := (&dial.Dialer{}).Dial(t.Context(), target)
	r.Dialed(res)
	tr := again(t, r.End(t.Context(), err))
	if got := kinds(tr); tr.Outcome != trace.Network || tr.Error == nil || tr.Error.Kind != string(dial.KindRefused) || len(got) != 2 || got[1] != "attempt" {
		t.Errorf("outcome %s, error %+v, %v", tr.Outcome, tr.Error, got)
	}
}

func TestARecordingThatWasGivenUpSaysThatWeClosed(t *testing.T) {
	now := time.Unix(1000, 0)
	here := netip.MustParseAddrPort("127.0.0.1:1")
	r := probe.Record(probe.Options{Now: func() time.Time { now = now.Add(time.Millisecond); return now }}, now)
	a, b := net.Pipe()
	defer a.Close() //nolint:errcheck // nothing to lose
	defer b.Close() //nolint:errcheck // nothing to lose
	r.Dialed(&dial.Result{Conn: a, Lookup: dial.Lookup{Name: "127.0.0.1"}, Attempts: []dial.Attempt{{Addr: here}}, Connected: dial.Connected{Local: here, Remote: here}})
	r.Foreign("SSL 2.0", []byte("\x80\x20\x04\x00\x01\x00\x02"))
	tr := again(t, r.End(t.Context(), io.EOF))
	got := kinds(tr)
	if want := []string{"lookup", "attempt", "connected", "foreign", "closed"}; tr.Outcome != trace.Unknown || tr.Error != nil || len(got) != len(want) || got[3] != want[3] || got[4] != want[4] {
		t.Errorf("outcome %s, error %+v, %v", tr.Outcome, tr.Error, got)
	}
	if e := tr.Events[3]; e.Buf == nil || len(e.Buf.Bytes) != 7 || tr.Summary.Address == nil {
		t.Errorf("%+v", e)
	}
}

func TestNobodyRecordsWithoutARecording(t *testing.T) {
	var r *probe.Recording
	var c conn.Config
	r.Dialed(&dial.Result{})
	r.Foreign("x", nil)
	if r.Watch(&c); c.Observers != nil || c.Now != nil {
		t.Errorf("%+v", c)
	}
}
