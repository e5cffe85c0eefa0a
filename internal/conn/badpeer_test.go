package conn_test

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// badRecords is a server whose records break a rule: in place of its handshake, in it, or after it.
type badRecords struct {
	rule    finding.ID
	does    string
	version uint16 // tls.VersionTLS13 unless given
	instead [][]byte
	mutate  func(n int, raw []byte) [][]byte
	after   func(*session) [][]byte
	ends    bool // there is no going on from here
}

func again(n int, b []byte) [][]byte { return slices.Repeat([][]byte{b}, n) }

// helloOnly changes the server's first record.
func helloOnly(f func(raw []byte) [][]byte) func(int, []byte) [][]byte {
	return func(n int, raw []byte) [][]byte {
		if n == 0 {
			return f(raw)
		}
		return [][]byte{raw}
	}
}

// oddVersion changes the version of one record's header.
func oddVersion(at int, minor byte) func(int, []byte) [][]byte {
	return func(n int, raw []byte) [][]byte {
		if n == at {
			raw[2] = minor
		}
		return [][]byte{raw}
	}
}

// spoiled changes the last byte of the first protected record.
func spoiled() func(int, []byte) [][]byte {
	done := false
	return func(_ int, raw []byte) [][]byte {
		if raw[0] == byte(iana.ApplicationData) && !done {
			done = true
			raw[len(raw)-1] ^= 1
		}
		return [][]byte{raw}
	}
}

func sealed(t iana.ContentType, content ...byte) func(*session) [][]byte {
	return func(s *session) [][]byte { return [][]byte{s.seal(t, content...)} }
}

// ticket is a NewSessionTicket of TLS 1.3: lifetime, age_add, nonce, ticket, extensions.
var ticket = []byte{4, 0, 0, 14, 0, 0, 0, 60, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0}

func badRows() []badRecords {
	userCanceled := plain(iana.Alert, 1, byte(iana.AlertUserCanceled))
	return slices.Concat(badHeaders(), badProtection(), []badRecords{
		{rule: finding.RecordEmptyFragment, does: "sends an empty handshake record", mutate: helloOnly(func(raw []byte) [][]byte {
			return [][]byte{plain(iana.Handshake), raw}
		})},
		{rule: finding.RecordEmptyFragment, does: "sends an empty alert under protection", after: sealed(iana.Alert)},
		{rule: finding.RecordTooManyEmpty, does: "sends empty data for ever", ends: true, after: func(s *session) (all [][]byte) {
			for range 40 {
				all = append(all, s.seal(iana.ApplicationData))
			}
			return all
		}},
		{rule: finding.TooManyUseless, does: "sends tickets for ever", ends: true, after: func(s *session) [][]byte {
			return [][]byte{s.seal(iana.Handshake, bytes.Repeat(ticket, 100)...)}
		}},
		{rule: finding.TooManyUseless, does: "cancels for ever and never says hello", ends: true, instead: again(40, userCanceled)},
		{rule: finding.TooManyUseless, does: "asks for renegotiation for ever", version: tls.VersionTLS12, ends: true, after: func(s *session) [][]byte {
			return [][]byte{s.seal(iana.Handshake, make([]byte, 4*40)...)}
		}},
		{rule: finding.TooManyUseless, does: "warns for ever", version: tls.VersionTLS12, ends: true, after: func(s *session) (all [][]byte) {
			for range 40 {
				all = append(all, s.seal(iana.Alert, 1, byte(iana.AlertUnrecognizedName)))
			}
			return all
		}},
		{rule: finding.TooManyUseless, does: "changes for ever", ends: true, mutate: func(n int, raw []byte) [][]byte {
			if n == 1 {
				return again(40, plain(iana.ChangeCipherSpec, 1))
			}
			return [][]byte{raw}
		}},
		{rule: finding.RecordInterleaved, does: "cancels in the middle of its hello", mutate: helloOnly(func(raw []byte) [][]byte {
			return [][]byte{plain(iana.Handshake, raw[5:15]...), userCanceled, plain(iana.Handshake, raw[15:]...)}
		})},
		{rule: finding.MessageTooLong, does: "announces a hello of 16 MB", ends: true, instead: [][]byte{plain(iana.Handshake, 2, 0xff, 0xff, 0xff, 3, 3)}},
		{rule: finding.MessageTooLong, does: "announces a ticket of 16 MB", ends: true, after: sealed(iana.Handshake, 4, 0xff, 0xff, 0xff, 0)},
		{rule: finding.KeyChangeLeftover, does: "begins a message in the hello's record", ends: true, mutate: helloOnly(func(raw []byte) [][]byte {
			return [][]byte{plain(iana.Handshake, append(raw[5:], 8, 0)...)}
		})},
	})
}

