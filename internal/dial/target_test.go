package dial

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode"
)

func TestTargetIsReadInEveryFormAPersonTypes(t *testing.T) {
	long := strings.Repeat("a", 63)
	for _, c := range []struct{ in, want, unicode, sni, path string }{
		{"example.com", "example.com:443", "example.com", "example.com", "/"},
		{"EXAMPLE.com:8443", "example.com:8443", "example.com", "example.com", "/"},
		{"example.com.", "example.com:443", "example.com", "example.com", "/"},
		{"localhost:1", "localhost:1", "localhost", "localhost", "/"},
		{"_dmarc.example.com", "_dmarc.example.com:443", "_dmarc.example.com", "_dmarc.example.com", "/"},
		{"r3---sn-abc.example.com", "r3---sn-abc.example.com:443", "r3---sn-abc.example.com", "r3---sn-abc.example.com", "/"},
		{long + ".test", long + ".test:443", long + ".test", long + ".test", "/"},
		{"192.0.2.1", "192.0.2.1:443", "192.0.2.1", "", "/"},
		{"192.0.2.1:65535", "192.0.2.1:65535", "192.0.2.1", "", "/"},
		{"2001:DB8::1", "[2001:db8::1]:443", "2001:db8::1", "", "/"},
		{"[2001:db8::1]", "[2001:db8::1]:443", "2001:db8::1", "", "/"},
		{"[2001:db8::1]:8443", "[2001:db8::1]:8443", "2001:db8::1", "", "/"},
		{"fe80::1%eth0", "[fe80::1%eth0]:443", "fe80::1%eth0", "", "/"},
		{"https://[fe80::1%25eth0]:444/", "[fe80::1%eth0]:444", "fe80::1%eth0", "", "/"},
		{"::ffff:192.0.2.1", "192.0.2.1:443", "192.0.2.1", "", "/"},
		{"https://example.com", "example.com:443", "example.com", "example.com", "/"},
		{"HTTPS://example.com:444/a/b?c=d#e", "example.com:444", "example.com", "example.com", "/a/b?c=d"},
		{"https://example.com?q", "example.com:443", "example.com", "example.com", "/?q"},
		{"https://example.com/ü", "example.com:443", "example.com", "example.com", "/%C3%BC"},
		// Names and their A-labels as RFC 3492, UTS #46 and the registries publish them.
		{"bücher.example", "xn--bcher-kva.example:443", "bücher.example", "xn--bcher-kva.example", "/"},
		{"BÜCHER.example:1", "xn--bcher-kva.example:1", "bücher.example", "xn--bcher-kva.example", "/"},
		{"xn--bcher-kva.example", "xn--bcher-kva.example:443", "bücher.example", "xn--bcher-kva.example", "/"},
		{"faß.de", "xn--fa-hia.de:443", "faß.de", "xn--fa-hia.de", "/"},
		{"例え。テスト", "xn--r8jz45g.xn--zckzah:443", "例え.テスト", "xn--r8jz45g.xn--zckzah", "/"},
		{"_sip.bücher.example", "_sip.xn--bcher-kva.example:443", "_sip.bücher.example", "_sip.xn--bcher-kva.example", "/"},
		{"ｅｘａｍｐｌｅ.com", "example.com:443", "example.com", "example.com", "/"},
	} {
		got, err := ParseTarget(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if got.String() != c.want || got.Unicode != c.unicode || got.SNI != c.sni || got.Path != c.path {
			t.Errorf("%s: %s %q sni %q path %q, want %s %q %q %q", c.in, got, got.Unicode, got.SNI, got.Path, c.want, c.unicode, c.sni, c.path)
		}
		if got.IsAddr() != (got.SNI == "") {
			t.Errorf("%s: an address and only an address has no server_name", c.in)
		}
	}
	if got, _ := ParseTarget("example.com."); !got.Rooted || got.lookupName() != "example.com." {
		t.Errorf("the trailing dot is lost to the resolver: %+v", got)
	}
}

func TestGarbageIsRefusedWithAReason(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "no host was given",
		":443":                           "no host name",
		"https://":                       "names no host",
		"https:///path":                  "names no host",
		"example.com:":                   "no port after the colon",
		"example.com:0":                  "not between 1 and 65535",
		"example.com:65536":              "not between 1 and 65535",
		"example.com:99999999999":        "not between 1 and 65535",
		"example.com:https":              "is not a number",
		"example.com:-1":                 "is not a number",
		"example.com:１":                  "is not a number",
		"a:b:c":                          "neither host:port nor an IPv6 address",
		"2001:db8::1:99999":              "neither host:port nor an IPv6 address",
		"[2001:db8::1":                   "not closed",
		"[2001:db8::1]443":               "only be :port",
		"[192.0.2.1]:443":                "must be an IPv6 address",
		"[example.com]:443":              "must be an IPv6 address",
		"example..com":                   "label of the name is empty",
		".example.com":                   "label of the name is empty",
		".":                              "no host name",
		"-v":                             "begins or ends with a hyphen",
		"*.example.com":                  "wildcard",
		"exa mple.com":                   "U+0020",
		"example.com\n":                  "U+000A",
		"example.com\x1b[2J":             "U+001B",
		"example.com\x00":                "U+0000",
		"\xff\xfe":                       "U+FFFD",
		"https://example.com/a\r\nX: y":  "U+000D",
		"exa\u202emple.com":              "U+202E",
		"ex!ample.com":                   "can't stand in a host name",
		"127.1":                          "neither a host name nor an IPv4 address",
		"0x7f.0.0.1":                     "neither a host name nor an IPv4 address",
		"010.0.0.1":                      "neither a host name nor an IPv4 address",
		"2130706433":                     "neither a host name nor an IPv4 address",
		"1.2.3.4.5":                      "neither a host name nor an IPv4 address",
		"xn--zzzzzz.example":             "not a valid internationalized name",
		"http://example.com":             "no TLS",
		"ftp://example.com":              "unsupported URL scheme",
		"example.com/path":               "a path needs a URL",
		strings.Repeat("a", 64) + ".com": "at most 63 octets",
		strings.Repeat("a.", 127) + "aa": "at most 253 octets",
		strings.Repeat("a", 1<<20):       "longer than",
	} {
		_, err := ParseTarget(in)
		var pe *ParseError
		if !errors.As(err, &pe) {
			t.Errorf("%q: %v, want a ParseError with %q", clip(in), err, want)
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", clip(in), err, want)
		}
		if len(err.Error()) > 1000 || strings.ContainsFunc(err.Error(), func(r rune) bool { return unicode.IsControl(r) || r == '\u202e' }) {
			t.Errorf("the message is not safe to print: %q", err)
		}
	}
}

