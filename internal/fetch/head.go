package fetch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/dial"
)

// Field is a field of an answer's header. What it says is the server's, and not to be shown as it is.
type Field struct {
	Name  string // in lower case
	Value string // without blanks around it
}

// Head is what an answer begins with: its status, and the fields of its header in their order.
type Head struct {
	Status int
	Fields []Field
}

// Values returns what the fields of a name say, in their order.
func (h *Head) Values(name string) (list []string) {
	for _, f := range h.Fields {
		if strings.EqualFold(f.Name, name) {
			list = append(list, f.Value)
		}
	}
	return list
}

// MaxHead is how much [ReadHead] reads of an answer, in bytes: more than browsers' servers are known to send.
const MaxHead = 64 << 10

// ReadHead reads the head of the answer to a GET, after at most four interim ones. The error is an *Error without URL, whose kind
// is not_http, malformed, too_large, truncated, or network for what r returns. RFC 9112, Sections 2 to 5.
func ReadHead(r io.Reader) (*Head, error) {
	in := bufio.NewReader(r)
	if err := beginsAsHTTP(in); err != nil {
		return nil, headError(err)
	}
	lines := &lineReader{r: in, left: MaxHead}
	var h header
	for range maxInterim {
		h = header{length: -1, all: true}
		if err := h.read(lines); err != nil {
			return nil, headError(err)
		}
		if h.status >= 200 {
			return &Head{h.status, h.fields}, nil
		}
	}
	return nil, headError(noFinal(h.status))
}

func headError(err error) *Error {
	e := &Error{Kind: KindNetwork, Method: methodGet, Reason: "the answer broke off", Err: err}
	var bad *fault
	switch {
	case errors.As(err, &bad):
		e.Kind, e.Reason, e.Err = bad.kind, bad.reason, nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.Kind, e.Reason, e.Err = KindTruncated, "the answer ends in its header, or before", nil
	}
	return e
}

// GetRequest is a GET of a target, whose answer is the last: the server closes after it. agent is what the request says it comes
// from. RFC 9112, Sections 3 and 9.6.
func GetRequest(t dial.Target, agent string) string {
	path := t.Path
	if path == "" {
		path = "/"
	}
	return fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nAccept: */*\r\nConnection: close\r\n\r\n", path, hostHeader(t), agent)
}

// hostHeader names the server, and the port where it is not that of https. RFC 9110, Section 7.2.
func hostHeader(t dial.Target) string {
	h := t.Host
	if strings.Contains(h, ":") {
		h = "[" + h + "]"
	}
	if t.Port != dial.DefaultPort {
		h = fmt.Sprintf("%s:%d", h, t.Port)
	}
	return h
}
