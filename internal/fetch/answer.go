package fetch

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
)

// The statuses that are told apart. RFC 9110, Section 15.
const (
	statusOK                = 200
	statusMovedPermanently  = 301
	statusFound             = 302
	statusSeeOther          = 303
	statusTemporaryRedirect = 307
	statusPermanentRedirect = 308
)

// maxInterim bounds the answers of status 1xx before the one that counts.
const maxInterim = 4

// answer is what is read of a response.
type answer struct {
	status   int
	location string
	body     []byte // of status 200 alone
}

func (a answer) isRedirect() bool {
	switch a.status {
	case statusMovedPermanently, statusFound, statusSeeOther, statusTemporaryRedirect, statusPermanentRedirect:
		return true
	}
	return false
}

// header is what is kept of a response's header.
type header struct {
	old       bool // HTTP/1.0
	status    int
	length    int64 // -1 if absent
	transfer  []string
	encodings []string
	location  string
	all       bool    // every field is wanted
	fields    []Field // all of them, if they are
}

// beginsAsHTTP looks at the first bytes of an answer, and takes none.
func beginsAsHTTP(r *bufio.Reader) error {
	const start = "HTTP/1."
	b, err := r.Peek(len(start))
	switch {
	case !strings.HasPrefix(start, string(b)):
		return faultf(KindNotHTTP, "the server doesn't speak HTTP/1: it begins with %q", b)
	case err != nil:
		return early(err)
	}
	return nil
}

func noFinal(status int) error {
	return faultf(KindMalformed, "the server doesn't get past status %d", status)
}

// readAnswer reads a response: its header and all that frames its body in at most headerLimit octets, and of its body, if the
// status is 200, at most limit. RFC 9112, Sections 4 to 7.
func readAnswer(r *bufio.Reader, headerLimit, limit int) (answer, error) {
	if err := beginsAsHTTP(r); err != nil {
		return answer{}, err
	}
	lines := &lineReader{r: r, left: headerLimit}
	var h header
	for range maxInterim {
		h = header{length: -1}
		if err := h.read(lines); err != nil {
			return answer{status: h.status}, err
		}
		if h.status >= 200 {
			break
		}
	}
	a := answer{status: h.status, location: h.location}
	switch {
	case h.status < 200:
		return a, noFinal(h.status)
	case a.isRedirect():
		return a, nil
	case h.status != statusOK:
		return a, faultf(KindStatus, "the server answers with status %d", h.status)
	}
	for _, e := range h.encodings {
		if !strings.EqualFold(e, "identity") {
			return a, faultf(KindUnsupported, "the answer is encoded as %q, which wasn't asked for", clip(e))
		}
	}
	body, err := readBody(lines, &h, limit)
	if err != nil {
		return a, err
	}
	a.body = body
	return a, nil
}

// read reads the status line and the fields.
func (h *header) read(lines *lineReader) error {
	line, err := lines.next()
	if err != nil {
		return err
	}
	if err := h.readStatus(line); err != nil {
		return err
	}
	for {
		line, err := lines.next()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return nil
		}
		name, value, err := field(line)
		if err != nil {
			return err
		}
		if h.all {
			h.fields = append(h.fields, Field{name, value})
		}
		if err := h.keep(name, value); err != nil {
			return err
		}
	}
}

// readStatus reads "HTTP/1.1 200 OK"; the reason may be missing.
func (h *header) readStatus(line []byte) error {
	const version = "HTTP/1."
	unreadable := faultf(KindMalformed, "the answer has a status line that can't be read: %q", clip(string(line)))
	rest, found := bytes.CutPrefix(line, []byte(version))
	if !found || len(rest) < len("1 200") || rest[0] < '0' || rest[0] > '9' || rest[1] != ' ' {
		return unreadable
	}
	status, err := strconv.ParseUint(string(rest[2:5]), 10, 16)
	if err != nil || status < 100 || len(rest) > 5 && rest[5] != ' ' {
		return unreadable
	}
	h.old, h.status = rest[0] == '0', int(status)
	return nil
}

// field splits a field line. A line that goes on from the one before, and a space before the colon, are what nobody may send
// any more: RFC 9112, Sections 5.1 and 5.2. A value with a carriage return or a NUL in it is dangerous: RFC 9110, Section 5.5.
func field(line []byte) (name, value string, err error) {
	before, after, found := bytes.Cut(line, []byte(":"))
	if !found || len(before) == 0 || bytes.IndexFunc(before, notToken) >= 0 || bytes.ContainsAny(after, "\r\x00") {
		return "", "", faultf(KindMalformed, "the answer has a field that can't be read: %q", clip(string(line)))
	}
	return strings.ToLower(string(before)), string(bytes.Trim(after, " \t")), nil
}

// notToken reports whether a character may not stand in the name of a field. RFC 9110, Section 5.6.2.
func notToken(c rune) bool {
	return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
}

// keep takes what is needed of a field.
func (h *header) keep(name, value string) error {
	switch name {
	case "content-length":
		for part := range strings.SplitSeq(value, ",") {
			n, err := strconv.ParseUint(strings.Trim(part, " \t"), 10, 62)
			if err != nil || h.length >= 0 && h.length != int64(n) {
				return faultf(KindMalformed, "the answer has a length that can't be read: %q", clip(value))
			}
			h.length = int64(n)
		}
	case "transfer-encoding":
		h.transfer = append(h.transfer, listed(value)...)
	case "content-encoding":
		h.encodings = append(h.encodings, listed(value)...)
	case "location":
		if h.location == "" {
			h.location = value
		}
	}
	return nil
}

// listed splits the members of a list. RFC 9110, Section 5.6.1.
func listed(value string) (members []string) {
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.Trim(part, " \t"); part != "" {
			members = append(members, part)
		}
	}
	return members
}

// lineReader reads lines within a bound on all of them together.
type lineReader struct {
	r    *bufio.Reader
	left int // octets that the lines may still have
}

// next returns a line without its end: CRLF, or LF alone, as RFC 9112, Section 2.2, lets a recipient take it. It holds until
// the next call.
func (l *lineReader) next() ([]byte, error) {
	var line []byte
	for {
		part, err := l.r.ReadSlice('\n')
		if l.left -= len(part); l.left < 0 {
			return nil, faultf(KindTooLarge, "the answer's header is too large")
		}
		switch {
		case err == nil && line == nil:
			return trimEnd(part), nil
		case err == nil:
			return trimEnd(append(line, part...)), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, early(err)
		}
		line = append(line, part...)
	}
}

func trimEnd(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
}

// early makes an end an unexpected one.
func early(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
