package interop

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/capture"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// said is what one side of a connection says in its handshakes.
type said struct {
	types        []string // of handshake messages, as numbers
	certificates []string // in hex
}

// sameMessages holds the handshake messages of each side, and the certificates in them, to those that tshark has.
func sameMessages(t *testing.T, s *capture.Stream, theirs map[trace.Dir]said) {
	t.Helper()
	for _, dir := range []trace.Dir{trace.Sent, trace.Received} {
		mine := said{}
		for _, e := range s.Trace.Events {
			if e.Layer != trace.LayerMessage || e.Dir != dir || e.Kind == "change_cipher_spec" || e.Buf == nil {
				continue
			}
			mine.types = append(mine.types, strconv.Itoa(int(e.Buf.Bytes[0])))
			for c := range e.Fields().At("certificate_list").Items() {
				mine.certificates = append(mine.certificates, hex.EncodeToString(c.At("cert").Bytes()))
			}
		}
		want := theirs[dir]
		if !slices.Equal(mine.types, want.types) {
			t.Errorf("%s: messages %q, tshark has %q", dir, mine.types, want.types)
		}
		if !slices.Equal(mine.certificates, want.certificates) {
			t.Errorf("%s: %d certificates, tshark has %d, or others", dir, len(mine.certificates), len(want.certificates))
		}
	}
}

// messagesOf asks tshark for the messages of each stream; port is that of the server.
func messagesOf(t *testing.T, tshark, file, keylog, port string) map[int]map[trace.Dir]said {
	t.Helper()
	out := testpeer.Run(t, "", tshark, "-r", file, "-o", "tls.keylog_file:"+keylog, "-Y", "tls.handshake",
		"-T", "fields", "-e", "tcp.stream", "-e", "tcp.srcport", "-e", "tls.handshake.type", "-e", "tls.handshake.certificate").Stdout
	all := map[int]map[trace.Dir]said{}
	for line := range strings.Lines(out) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		n, err := strconv.Atoi(f[0])
		if err != nil || len(f) != 4 {
			t.Fatalf("tshark: %q", line)
		}
		if all[n] == nil {
			all[n] = map[trace.Dir]said{}
		}
		dir := trace.Sent
		if f[1] == port {
			dir = trace.Received
		}
		one := all[n][dir]
		if f[2] != "" {
			one.types = append(one.types, strings.Split(f[2], ",")...)
		}
		if f[3] != "" {
			one.certificates = append(one.certificates, strings.Split(strings.ReplaceAll(f[3], ":", ""), ",")...)
		}
		all[n][dir] = one
	}
	return all
}
