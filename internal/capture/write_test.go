package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/capture"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// line is a connection that gives what it was told to, each piece to one Read, and then an error.
type line struct {
	net.Conn
	local, remote net.Addr
	pieces        [][]byte
	last          error
}

func (l *line) LocalAddr() net.Addr         { return l.local }
func (l *line) RemoteAddr() net.Addr        { return l.remote }
func (l *line) Write(b []byte) (int, error) { return len(b), nil }
func (l *line) Close() error                { return nil }
func (l *line) Read(b []byte) (int, error) {
	if len(l.pieces) == 0 {
		return 0, l.last
	}
	n := copy(b, l.pieces[0])
	l.pieces = l.pieces[1:]
	return n, nil
}

func tcpAddr(s string) net.Addr {
	a, err := net.ResolveTCPAddr("tcp", s)
	if err != nil {
		panic(err)
	}
	return a
}

// clock goes on by a millisecond each time that it is asked.
func clock() func() time.Time {
	t := began
	return func() time.Time { t = t.Add(time.Millisecond); return t }
}

var began = time.Date(2026, 11, 23, 16, 2, 0, 123456789, time.UTC)

// connected is a trace of a connection that took 2 ms.
func connected() *trace.Trace {
	return &trace.Trace{
		Tool: trace.Tool{Name: "tlsprobe", Version: "test"}, Started: began,
		Events: []*trace.Event{{N: 1, T: 500 * time.Microsecond, Layer: trace.LayerNet, Kind: "connected", Detail: &trace.Connected{Ms: 0.25}}},
	}
}

// talk reads all and writes sent in one call.
func talk(t *testing.T, tap *capture.Tap, l *line, sent []byte) {
	t.Helper()
	c := tap.Wrap(l)
	if _, err := c.Write(sent); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1<<16)
	for {
		if _, err := c.Read(b); err != nil {
			break
		}
	}
	_ = c.Close()
}