func badHeaders() []badRecords {
	long := record.Header{Type: iana.Handshake, Version: iana.TLS12, Length: record.MaxLength}.Append(nil)
	return []badRecords{
		{rule: finding.RecordTooLong, does: "announces 65535 bytes", ends: true, instead: [][]byte{long}},
		{rule: finding.RecordTooLong, does: "announces 65535 bytes once connected", ends: true, after: func(*session) [][]byte {
			return [][]byte{record.Header{Type: iana.ApplicationData, Version: iana.TLS12, Length: record.MaxLength}.Append(nil)}
		}},
		{rule: finding.RecordTooLong, does: "protects a byte too many", after: func(s *session) [][]byte {
			return [][]byte{s.seal(iana.ApplicationData, make([]byte, record.MaxPlaintext+1)...)}
		}},
		{rule: finding.RecordUnknownType, does: "sends a record of type 99", ends: true, mutate: helloOnly(func(raw []byte) [][]byte {
			return [][]byte{raw, plain(99, 1)}
		})},
		{rule: finding.RecordUnknownType, does: "protects a heartbeat", ends: true, after: sealed(iana.Heartbeat, 1, 0, 0)},
		{rule: finding.RecordVersion, does: "says version 0x0309 in its second record", version: tls.VersionTLS12, mutate: oddVersion(1, 9)},
		{rule: finding.RecordVersion, does: "says version 0x0304 before a version is agreed on", mutate: oddVersion(0, 4)},
	}
}

func badProtection() []badRecords {
	return []badRecords{
		{rule: finding.RecordBadMAC, does: "changes a bit of its flight", ends: true, mutate: spoiled()},
		{rule: finding.RecordBadMAC, does: "changes a bit of its data", version: tls.VersionTLS12, ends: true, after: func(s *session) [][]byte {
			b := s.seal(iana.ApplicationData, 1, 2, 3)
			b[len(b)-1] ^= 1
			return [][]byte{b}
		}},
		{rule: finding.RecordBadMAC, does: "sends less than a tag", ends: true, after: func(*session) [][]byte {
			return [][]byte{plain(iana.ApplicationData, 1, 2, 3)}
		}},
		{rule: finding.RecordInnerType, does: "protects zeros", ends: true, after: sealed(0, 0, 0, 0)},
		{rule: finding.RecordUnprotected, does: "sends a ticket in the clear", ends: true, after: func(*session) [][]byte {
			return [][]byte{plain(iana.Handshake, ticket...)}
		}},
		{rule: finding.RecordUnprotected, does: "says goodbye in the clear", ends: true, after: func(*session) [][]byte {
			return [][]byte{plain(iana.Alert, 1, 0)}
		}},
		{rule: finding.CCSProtected, does: "changes under protection", ends: true, after: sealed(iana.ChangeCipherSpec, 1)},
		{rule: finding.NoCloseNotify, does: "hangs up", after: func(*session) [][]byte { return nil }},
	}
}

// run meets the peer, reads what it says and returns how that ended: nil after a good end.
func (b *badRecords) run(t *testing.T, strict bool) (*session, error) {
	var w *wire
	if b.instead != nil {
		w = only(b.instead...)
	} else {
		w = serve(t, cmp.Or(b.version, tls.VersionTLS13))
		w.mutate = b.mutate
	}
	s := open(t, w, func(c *conn.Config) { c.Handshake.Strict = strict })
	if err := s.shake(); err != nil {
		return s, err
	}
	s.takeOver()
	var says [][]byte
	if b.after != nil {
		says = b.after(s)
	}
	if b.rule != finding.NoCloseNotify {
		says = append(says, s.seal(iana.ApplicationData, []byte(tail)...), s.seal(iana.Alert, 1, 0))
	}
	w.next = pieces(says...)
	got, err := io.ReadAll(s)
	if err == nil && b.rule != finding.NoCloseNotify && !strings.HasSuffix(string(got), tail) {
		t.Errorf("read %d bytes, without %q", len(got), tail)
	}
	return s, err
}

const tail = "the end of the data"

// checkEnd wants a failure about the rule, and its alert to be the last thing sent.
func (b *badRecords) checkEnd(t *testing.T, s *session, err error) {
	t.Helper()
	var f *handshake.Failure
	if !errors.As(err, &f) {
		t.Fatalf("it ended with %v", err)
	}
	row, _ := finding.Lookup(b.rule)
	if f.Rule != b.rule || f.Alert != row.Alert || f.Message == "" || f.Event == 0 {
		t.Errorf("it failed with %+v", f)
	}
	var sent []uint64
	for _, e := range s.rec.Events {
		if d, ok := e.Detail.(*trace.AlertDetail); ok && e.Dir == trace.Sent && d.Level.Value == uint64(iana.Fatal) {
			sent = append(sent, d.Description.Value)
		}
	}
	if len(sent) != 1 || sent[0] != uint64(row.Alert) {
		t.Errorf("fatal alerts sent: %v, want %d", sent, row.Alert)
	}
	if b.instead != nil && !bytes.HasSuffix(s.wire.sent.Bytes(), []byte{0, 2, 2, byte(row.Alert)}) {
		t.Error("the alert is not the last thing sent")
	}
}

