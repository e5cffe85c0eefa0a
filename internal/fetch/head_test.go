package fetch

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/tlsprobe/tlsprobe/internal/dial"
)

func TestHeadsOfAnswersAreReadOrSaidToBeNone(t *testing.T) {
	for _, c := range []struct {
		name, bytes string
		want        Kind
		status      int
		fields      []Field
	}{
		{"all fields, in order", "HTTP/1.1 301 Moved\r\nLocation: https://a/\r\nB:\tc \r\nlocation: d\r\n\r\nbody", "", 301,
			[]Field{{"location", "https://a/"}, {"b", "c"}, {"location", "d"}}},
		{"none", "HTTP/1.0 200\r\n\r\n", "", 200, nil},
		{"after interim ones", "HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 404 No\r\nC: d\r\n\r\n", "", 404, []Field{{"c", "d"}}},
		{"interim for ever", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 9), KindMalformed, 0, nil},
		{"a greeting of SMTP", "220 mail.example ESMTP\r\n", KindNotHTTP, 0, nil},
		{"HTTP/2", "\x00\x00\x12\x04\x00\x00\x00\x00\x00", KindNotHTTP, 0, nil},
		{"nothing", "", KindTruncated, 0, nil},
		{"half of it", "HTTP/1.1 200 OK\r\nA: b\r\n", KindTruncated, 0, nil},
		{"a folded line", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", KindMalformed, 0, nil},
		{"a field without end", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("b", MaxHead), KindTooLarge, 0, nil},
		{"fields without end", "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", MaxHead), KindTooLarge, 0, nil},
	} {
		h, err := ReadHead(iotest.OneByteReader(strings.NewReader(c.bytes)))
		var e *Error
		if c.want != "" {
			if !errors.As(err, &e) || e.Kind != c.want || h != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil || h.Status != c.status || !slices.Equal(h.Fields, c.fields) {
			t.Errorf("%s: %+v, %v", c.name, h, err)
		}
	}
	broken := errors.New("broken")
	if _, err := ReadHead(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func TestARequestIsReadByNetHTTPAsItWasMeant(t *testing.T) {
	for target, want := range map[string][2]string{
		"example.test":                     {"example.test", "/"},
		"example.test:8443":                {"example.test:8443", "/"},
		"https://example.test/a/b?c=d#e":   {"example.test", "/a/b?c=d"},
		"[2001:db8::1]:444":                {"[2001:db8::1]:444", "/"},
		"https://example.test/a b\r\nX: y": {"example.test", "/a%20b%0D%0AX:%20y"},
	} {
		to, err := dial.ParseTarget(target)
		if err != nil {
			if strings.Contains(target, "\r") {
				continue // refused before anything is sent
			}
			t.Fatal(err)
		}
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(GetRequest(to, "agent"))))
		if err != nil || r.Host != want[0] || r.RequestURI != want[1] || r.Method != "GET" || !r.Close {
			t.Errorf("%q: %+v, %v", target, r, err)
		}
	}
}

// FuzzHead has net/http as its oracle: where both take a head, they read the same.
func FuzzHead(f *testing.F) {
	for _, c := range answers {
		if len(c.bytes) < 1000 {
			f.Add([]byte(c.bytes))
		}
	}
	f.Add([]byte("HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1\r\nStrict-Transport-Security: max-age=2\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := ReadHead(bytes.NewReader(data))
		if err != nil {
			return
		}
		size := 0
		for _, x := range h.Fields {
			size += len(x.Name) + len(x.Value)
		}
		if h.Status < 200 || h.Status > 999 || size > MaxHead {
			t.Fatalf("status %d, %d bytes of fields", h.Status, size)
		}
		r := bufio.NewReader(bytes.NewReader(data))
		for {
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				return
			}
			if resp.StatusCode < 200 {
				continue
			}
			const hsts = "Strict-Transport-Security"
			if resp.StatusCode != h.Status || fmt.Sprint(resp.Header[hsts]) != fmt.Sprint(h.Values(hsts)) {
				t.Errorf("we read %d %q, and net/http %d %q", h.Status, h.Values(hsts), resp.StatusCode, resp.Header[hsts])
			}
			return
		}
	})
}