func dissected(t *testing.T, tap *capture.Tap, fields ...string) []string {
	t.Helper()
	testpeer.Need(t, "tshark")
	file := filepath.Join(t.TempDir(), "x.pcapng")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := tap.WritePcapng(f, connected(), nil); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	args := []string{"-n", "-r", file, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "separator=/s"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	r := testpeer.Run(t, "", "tshark", args...)
	if r.Code != 0 {
		t.Fatal(r.Output())
	}
	return strings.Split(strings.TrimRight(r.Stdout, "\n"), "\n")
}

func TestSegmentsAreThoseOfTheCallsInBothFamilies(t *testing.T) {
	for name, a := range map[string][2]string{
		"IPv4":        {"192.0.2.1:50000", "198.51.100.7:443"},
		"IPv6":        {"[2001:db8::1]:50000", "[2001:db8::2]:443"},
		"IPv4 mapped": {"[::ffff:192.0.2.1]:50000", "198.51.100.7:443"},
		"zone":        {"[fe80::1%lo]:50000", "[fe80::2%lo]:443"},
	} {
		t.Run(name, func(t *testing.T) {
			tap := capture.NewTap(clock(), 1<<20)
			pieces := [][]byte{[]byte("answer"), bytes.Repeat([]byte("x"), 4097), []byte("y")}
			talk(t, tap, &line{local: tcpAddr(a[0]), remote: tcpAddr(a[1]), pieces: pieces, last: io.EOF}, []byte("asked"))
			got := dissected(t, tap, "frame.time_epoch", "tcp.flags.str", "tcp.srcport", "tcp.seq", "tcp.ack", "tcp.len", "tcp.checksum.status", "tcp.analysis.flags")
			want := []string{
				"1795449720.123706789 ··········S· 50000 0 0 0 1 ",
				"1795449720.123956789 ·······A··S· 443 0 1 0 1 ",
				"1795449720.123956789 ·······A···· 50000 1 1 0 1 ",
				"1795449720.124456789 ·······AP··· 50000 1 1 5 1 ",
				"1795449720.125456789 ·······AP··· 443 1 6 6 1 ",
				"1795449720.126456789 ·······AP··· 443 7 6 4097 1 ",
				"1795449720.127456789 ·······AP··· 443 4104 6 1 1 ",
				"1795449720.129456789 ·······A···F 443 4105 6 0 1 ",
				"1795449720.130456789 ·······A···F 50000 6 4106 0 1 ",
				"1795449720.130456789 ·······A···· 443 4106 7 0 1 ",
			}
			for i := range max(len(got), len(want)) {
				if i >= len(got) || i >= len(want) || strings.TrimSpace(got[i]) != strings.TrimSpace(want[i]) {
					t.Fatalf("packet %d:\n%s\nwant\n%s", i+1, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			}
		})
	}
}

func TestMuchAtOnceIsCutIntoSegmentsThatAPacketHolds(t *testing.T) {
	for _, a := range [][2]string{{"192.0.2.1:50000", "198.51.100.7:443"}, {"[2001:db8::1]:50000", "[2001:db8::2]:443"}} {
		tap := capture.NewTap(clock(), 1<<20)
		talk(t, tap, &line{local: tcpAddr(a[0]), remote: tcpAddr(a[1]), last: os.ErrDeadlineExceeded}, bytes.Repeat([]byte("z"), 200_001))
		sum := 0
		for _, row := range dissected(t, tap, "tcp.len", "tcp.checksum.status", "ip.checksum.status", "tcp.analysis.flags") {
			var n, good int
			if _, err := fmt.Sscan(row, &n, &good); err != nil || good != 1 {
				t.Errorf("%q: %v", row, err)
			}
			sum += n
		}
		if sum != 200_001 {
			t.Errorf("%d bytes", sum)
		}
	}
}

func TestAResetEndsTheCapture(t *testing.T) {
	tap := capture.NewTap(clock(), 1<<20)
	talk(t, tap, &line{local: tcpAddr("192.0.2.1:50000"), remote: tcpAddr("198.51.100.7:443"), last: fmt.Errorf("read: %w", syscall.ECONNRESET)}, []byte("asked"))
	got := dissected(t, tap, "tcp.flags.str", "tcp.srcport")
	if last := got[len(got)-1]; last != "·······A·R·· 443" {
		t.Errorf("the last packet is %q", last)
	}
}

func TestWhatIsNotKeptIsSaidAndNothingOfItWritten(t *testing.T) {
	tap := capture.NewTap(clock(), 10)
	pieces := [][]byte{[]byte("12345"), []byte("678901"), []byte("2")}
	talk(t, tap, &line{local: tcpAddr("192.0.2.1:50000"), remote: tcpAddr("198.51.100.7:443"), pieces: pieces, last: io.EOF}, []byte("abc"))
	if n := tap.Left(); n != 7 {
		t.Errorf("%d bytes are said to be left out, not 7", n)
	}
	var file bytes.Buffer
	if err := tap.WritePcapng(&file, connected(), nil); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(file.Bytes(), []byte("it ends early: 7 more bytes passed that are not kept")) {
		t.Error("the file does not say so")
	}
	if got := dissected(t, tap, "tcp.len"); strings.Join(got, " ") != "0 0 0 3 5" {
		t.Errorf("segments of %v bytes", got)
	}
}

func TestWithoutAConnectionTheFileHasNoPacket(t *testing.T) {
	tap := capture.NewTap(clock(), 10)
	var file bytes.Buffer
	if err := tap.WritePcapng(&file, connected(), nil); !errors.Is(err, capture.ErrNoConnection) {
		t.Error(err)
	}
	if kinds := blocks(t, file.Bytes()); fmt.Sprint(kinds) != "[168627466 1]" {
		t.Errorf("blocks %v", kinds)
	}
}

// blocks walks over a file as any reader does, by the lengths, and returns the types of its blocks.
func blocks(t *testing.T, file []byte) (kinds []uint32) {
	t.Helper()
	for len(file) > 0 {
		size := binary.LittleEndian.Uint32(file[4:])
		if size%4 != 0 || int(size) > len(file) || binary.LittleEndian.Uint32(file[size-4:]) != size {
			t.Fatalf("a block of %d bytes among %d", size, len(file))
		}
		kinds = append(kinds, binary.LittleEndian.Uint32(file))
		file = file[size:]
	}
	return kinds
}

func TestSecretsStandBeforeThePackets(t *testing.T) {
	tap := capture.NewTap(clock(), 1<<10)
	talk(t, tap, &line{local: tcpAddr("192.0.2.1:50000"), remote: tcpAddr("198.51.100.7:443"), last: io.EOF}, []byte("abc"))
	var file bytes.Buffer
	if err := tap.WritePcapng(&file, connected(), []byte("CLIENT_RANDOM 00 00\n")); err != nil {
		t.Fatal(err)
	}
	if kinds := blocks(t, file.Bytes()); kinds[2] != 0xa || kinds[3] != 6 {
		t.Errorf("blocks %v", kinds)
	}
}

// broken is a writer that has no room.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestAnErrorOfTheWriterIsReturned(t *testing.T) {
	tap := capture.NewTap(clock(), 1<<10)
	if err := tap.WritePcapng(broken{}, connected(), nil); !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	l := capture.NewKeyLogWriter(broken{})
	l.Secret(make([]byte, 32), keys.Secret{KeyLogLabel: "CLIENT_RANDOM", Bytes: make([]byte, 48)})
	if !errors.Is(l.Err(), syscall.ENOSPC) {
		t.Error(l.Err())
	}
}

// pieces counts the calls of Write.
type pieces struct{ calls []string }

func (p *pieces) Write(b []byte) (int, error) {
	p.calls = append(p.calls, string(b))
	return len(b), nil
}

func TestALineOfAKeyLogIsOneWrite(t *testing.T) {
	var p pieces
	l := capture.NewKeyLogWriter(&p)
	random := bytes.Repeat([]byte{0xab}, 32)
	l.Secret(random, keys.Secret{Name: "handshake_secret", Bytes: make([]byte, 32)})
	l.Secret(random, keys.Secret{Name: "x", KeyLogLabel: "CLIENT_RANDOM", Bytes: []byte{1, 2}})
	want := "CLIENT_RANDOM " + strings.Repeat("ab", 32) + " 0102\n"
	if len(p.calls) != 1 || p.calls[0] != want {
		t.Errorf("%q", p.calls)
	}
}
