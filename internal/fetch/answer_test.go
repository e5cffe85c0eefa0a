package fetch

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

const okHead = "HTTP/1.1 200 OK\r\n"

// answers are what servers say, right and wrong, and what it comes to with 10 bytes allowed.
var answers = []struct {
	name, bytes string
	want        Kind
	body        string
}{
	{"length", okHead + "Content-Length: 4\r\n\r\nbody", "", "body"},
	{"length and more", okHead + "Content-Length: 4\r\n\r\nbody and more", "", "body"},
	{"length twice", okHead + "Content-Length: 4\r\nContent-Length: 4, 4\r\n\r\nbody", "", "body"},
	{"none", okHead + "Content-Length: 0\r\n\r\n", "", ""},
	{"until the end", okHead + "\r\nbody", "", "body"},
	{"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nbody", "", "body"},
	{"no reason", "HTTP/1.1 200\r\n\r\nbody", "", "body"},
	{"line feeds alone", "HTTP/1.1 200 OK\nContent-Length: 4\n\nbody", "", "body"},
	{"interim", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + okHead + "\r\nbody", "", "body"},
	{"chunks", okHead + "Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n002;a=\"b\"\r\ndy\r\n0\r\n\r\n", "", "body"},
	{"chunks with a trailer", okHead + "Transfer-Encoding: Chunked\r\n\r\n4\r\nbody\r\n0\r\nA: b\r\nC: d\r\n\r\n", "", "body"},
	{"chunks and a length", okHead + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", "", "body"},
	{"identity", okHead + "Content-Encoding: identity\r\n\r\nbody", "", "body"},
	{"ten bytes", okHead + "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n", "", "0123456789"},

	{"nothing", "", KindTruncated, ""},
	{"half a status line", "HTTP/1.1 20", KindTruncated, ""},
	{"half a header", okHead + "Content-Length: 4\r\n", KindTruncated, ""},
	{"half a body", okHead + "Content-Length: 4\r\n\r\nbo", KindTruncated, ""},
	{"half a chunk", okHead + "Transfer-Encoding: chunked\r\n\r\n4\r\nbo", KindTruncated, ""},
	{"chunks without an end", okHead + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n", KindTruncated, ""},
	{"half a trailer", okHead + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nA: b\r\n", KindTruncated, ""},

	{"SSH", "SSH-2.0-OpenSSH_9.2\r\n", KindNotHTTP, ""},
	{"TLS alert", "\x15\x03\x01\x00\x02\x02\x46", KindNotHTTP, ""},
	{"HTTP/0.9", "<html>", KindNotHTTP, ""},
	{"HTTP/2", "HTTP/2.0 200 OK\r\n\r\n", KindNotHTTP, ""},
	{"garbage without a line", strings.Repeat("\xff", 1<<20), KindNotHTTP, ""},

	{"a status that is none", "HTTP/1.1 2x0 OK\r\n\r\n", KindMalformed, ""},
	{"a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", KindMalformed, ""},
	{"a status below 100", "HTTP/1.1 099 OK\r\n\r\n", KindMalformed, ""},
	{"no colon", okHead + "Content-Length 4\r\n\r\nbody", KindMalformed, ""},
	{"a space before the colon", okHead + "Content-Length : 4\r\n\r\nbody", KindMalformed, ""},
	{"a return in a value", okHead + "A: b\rc\r\n\r\nbody", KindMalformed, ""},
	{"a NUL in a value", okHead + "A: b\x00c\r\n\r\nbody", KindMalformed, ""},
	{"a folded line", okHead + "A: b\r\n c\r\n\r\nbody", KindMalformed, ""},
	{"two lengths", okHead + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody", KindMalformed, ""},
	{"a negative length", okHead + "Content-Length: -1\r\n\r\nbody", KindMalformed, ""},
	{"an empty length", okHead + "Content-Length:\r\n\r\nbody", KindMalformed, ""},
	{"a length past 64 bits", okHead + "Content-Length: 99999999999999999999\r\n\r\nbody", KindMalformed, ""},
	{"a chunk without a size", okHead + "Transfer-Encoding: chunked\r\n\r\n\r\nbody\r\n0\r\n\r\n", KindMalformed, ""},
	{"a chunk with a bad size", okHead + "Transfer-Encoding: chunked\r\n\r\n0x4\r\nbody\r\n0\r\n\r\n", KindMalformed, ""},
	{"a chunk with a sign", okHead + "Transfer-Encoding: chunked\r\n\r\n+4\r\nbody\r\n0\r\n\r\n", KindMalformed, ""},
	{"a chunk size of 16 digits", okHead + "Transfer-Encoding: chunked\r\n\r\n0000000000000004\r\nbody\r\n0\r\n\r\n", KindMalformed, ""},
	{"a chunk longer than it says", okHead + "Transfer-Encoding: chunked\r\n\r\n2\r\nbody\r\n0\r\n\r\n", KindMalformed, ""},
	{"a bad trailer", okHead + "Transfer-Encoding: chunked\r\n\r\n0\r\nA b\r\n\r\n", KindMalformed, ""},
	{"interim for ever", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100), KindMalformed, ""},

	{"gzip", okHead + "Content-Encoding: gzip\r\n\r\nbody", KindUnsupported, ""},
	{"gzip in chunks", okHead + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", KindUnsupported, ""},
	{"chunked twice", okHead + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", KindUnsupported, ""},
	{"chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", KindUnsupported, ""},

	{"a length past the limit", okHead + "Content-Length: 11\r\n\r\n", KindTooLarge, ""},
	{"a length of exabytes", okHead + "Content-Length: 4000000000000000000\r\n\r\n", KindTooLarge, ""},
	{"a body past the limit", okHead + "\r\n0123456789a", KindTooLarge, ""},
	{"a chunk past the limit", okHead + "Transfer-Encoding: chunked\r\n\r\nb\r\n", KindTooLarge, ""},
	{"a chunk of exabytes", okHead + "Transfer-Encoding: chunked\r\n\r\n3fffffffffffff0\r\n", KindTooLarge, ""},
	{"chunks past the limit", okHead + "Transfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n6\r\n", KindTooLarge, ""},
	{"a long field", okHead + "A: " + strings.Repeat("b", 1<<20), KindTooLarge, ""},
	{"many fields", okHead + strings.Repeat("A: b\r\n", 1<<17), KindTooLarge, ""},
	{"a long status line", "HTTP/1.1 200 " + strings.Repeat("O", 1<<20), KindTooLarge, ""},
	{"a long chunk extension", okHead + "Transfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("a", 1<<20), KindTooLarge, ""},
	{"a long trailer", okHead + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("A: b\r\n", 1<<17), KindTooLarge, ""},

	{"not found", "HTTP/1.1 404 Not Found\r\n\r\nbody", KindStatus, ""},
	{"no content", "HTTP/1.1 204 No Content\r\n\r\n", KindStatus, ""},
	{"not modified", "HTTP/1.1 304 Not Modified\r\n\r\n", KindStatus, ""},
	{"several choices", "HTTP/1.1 300 Multiple Choices\r\nLocation: /x\r\n\r\n", KindStatus, ""},
	{"server error", "HTTP/1.1 500 Oops\r\n\r\n", KindStatus, ""},
}

// readKind reads an answer and names what went wrong, as the client does.
func readKind(r io.Reader, limit int) (answer, Kind) {
	a, err := readAnswer(bufio.NewReader(r), Limits{}.orDefault().Header, limit)
	var bad *fault
	switch {
	case err == nil:
		return a, ""
	case errors.As(err, &bad):
		return a, bad.kind
	case errors.Is(err, io.ErrUnexpectedEOF):
		return a, KindTruncated
	}
	return a, Kind(err.Error())
}

func TestAnswersOfAllKinds(t *testing.T) {
	for _, c := range answers {
		if a, kind := readKind(strings.NewReader(c.bytes), 10); kind != c.want || string(a.body) != c.body {
			t.Errorf("%s: %q, %q", c.name, kind, a.body)
		}
		if len(c.bytes) > 1000 {
			continue
		}
		if a, kind := readKind(iotestOneByte{strings.NewReader(c.bytes)}, 10); kind != c.want || string(a.body) != c.body {
			t.Errorf("%s, byte by byte: %q, %q", c.name, kind, a.body)
		}
	}
}

// iotestOneByte gives one byte at a time.
type iotestOneByte struct{ r io.Reader }

func (o iotestOneByte) Read(p []byte) (int, error) { return o.r.Read(p[:min(len(p), 1)]) }

func TestAnswersOverTheNetworkSayWhatWentWrong(t *testing.T) {
	for _, c := range answers {
		if len(c.bytes) > 1000 {
			continue // the client closes early, and what the server still sends is its own affair
		}
		body, err := newClient(t, Limits{}).Get(say(t, c.bytes, true), 10)
		if kindOf(err) != c.want || string(body) != c.body {
			t.Errorf("%s: %q, %v", c.name, body, err)
		}
		if err != nil && (!strings.HasPrefix(err.Error(), "fetching http://127.0.0.1:") || strings.ContainsAny(err.Error(), "\r\n\x00")) {
			t.Errorf("%s: %q", c.name, err)
		}
		var e *Error
		if errors.As(err, &e) && e.Kind == KindStatus && e.Status == 0 {
			t.Errorf("%s: %+v", c.name, e)
		}
	}
}

// TestAPromiseCostsNoMemory has a server that promises as much as it may, and sends nothing of it.
func TestAPromiseCostsNoMemory(t *testing.T) {
	const limit = 1 << 30
	for _, text := range []string{okHead + "Content-Length: 1073741824\r\n\r\n", okHead + "Transfer-Encoding: chunked\r\n\r\n40000000\r\n"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, kind := readKind(strings.NewReader(text), limit)
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; kind != KindTruncated || grown > 1<<20 {
			t.Errorf("%q: %s, %d bytes", text, kind, grown)
		}
	}
}

// FuzzAnswer has net/http as its oracle: where both take an answer, they take the same.
func FuzzAnswer(f *testing.F) {
	for _, c := range answers {
		if len(c.bytes) < 1000 {
			f.Add([]byte(c.bytes))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 1 << 12
		a, kind := readKind(bytes.NewReader(data), limit)
		if len(a.body) > limit || kind != "" && a.body != nil {
			t.Errorf("%d bytes, %s", len(a.body), kind)
		}
		if kind != "" || a.isRedirect() {
			return
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
			body, err := io.ReadAll(resp.Body)
			if err == nil && !bytes.Equal(body, a.body) {
				t.Errorf("we read %q, and net/http %q", a.body, body)
			}
			return
		}
	})
}