func (b *badRecords) name() string { return string(b.rule) + ", " + b.does }

func TestABrokenRuleOfRecordsIsFoundAndTheSessionGoesOn(t *testing.T) {
	for _, b := range badRows() {
		t.Run(b.name(), func(t *testing.T) {
			s, err := b.run(t, false)
			if b.ends {
				b.checkEnd(t, s, err)
			} else if err != nil {
				t.Errorf("it ended with %v", err)
			}
			var found *finding.Finding
			for _, e := range s.rec.Events {
				for i := range e.Findings {
					if f := &e.Findings[i]; f.ID == string(b.rule) && found == nil {
						found = f
						if f.Where.Event != e.N {
							t.Errorf("found in event %d, points to %d", e.N, f.Where.Event)
						}
						if f.Where.Path != "" && !e.Fields().Find(f.Where.Path).OK() {
							t.Errorf("the tree of %s has no %q, but %q", e.Kind, f.Where.Path, e.Fields().Path())
						}
					}
				}
			}
			if found == nil {
				t.Fatal("not found")
			}
			if found.Expected == "" || found.Actual == "" {
				t.Errorf("expected %q, actual %q", found.Expected, found.Actual)
			}
		})
	}
}

func TestABrokenRuleOfRecordsEndsAStrictSessionWithItsAlert(t *testing.T) {
	for _, b := range badRows() {
		t.Run(b.name(), func(t *testing.T) {
			s, err := b.run(t, true)
			if row, _ := finding.Lookup(b.rule); row.Status == finding.Fail {
				b.checkEnd(t, s, err)
			} else if err != nil {
				t.Errorf("strictness ends it over a warning: %v", err)
			}
		})
	}
}

func TestTheRecordsFaultIsToldBeforeItsContents(t *testing.T) {
	b := badRecords{rule: finding.RecordInterleaved, mutate: helloOnly(func(raw []byte) [][]byte {
		return [][]byte{plain(iana.Handshake, raw[5:15]...), plain(iana.Alert, 2, byte(iana.AlertHandshakeFailure))}
	})}
	s, err := b.run(t, true)
	b.checkEnd(t, s, err)
}

func TestTheVersionOfRecordsIsIgnoredInTLS13(t *testing.T) {
	for n := 1; n < 4; n++ {
		s := open(t, serve(t, tls.VersionTLS13), func(c *conn.Config) { c.Handshake.Strict = true })
		changed := false
		s.wire.mutate = func(at int, raw []byte) [][]byte {
			if at == n && raw[0] != byte(iana.ApplicationData) { // the headers of protected records are authenticated
				raw[2], changed = 9, true
			}
			return [][]byte{raw}
		}
		if err := s.shake(); err != nil {
			t.Fatal(err)
		}
		for _, e := range s.rec.Events {
			for _, f := range e.Findings {
				if f.ID == string(finding.RecordVersion) {
					t.Errorf("found in %s %s", e.Layer, e.Kind)
				}
			}
		}
		if n == 1 && !changed {
			t.Error("no version was changed")
		}
	}
}

func TestAnAlertInTheClearIsBelievedUntilTheServerHasShownKeys(t *testing.T) {
	w := serve(t, tls.VersionTLS13)
	w.mutate = func(n int, raw []byte) [][]byte {
		if n == 0 {
			return [][]byte{raw, plain(iana.Alert, 2, byte(iana.AlertInternalError))}
		}
		return [][]byte{raw}
	}
	if f := failure(t, open(t, w, nil)); f.Kind != handshake.PeerAlert || f.Alert != iana.AlertInternalError {
		t.Errorf("it failed with %+v", f)
	}
}

// raisedByDriver tells the rules that only a driver can see broken; package handshake has bad peers for the rest.
func raisedByDriver(id finding.ID) bool {
	return strings.HasPrefix(string(id), "rule.record.") || id == finding.MessageTooLong || id == finding.KeyChangeLeftover || id == finding.CCSProtected
}

func TestEveryRuleOfRecordsHasABadPeer(t *testing.T) {
	have := make(map[finding.ID]bool)
	for _, b := range badRows() {
		have[b.rule] = true
	}
	for _, row := range finding.Rules() {
		if raisedByDriver(row.ID) && !have[row.ID] {
			t.Errorf("nothing breaks %s", row.ID)
		}
	}
}
