package fetch

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/dial"
)

// maxURL bounds a URL, in octets.
const maxURL = 4096

const httpPort = 80

// place is a URL as it is connected to and asked for.
type place struct {
	url    *url.URL
	target dial.Target
	host   string // the Host header
	path   string // the request target: path and query
}

// parse reads an absolute http URL.
func parse(text string) (*place, *fault) {
	if len(text) > maxURL {
		return nil, faultf(KindURL, "the URL is longer than %d bytes", maxURL)
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, faultf(KindURL, "%q is no URL", clip(text))
	}
	return locate(u)
}

// locate finds out how to ask for a URL.
func locate(u *url.URL) (*place, *fault) {
	switch {
	case u.Scheme == "":
		return nil, faultf(KindURL, "the URL has no scheme")
	case u.Scheme != "http": // url.Parse has it in lower case
		return nil, faultf(KindScheme, "only http is fetched, not %s", clip(u.Scheme))
	case u.User != nil:
		return nil, faultf(KindURL, "the URL has a user name")
	case u.Opaque != "" || u.Hostname() == "":
		return nil, faultf(KindURL, "the URL names no host")
	}
	port := u.Port()
	if port == "" {
		port = strconv.Itoa(httpPort)
	}
	t, err := dial.ParseTarget(net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, faultf(KindURL, "the URL's host can't be connected to: %s", clip(err.Error()))
	}
	p := &place{url: u, target: t, host: t.Host, path: requestTarget(u)}
	if t.Addr.Is6() {
		p.host = "[" + t.Addr.WithZone("").String() + "]"
	}
	if t.Port != httpPort {
		p.host += ":" + strconv.Itoa(int(t.Port))
	}
	return p, nil
}

// requestTarget is the path and query, in characters that can't end a request line. RFC 9112, Section 3.2.1.
func requestTarget(u *url.URL) string {
	raw := u.RequestURI()
	if !strings.HasPrefix(raw, "/") {
		raw = "/" + raw
	}
	var b strings.Builder
	for i := range len(raw) {
		if c := raw[i]; c <= ' ' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
