package conn_test

import (
	"crypto/tls"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func TestTheLastAlertTellsHowASessionEnded(t *testing.T) {
	for _, c := range []struct {
		name        string
		level       iana.AlertLevel
		description iana.AlertDescription
		fails       bool
	}{
		{"close_notify", iana.Warning, iana.AlertCloseNotify, false},
		{"close_notify called fatal", iana.Fatal, iana.AlertCloseNotify, false},
		{"certificate_required", iana.Fatal, iana.AlertCertificateRequired, true},
		{"certificate_required called a warning", iana.Warning, iana.AlertCertificateRequired, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := connected(t, tls.VersionTLS13)
			s.wire.next = pieces(s.seal(iana.Alert, byte(c.level), byte(c.description)))
			if f := s.Failure(); f != nil {
				t.Fatalf("before the end: %+v", f)
			}
			if err := s.Close(lingering); err != nil {
				t.Fatal(err)
			}
			switch f := s.Failure(); {
			case !c.fails && f != nil:
				t.Errorf("a good end is a failure: %+v", f)
			case c.fails && (f == nil || f.Kind != handshake.PeerAlert || f.Alert != c.description):
				t.Errorf("the failure is %+v", f)
			}
		})
	}
}

// lingering is longer than a wire takes to say the rest.
const lingering = 60e9

func TestWhatThePeerSaidIsHeardAfterAWriteFailed(t *testing.T) {
	s := connected(t, tls.VersionTLS13)
	s.wire.broken = io.ErrClosedPipe
	s.wire.next = pieces(s.seal(iana.ApplicationData, []byte(tail)...), s.seal(iana.Alert, 2, byte(iana.AlertCertificateRequired)))
	if _, err := s.Write(make([]byte, 1<<20)); !errors.Is(err, io.ErrClosedPipe) {
		t.Fatalf("writing ended with %v", err)
	}
	_ = s.Close(lingering)
	if f := s.Failure(); f == nil || f.Kind != handshake.PeerAlert || f.Alert != iana.AlertCertificateRequired {
		t.Errorf("the failure is %+v", f)
	}
	shown := false
	for _, e := range s.rec.Events {
		shown = shown || e.Dir == trace.Received && e.Layer == trace.LayerData && e.Buf != nil && string(e.Buf.Bytes) == tail
	}
	if !shown {
		t.Error("the answer is not in the trace")
	}
	sent := 0
	for _, e := range s.rec.Events {
		if e.Dir == trace.Sent && e.Layer == trace.LayerData {
			sent++
		}
	}
	if sent != 1 {
		t.Errorf("%d records were made for a transport that takes none", sent)
	}
}

// cutOff are the events of what was cut off, by layer.
func cutOff(rec *trace.Recorder) map[trace.Layer]*trace.Event {
	found := make(map[trace.Layer]*trace.Event)
	for _, e := range rec.Events {
		for _, f := range e.Findings {
			if f.ID == string(finding.DecodeTruncated) && e.Dir == trace.Received {
				found[e.Layer] = e
			}
		}
	}
	return found
}

func TestTheLastBytesOfAFailedHandshakeAreInTheTrace(t *testing.T) {
	hello := []byte{2, 0, 0, 70, 3, 3, 1, 2, 3}
	for _, ending := range []error{nil, silent} {
		for _, c := range []struct {
			name            string
			says            []byte
			record, message string // the bytes that are shown as cut off
		}{
			{"within a header", []byte{22, 3, 3, 0}, "\x16\x03\x03\x00", ""},
			{"after the first byte", []byte{22}, "\x16", ""},
			{"within a record", []byte{22, 3, 3, 0, 9, 2, 0}, "\x16\x03\x03\x00\x09\x02\x00", ""},
			{"within a message", plain(iana.Handshake, hello...), "", string(hello)},
			{"within a message's header", plain(iana.Handshake, 2, 0), "", "\x02\x00"},
			{"within both", append(plain(iana.Handshake, hello...), 22, 3), "\x16\x03", string(hello)},
		} {
			for _, step := range []int{0, 1} {
				w := only(c.says)
				w.ending, w.step = ending, step
				s := open(t, w, nil)
				f := failure(t, s)
				if want := map[bool]handshake.Kind{true: handshake.Closed, false: handshake.TimedOut}[ending == nil]; f.Kind != want {
					t.Errorf("%s: it failed with %+v", c.name, f)
				}
				found := cutOff(s.rec)
				for layer, want := range map[trace.Layer]string{trace.LayerRecord: c.record, trace.LayerMessage: c.message} {
					got := ""
					if e := found[layer]; e != nil {
						got = string(e.Buf.Bytes)
						if e.Tree != nil && e.Tree.Check() != nil {
							t.Errorf("%s: tree of the %s: %v", c.name, layer, e.Tree.Check())
						}
					}
					if got != want {
						t.Errorf("%s, %v: the %s cut off is %q, want %q", c.name, ending, layer, got, want)
					}
				}
			}
		}
	}
}

func TestAGreetingInPiecesIsShownWhole(t *testing.T) {
	const greeting = "220 mail.example ESMTP"
	long := strings.Repeat("x", 600)
	for _, c := range []struct{ says, line string }{
		{greeting + "\r\n250 more", greeting}, {greeting, greeting}, {"* OK", "* OK"}, {"2", "2"}, {long, long[:512]},
	} {
		for _, ending := range []error{nil, silent} {
			w := only([]byte(c.says))
			w.step, w.ending = 1, ending
			s := open(t, w, nil)
			if f := failure(t, s); f.Kind != handshake.NotTLS || !strings.Contains(f.Message, strconv.Quote(c.line)) {
				t.Errorf("%s, %v: %s: %s", c.says, ending, f.Kind, f.Message)
			}
			shown := ""
			for _, e := range s.rec.Events {
				if d, ok := e.Detail.(*trace.Foreign); ok {
					shown = d.FirstLine
				}
			}
			if shown != c.line {
				t.Errorf("the trace shows %q", shown)
			}
		}
	}
}

func TestOnlyAPeerThatWasNotToldGoodbyeIsBlamedForHalfARecord(t *testing.T) {
	for _, told := range []bool{false, true} {
		s := connected(t, tls.VersionTLS13)
		s.wire.next = pieces(s.seal(iana.ApplicationData, 1, 2, 3)[:7])
		if !told {
			if _, err := io.ReadAll(s); err != nil {
				t.Fatal(err)
			}
		}
		_ = s.Close(lingering)
		if _, blamed := cutOff(s.rec)[trace.LayerRecord]; blamed == told {
			t.Errorf("told goodbye: %t, blamed: %t", told, blamed)
		}
	}
}