func TestPasswordOfAURLIsNotRepeated(t *testing.T) {
	for _, in := range []string{"https://user:hunter2@example.com/", "user:hunter2@example.com", "user:hunter2@example.com/x",
		"ftp://user:hunter2@example.com", "https://user:hunter2\n@example.com", "http://user:hunter2@example.com"} {
		_, err := ParseTarget(in)
		var pe *ParseError
		if !errors.As(err, &pe) {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if strings.Contains(err.Error()+pe.Hint(), "hunter2") {
			t.Errorf("the password stands in the message: %v", err)
		}
	}
}

func TestConnectToIsAnAddressOrANameWithOrWithoutPort(t *testing.T) {
	for in, want := range map[string]ConnectTo{
		"192.0.2.1":          {Host: "192.0.2.1"},
		"192.0.2.1:8443":     {Host: "192.0.2.1", Port: 8443},
		"[2001:db8::1]:8443": {Host: "2001:db8::1", Port: 8443},
		"2001:db8::1":        {Host: "2001:db8::1"},
		"Backend.Example":    {Host: "backend.example"},
		"bücher.example:1":   {Host: "xn--bcher-kva.example", Port: 1},
	} {
		got, err := ParseConnectTo(in)
		if err != nil || got.Host != want.Host || got.Port != want.Port || got.IsZero() {
			t.Errorf("%s: %+v %v", in, got, err)
		}
	}
	for _, in := range []string{"", ":443", "a b", "192.0.2.1:0", "https://x/"} {
		if got, err := ParseConnectTo(in); err == nil {
			t.Errorf("%q was read as %+v", in, got)
		}
	}
}

func FuzzTargetIsSafeOrRefused(f *testing.F) {
	for _, s := range []string{"example.com:443", "[::1]:1", "https://bücher.example/x?y#z", "xn--a", "a@b", "https://a%25b", "_._", "fe80::1%%%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		got, err := ParseTarget(arg)
		if err != nil {
			if len(err.Error()) > 2000 {
				t.Fatalf("%d bytes of message", len(err.Error()))
			}
			return
		}
		if got.Port == 0 || got.Host == "" || !strings.HasPrefix(got.Path, "/") {
			t.Fatalf("%q: %+v", arg, got)
		}
		if !got.IsAddr() {
			for i := range len(got.Host) {
				if c := got.Host[i]; !inHostName(c) && c != '.' {
					t.Fatalf("%q: %q in host %q", arg, c, got.Host)
				}
			}
		}
		for i := range len(got.Path) {
			if c := got.Path[i]; c <= ' ' || c >= 0x7f {
				t.Fatalf("%q: %q in path %q", arg, c, got.Path)
			}
		}
		if u, err := url.Parse("https://" + strings.ReplaceAll(got.String(), "%", "%25")); err != nil || u.Port() == "" {
			t.Fatalf("%q: net/url refuses %s: %v", arg, got, err)
		}
		again, err := ParseTarget(got.String())
		if err != nil || again.Host != got.Host || again.Port != got.Port {
			t.Fatalf("%q: %s is read again as %+v, %v", arg, got, again, err)
		}
	})
}
