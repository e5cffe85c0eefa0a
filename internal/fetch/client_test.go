package fetch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// What verify fetches with.
var _ verify.Fetcher = (*Client)(nil)

// newClient has limits that a slow machine doesn't reach.
func newClient(t testing.TB, l Limits) *Client {
	t.Helper()
	if l.Each == 0 {
		l.Each = time.Minute
	}
	if l.All == 0 {
		l.All = 2 * time.Minute
	}
	c := New(t.Context(), dial.Dialer{}, l)
	t.Cleanup(c.Close)
	return c
}

// serve runs net/http's server.
func serve(t testing.TB, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s
}

// say runs a server that reads the head of a request, answers with these bytes, and closes if end is set. It
// returns its URL.
func say(t testing.TB, answer string, end bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { close(done); _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close() //nolint:errcheck // the peer has what it gets
				readHead(conn)
				_, _ = io.WriteString(conn, answer)
				if !end {
					<-done
				}
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func readHead(r io.Reader) {
	var head []byte
	b := make([]byte, 1)
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		if _, err := io.ReadFull(r, b); err != nil {
			return
		}
		head = append(head, b...)
	}
}

func kindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

func TestAGetHasTheFieldsItNeedsAndNoOthers(t *testing.T) {
	var got *http.Request
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		_, _ = io.WriteString(w, "the body")
	})
	body, err := newClient(t, Limits{}).Get(s.URL+"/a%20b/ca.crl?x=1&y=\u00fc z#top", 100)
	if err != nil || string(body) != "the body" {
		t.Fatalf("%q, %v", body, err)
	}
	want := http.Header{"User-Agent": {"tlsprobe"}, "Accept": {"*/*"}, "Connection": {"close"}}
	if fmt.Sprint(got.Header) != fmt.Sprint(want) || got.Method != "GET" || got.RequestURI != "/a%20b/ca.crl?x=1&y=%C3%BC%20z" ||
		got.Host != strings.TrimPrefix(s.URL, "http://") || got.Proto != "HTTP/1.1" {
		t.Errorf("%s %s %s %s %v", got.Method, got.RequestURI, got.Proto, got.Host, got.Header)
	}
}

func TestAPostSendsItsBody(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s %s %d %q", r.Method, r.Header.Get("Content-Type"), r.ContentLength, b)
	})
	body, err := newClient(t, Limits{}).Post(s.URL, "application/ocsp-request", []byte{0, 1, '\n'}, 100)
	if want := `POST application/ocsp-request 3 "\x00\x01\n"`; err != nil || string(body) != want {
		t.Errorf("%q, %v", body, err)
	}
}

func TestANameIsLookedUpAndAskedFor(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) })
	port := s.Listener.Addr().(*net.TCPAddr).Port
	elsewhere, err := dial.ParseConnectTo("192.0.2.1:1")
	if err != nil {
		t.Fatal(err)
	}
	c := New(t.Context(), dial.Dialer{Resolver: loopback{}, ConnectTo: elsewhere}, Limits{})
	defer c.Close()
	body, err := c.Get(fmt.Sprintf("HTTP://CRL.Example.com.:%d/x", port), 100)
	if want := fmt.Sprintf("crl.example.com:%d", port); err != nil || string(body) != want {
		t.Errorf("%q, %v", body, err)
	}
}

// loopback has every name at 127.0.0.1.
type loopback struct{}

func (loopback) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}, nil
}

func TestRedirectsAreFollowedAndCounted(t *testing.T) {
	var posted atomic.Int32
	mux := http.NewServeMux()
	for path, to := range map[string]string{"/1": "2", "/2": "/3", "/3": "./end", "/0": "/1", "/circle": "/back", "/back": "/circle#x", "/self": "/self",
		"/https": "https://127.0.0.1/x", "/file": "file:///etc/passwd", "/user": "http://a:b@127.0.0.1/", "/bad": "http://[::1/", "/long": "/" + strings.Repeat("a", maxURL)} {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		})
	}
	mux.HandleFunc("/end", func(w http.ResponseWriter, r *http.Request) {
		if b, _ := io.ReadAll(r.Body); string(b) == "body" {
			posted.Add(1)
		}
		_, _ = io.WriteString(w, "end")
	})
	mux.HandleFunc("/nowhere", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMovedPermanently) })
	mux.HandleFunc("/other", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/end", http.StatusSeeOther) })
	s := serve(t, mux.ServeHTTP)
	for path, want := range map[string]Kind{
		"/1": "", "/2": "", "/0": KindRedirect, "/circle": KindRedirect, "/self": KindRedirect, "/nowhere": KindRedirect, "/other": "", "/https": KindScheme, "/file": KindScheme,
		"/user": KindURL, "/bad": KindRedirect, "/long": KindRedirect,
	} {
		body, err := newClient(t, Limits{}).Get(s.URL+path, 100)
		if kindOf(err) != want || want == "" && (err != nil || string(body) != "end") {
			t.Errorf("%s: %q, %v", path, body, err)
		}
	}
	if _, err := newClient(t, Limits{}).Post(s.URL+"/3", "text/plain", []byte("body"), 100); err != nil || posted.Load() != 1 {
		t.Errorf("%v", err)
	}
	if _, err := newClient(t, Limits{}).Post(s.URL+"/other", "text/plain", []byte("body"), 100); kindOf(err) != KindRedirect {
		t.Errorf("%v", err)
	}
	if _, err := newClient(t, Limits{Redirects: -1}).Get(s.URL+"/3", 100); kindOf(err) != KindRedirect || !strings.Contains(err.Error(), "/3: it redirects, and none is followed") {
		t.Errorf("%v", err)
	}
}

