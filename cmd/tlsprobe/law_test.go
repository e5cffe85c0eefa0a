package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/capture"
	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// The law: what a live run tells of records, messages, alerts and data, and its summary, is what decoding its own capture with its
// own secrets tells.

func TestALiveRunAndItsCaptureTellTheSame(t *testing.T) {
	for _, s := range demo.Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			live, tape, secrets := liveRun(t, s)
			decoded := decodeTape(t, tape, secrets, live)
			sameEvents(t, live, decoded)
			sameSummary(t, live, decoded)
			want := live.Outcome
			if live.Summary.Resumed != nil && *live.Summary.Resumed { // what the chain was worth when the session began, a capture of this one can't tell
				want = trace.Unknown
			}
			if want != decoded.Outcome {
				t.Errorf("live it is %s (%+v), decoded %s (%+v)", live.Outcome, live.Error, decoded.Outcome, decoded.Error)
			}
		})
	}
}

// liveRun connects to a scenario and writes down what passes over its socket, and its secrets.
func liveRun(t *testing.T, s demo.Scenario) (*trace.Trace, *tape, []byte) {
	t.Helper()
	srv, err := demo.Start(t.Context(), s, demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close() //nolint:errcheck // nothing to lose
	app := testApp(io.Discard, io.Discard)
	app.Now = time.Now
	cmd, o := connectCommand(app)
	if err := cmd.ParseFlags(srv.ConnectArgs()); err != nil {
		t.Fatal(err)
	}
	o.changed(cmd.Flags())
	roots, _ := cert.ParsePEMCertificates(srv.RootsPEM())
	o.fixedStore, o.fixedProof = verify.Of("the demo", roots...), demoCredential(srv)
	p, err := o.probe(app, srv.Target())
	if err != nil {
		t.Fatal(err)
	}
	p = o.withSession(t.Context(), p)
	out := &tape{}
	p.Dialer.DialContext = out.dial
	var log bytes.Buffer
	p.KeyLog = func(random []byte, s keys.Secret) {
		if s.KeyLogLabel != "" {
			fmt.Fprintf(&log, "%s %x %x\n", s.KeyLogLabel, random, s.Bytes)
		}
	}
	p.Verify = func(v *handshake.VerifyChain) ([]finding.Finding, bool) {
		res := verify.Verify(verify.Request{Chain: v.Chain, Hostname: v.ServerName, Time: out.began(), Store: o.fixedStore,
			Staples: v.Staples, SCTs: v.SCTs, Rules: verify.RulesClient})
		return res.Findings, res.Trusted
	}
	x := &exchange{app: app, options: o, target: p.Target}
	x.install(&p)
	live := probe.Run(t.Context(), p)
	out.store = o.fixedStore
	return live, out, log.Bytes()
}

// decodeTape writes what passed as a capture and decodes it.
func decodeTape(t *testing.T, tp *tape, secrets []byte, live *trace.Trace) *trace.Trace {
	t.Helper()
	var streams []*capture.Stream
	log := new(capture.KeyLog)
	log.Add(secrets)
	d := capture.NewDecoder(capture.DecodeConfig{
		Secrets: log, Tool: live.Tool, Done: func(s *capture.Stream) { streams = append(streams, s) },
		Verify: func(v *handshake.VerifyChain, began time.Time) ([]finding.Finding, bool) {
			res := verify.Verify(verify.Request{Chain: v.Chain, Hostname: v.ServerName, Time: began, Store: tp.store,
				Staples: v.Staples, SCTs: v.SCTs, Rules: verify.RulesClient})
			return res.Findings, res.Trusted
		},
	})
	if err := d.Read(bytes.NewReader(tp.pcap())); err != nil {
		t.Fatal(err)
	}
	if len(streams) != 1 || !streams[0].Whole {
		t.Fatalf("%d streams were decoded, of %+v", len(streams), d.Stats())
	}
	return streams[0].Trace
}

// sameEvents compares the events of records, messages, alerts and data, each direction in its order: which of two that cross
// comes first depends on where one stands.
func sameEvents(t *testing.T, live, decoded *trace.Trace) {
	t.Helper()
	for _, dir := range []trace.Dir{trace.Sent, trace.Received} {
		a, b := lawful(t, live, dir), lawful(t, decoded, dir)
		if dir == trace.Received && stopped(live) {
			b = untilStop(a, b) // what the client had read and not looked at, only the capture tells
		}
		sameList(t, a, b)
	}
}

// stopped reports whether it was the client that stopped looking, and not the server that ended.
func stopped(live *trace.Trace) bool {
	return live.Error != nil || !slices.ContainsFunc(live.Events, func(e *trace.Event) bool {
		return e.Dir == trace.Received && (e.Layer == trace.LayerAlert || e.Kind == "closed")
	})
}

// untilStop leaves out the records and data that only the capture tells of.
func untilStop(live, decoded []string) []string {
	for _, more := range decoded[min(len(live), len(decoded)):] {
		if !strings.Contains(more, `"layer":"record"`) && !strings.Contains(more, `"layer":"data"`) {
			return decoded
		}
	}
	return decoded[:min(len(live), len(decoded))]
}

func sameList(t *testing.T, a, b []string) {
	t.Helper()
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			t.Errorf("decoded, there is more: %.600s", b[i])
		case i >= len(b):
			t.Errorf("decoded, there is nothing for %.600s", a[i])
		case a[i] != b[i]:
			t.Errorf("live:\n%.1500s\ndecoded:\n%.1500s", a[i], b[i])
		default:
			continue
		}
		return
	}
}

// lawful lists the events that the law is about, without times and numbers, with their bytes in the place of buffers.
func lawful(t *testing.T, tr *trace.Trace, dir trace.Dir) (list []string) {
	t.Helper()
	content := func(id int) string {
		for _, b := range tr.Buffers {
			if b.ID == id {
				return base64.StdEncoding.EncodeToString(b.Bytes)
			}
		}
		return "none"
	}
	for _, e := range tr.Events {
		if e.Dir != dir || !slices.Contains([]trace.Layer{trace.LayerRecord, trace.LayerMessage, trace.LayerAlert, trace.LayerData}, e.Layer) {
			continue
		}
		var m map[string]any
		if err := json.Unmarshal(e.Append(nil), &m); err != nil {
			t.Fatal(err)
		}
		delete(m, "n")
		delete(m, "t_ms")
		if e.Buf != nil {
			m["buf"] = content(e.Buf.ID)
		}
		if d, ok := m["detail"].(map[string]any); ok && d["plaintext"] != nil {
			d["plaintext"] = content(int(d["plaintext"].(float64)))
		}
		dropEvents(m["findings"])
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(text))
	}
	return list
}

// dropEvents forgets which events findings point to: their numbers count what only one side sees.
func dropEvents(findings any) {
	list, _ := findings.([]any)
	for _, f := range list {
		if where, ok := f.(map[string]any)["where"].(map[string]any); ok {
			delete(where, "event")
		}
	}
}

func sameSummary(t *testing.T, live, decoded *trace.Trace) {
	t.Helper()
	var text [2]string
	for i, tr := range []*trace.Trace{live, decoded} {
		var b bytes.Buffer
		if err := trace.Write(&b, tr); err != nil {
			t.Fatal(err)
		}
		var whole struct {
			Summary map[string]any `json:"summary"`
		}
		if err := json.Unmarshal(b.Bytes(), &whole); err != nil {
			t.Fatal(err)
		}
		m := whole.Summary
		delete(m, "timing")
		dropEvents(m["checks"])
		for k, v := range m {
			line, _ := json.Marshal(v)
			if list, ok := v.([]any); ok && k == "checks" {
				line = nil
				for _, c := range list {
					one, _ := json.Marshal(c)
					one = bytes.Replace(one, []byte(", and trusted then"), nil, 1) // as above
					line = append(append(line, one...), '\n')
				}
			}
			m[k] = string(line)
		}
		names := make([]string, 0, len(m))
		for k := range m {
			names = append(names, k)
		}
		slices.Sort(names)
		for _, k := range names {
			text[i] += k + ": " + m[k].(string) + "\n"
		}
	}
	a, b := strings.Split(text[0], "\n"), strings.Split(text[1], "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Errorf("live:    %.600s\ndecoded: %.600s", a[i], b[i])
			return
		}
	}
	if len(a) != len(b) {
		t.Errorf("the summaries have %d and %d lines", len(a), len(b))
	}
}