func TestURLsThatAreNotFetched(t *testing.T) {
	c := newClient(t, Limits{})
	for url, want := range map[string]Kind{
		"https://127.0.0.1/": KindScheme, "ldap://127.0.0.1/cn=x": KindScheme, "file:///etc/passwd": KindScheme, "ftp://127.0.0.1/": KindScheme,
		"": KindURL, "127.0.0.1": KindURL, "//127.0.0.1/": KindURL, "http:": KindURL, "http:///x": KindURL, "http:x": KindURL, "http://a@127.0.0.1/": KindURL,
		"http://127.0.0.1:0/": KindURL, "http://127.0.0.1:99999/": KindURL, "http://127.0.0.1:x/": KindURL, "http://a_b!/": KindURL, "http://a\r\nb/": KindURL,
		"http://127.0.0.1/a\r\nX: y": KindURL, "http://127.0.0.1/\x00": KindURL, "http://" + strings.Repeat("a", 300) + "/": KindURL, "http://127.0.0.1/" + strings.Repeat("a", maxURL): KindURL,
	} {
		_, err := c.Get(url, 100)
		if kindOf(err) != want || len(err.Error()) > 1000 || strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
			t.Errorf("%.60q: %v", url, err)
		}
	}
	if n := c.requests.Load(); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}

func TestAPortWhereNobodyListensIsANetworkError(t *testing.T) {
	refused := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("connection refused") }
	c := New(t.Context(), dial.Dialer{DialContext: refused}, Limits{})
	defer c.Close()
	_, err := c.Get("http://127.0.0.1/x", 100)
	var dialed *dial.Error
	if kindOf(err) != KindNetwork || !errors.As(err, &dialed) || !strings.HasPrefix(err.Error(), "fetching http://127.0.0.1/x: no connection: connecting to 127.0.0.1:80: ") {
		t.Errorf("%v", err)
	}
}

func TestASilentServerCostsTheTimeForOneFetch(t *testing.T) {
	for name, answer := range map[string]string{
		"nothing": "", "half a status line": "HTTP/1.1 2", "half a header": "HTTP/1.1 200 OK\r\nDate: x", "half a body": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
		"a body without an end": "HTTP/1.1 200 OK\r\n\r\nhalf", "a chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
	} {
		url := say(t, answer, false)
		if _, err := newClient(t, Limits{Each: 50 * time.Millisecond}).Get(url, 100); kindOf(err) != KindTimeout {
			t.Errorf("%s: %v", name, err)
		}
		c := newClient(t, Limits{All: 50 * time.Millisecond})
		if _, err := c.Get(url, 100); kindOf(err) != KindBudget {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.Get(url, 100); kindOf(err) != KindBudget {
			t.Errorf("%s, once more: %v", name, err)
		}
	}
}

func TestAnInterruptEndsAFetch(t *testing.T) {
	url := say(t, "HTTP/1.1 200 OK\r\n", false)
	ctx, cancel := context.WithCancel(t.Context())
	c := New(ctx, dial.Dialer{}, Limits{})
	defer c.Close()
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := c.Get(url, 100); kindOf(err) != KindCanceled || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	c = newClient(t, Limits{})
	c.Close()
	if _, err := c.Get(url, 100); kindOf(err) != KindCanceled {
		t.Errorf("%v", err)
	}
}

func TestRequestsAreCounted(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	c := newClient(t, Limits{Requests: 2})
	for i, want := range []Kind{"", "", KindBudget, KindBudget} {
		if _, err := c.Get(s.URL, 100); kindOf(err) != want {
			t.Errorf("request %d: %v", i+1, err)
		}
	}
}

// TestTheLimitIsExact has net/http send bodies of a length and, flushing, in chunks.
func TestTheLimitIsExact(t *testing.T) {
	for _, n := range []int{0, 1, 1000, 100_000} {
		for _, chunked := range []bool{false, true} {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if !chunked {
					w.Header().Set("Content-Length", fmt.Sprint(n))
				}
				for left := n; left > 0; left -= min(left, 300) {
					_, _ = w.Write(make([]byte, min(left, 300)))
					if chunked {
						w.(http.Flusher).Flush()
					}
				}
			})
			c := newClient(t, Limits{})
			if body, err := c.Get(s.URL, n); err != nil || len(body) != n {
				t.Errorf("%d, chunked %v: %d, %v", n, chunked, len(body), err)
			}
			if _, err := c.Get(s.URL, n-1); n > 0 && kindOf(err) != KindTooLarge {
				t.Errorf("%d, chunked %v, one less: %v", n, chunked, err)
			}
		}
	}
}

// FuzzURL has nothing of a URL end a line of the request, or name another host than is connected to.
func FuzzURL(f *testing.F) {
	for _, url := range []string{"http://crl.example.com/a.crl", "HTTP://[2001:db8::1]:8080/a?b c#d", "http://b\u00fccher.example/\u00fc", "http://[fe80::1%25eth0]/", "http://a@b/", "ldap://x/y"} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		p, bad := parse(url)
		if bad != nil {
			if bad.reason == "" || bad.kind != KindURL && bad.kind != KindScheme {
				t.Errorf("%+v", bad)
			}
			return
		}
		for _, text := range []string{p.path, p.host} {
			if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
				t.Errorf("%q", text)
			}
		}
		if host, _, err := net.SplitHostPort(p.host); err == nil && p.target.Addr.Zone() == "" && host != p.target.Host {
			t.Errorf("connects to %s and asks for %s", p.target.Host, p.host)
		}
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + p.path + " HTTP/1.1\r\nHost: " + p.host + "\r\n\r\n")))
		if err != nil || r.Host != p.host || len(r.Header) != 0 {
			t.Errorf("%q %q: %v", p.path, p.host, err)
		}
	})
}