// tape is what passed over a socket, as the client saw it.
type tape struct {
	mu    sync.Mutex
	conn  net.Conn
	parts []part
	store *verify.Store
}

type part struct {
	sent bool
	at   time.Time
	data []byte
	end  string // "fin" or "rst"
}

func (tp *tape) began() time.Time {
	tp.mu.Lock()
	defer tp.mu.Unlock()
	return tp.parts[0].at
}

func (tp *tape) dial(ctx context.Context, network, address string) (net.Conn, error) {
	at := time.Now().UTC().Truncate(time.Microsecond)
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	tp.conn = c
	tp.put(part{at: at})
	return &taped{c, tp}, nil
}

func (tp *tape) put(p part) {
	if p.at.IsZero() {
		p.at = time.Now().UTC().Truncate(time.Microsecond)
	}
	tp.mu.Lock()
	defer tp.mu.Unlock()
	tp.parts = append(tp.parts, p)
}

type taped struct {
	net.Conn
	tape *tape
}

func (c *taped) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.tape.put(part{data: bytes.Clone(b[:n])})
	}
	var timeout net.Error
	switch {
	case errors.Is(err, io.EOF):
		c.tape.put(part{end: "fin"})
	case err != nil && !errors.Is(err, net.ErrClosed) && (!errors.As(err, &timeout) || !timeout.Timeout()):
		c.tape.put(part{end: "rst"})
	}
	return n, err
}

func (c *taped) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if n > 0 {
		c.tape.put(part{sent: true, data: bytes.Clone(b[:n])})
	}
	return n, err
}

func (c *taped) Close() error {
	c.tape.put(part{sent: true, end: "fin"})
	return c.Conn.Close()
}

// pcap is the tape as a capture of raw IP.
func (tp *tape) pcap() []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0)
	client, server := tp.conn.LocalAddr().(*net.TCPAddr), tp.conn.RemoteAddr().(*net.TCPAddr)
	seq := map[bool]uint32{true: 1000, false: 0xfffffff0} // by who sends; one of them wraps
	packet := func(at time.Time, sent bool, flags byte, data []byte) {
		from, to := server, client
		if sent {
			from, to = client, server
		}
		tcp := binary.BigEndian.AppendUint16(nil, uint16(from.Port))
		tcp = binary.BigEndian.AppendUint16(tcp, uint16(to.Port))
		tcp = binary.BigEndian.AppendUint32(tcp, seq[sent])
		tcp = binary.BigEndian.AppendUint32(tcp, seq[!sent])
		tcp = append(tcp, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0)
		tcp = append(tcp, data...)
		var ip []byte
		if from.IP.To4() != nil {
			ip = binary.BigEndian.AppendUint16([]byte{0x45, 0}, uint16(20+len(tcp)))
			ip = append(ip, 0, 0, 0x40, 0, 64, 6, 0, 0)
			ip = append(append(ip, from.IP.To4()...), to.IP.To4()...)
		} else {
			ip = binary.BigEndian.AppendUint16([]byte{0x60, 0, 0, 0}, uint16(len(tcp)))
			ip = append(ip, 6, 64)
			ip = append(append(ip, from.IP.To16()...), to.IP.To16()...)
		}
		ip = append(ip, tcp...)
		b = binary.LittleEndian.AppendUint32(b, uint32(at.Unix()))
		b = binary.LittleEndian.AppendUint32(b, uint32(at.Nanosecond()/1000))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(ip)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(ip)))
		b = append(b, ip...)
		if seq[sent] += uint32(len(data)); flags&3 != 0 {
			seq[sent]++
		}
	}
	const fin, syn, rst, ack = 1, 2, 4, 16
	start := tp.parts[0].at
	packet(start, true, syn, nil)
	packet(start, false, syn|ack, nil)
	packet(start, true, ack, nil)
	ended := map[bool]bool{}
	for _, p := range tp.parts[1:] {
		for data := p.data; len(data) > 0; data = data[min(len(data), 16000):] {
			packet(p.at, p.sent, ack, data[:min(len(data), 16000)])
		}
		switch {
		case ended[p.sent] || p.end == "":
		case p.end == "rst":
			packet(p.at, p.sent, rst|ack, nil)
			ended[p.sent] = true
		default:
			packet(p.at, p.sent, fin|ack, nil)
			ended[p.sent] = true
		}
	}
	return b
}
