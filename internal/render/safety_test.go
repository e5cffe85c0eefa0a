package render

import (
	"bytes"
	"crypto/tls"
	"crypto/x509/pkix"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// hostileText has what a terminal obeys, what nobody sees, and what is no text.
var hostileText = "a\x1b[31m\x1b]0;owned\a\nverdict ok\r\u202egnp.exe\u200b\u2028\u0085\x00\xff · signature valid"

// hostile is a trace in which the peer controls every text that it can.
func hostile(t *testing.T) *trace.Trace {
	long := strings.Repeat("\x1b[2J日本", 60000/10)
	tr, _ := tls12(t, pkix.Name{CommonName: long, Organization: []string{strings.ToValidUTF8(hostileText, "?")}},
		&tls.Config{ServerName: "peer.example", NextProtos: []string{hostileText}}, &tls.Config{NextProtos: []string{hostileText}})
	s := newScript("peer.example")
	s.t = tr
	bad := finding.Of(finding.ALPNNotOffered)
	bad.Message, bad.Actual, bad.Expected = hostileText, long, hostileText
	bad.Where.Path = "server_hello.extensions.application_layer_protocol_negotiation"
	for _, e := range tr.Events {
		if e.Kind == "server_hello" {
			bad.Where.Event = e.N
			e.Findings = append(e.Findings, bad)
		}
	}
	failed := finding.Of(finding.Hostname)
	failed.Message, failed.Actual = hostileText, long
	s.check(nil, failed)
	s.data(trace.Received, hostileText+"\n"+long)
	s.event(&trace.Event{Layer: trace.LayerNet, Kind: "foreign", Detail: &trace.Foreign{Protocol: hostileText, FirstLine: long}})
	s.event(&trace.Event{Layer: trace.LayerNet, Kind: "attempt", Detail: &trace.Attempt{Address: hostileText, Error: long}})
	s.event(&trace.Event{Layer: trace.LayerKey, Kind: "secret", Detail: &trace.Secret{Label: hostileText, From: long}})
	s.alert(trace.Received, message.Alert{Level: 77, Description: 200}, false)
	s.event(&trace.Event{Layer: trace.LayerState, Kind: hostileText, Detail: &trace.State{Ref: long}})
	tr.Outcome, tr.Error = trace.HandshakeFailed, &trace.Error{Message: hostileText, Hint: long}
	tr.Target.Input, tr.Target.Host = hostileText, hostileText
	trace.Summarize(tr)
	return tr
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// everyView returns options for each way to look at a trace.
func everyView() []Options {
	var all []Options
	for _, width := range []int{0, 1, 80, 100, 120} {
		for _, ascii := range []bool{false, true} {
			for _, o := range []Options{
				{}, {Color: true}, {Verbosity: 1}, {Verbosity: 2, Color: true}, {Quiet: true}, {Only: []string{"*"}, Verbosity: 1},
				{Only: []string{"server_hello", "certificate.certificate_list[0]"}, Verbosity: 2},
			} {
				o.Width, o.ASCII = width, ascii
				all = append(all, o)
			}
		}
	}
	return all
}

func TestHostileTextIsShownAndNeverObeyed(t *testing.T) {
	tr := hostile(t)
	for _, o := range everyView() {
		got := shown(t, tr, o)
		if o.Color && !o.Quiet && o.Width != 1 && !sgr.MatchString(got) {
			t.Errorf("%+v: no colour", o)
		}
		if o.Color {
			got = sgr.ReplaceAllString(got, "")
		}
		checkSafe(t, o, got)
		if o.Width == 0 && o.Verbosity == 0 && !o.Quiet && !strings.Contains(got, `\x1b`) {
			t.Errorf("%+v: the escape is not shown", o)
		}
	}
}

func checkSafe(t *testing.T, o Options, got string) {
	t.Helper()
	if !utf8.ValidString(got) {
		t.Fatalf("%+v: not UTF-8", o)
	}
	for line := range strings.Lines(got) {
		line = strings.TrimSuffix(line, "\n")
		for _, r := range line {
			if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || o.ASCII && r >= utf8.RuneSelf {
				t.Fatalf("%+v: %U in %q", o, r, line)
			}
		}
		if w := safetext.Width(line); o.Width > 0 && w > o.Width || w > 2000 {
			t.Fatalf("%+v: %d columns: %q", o, w, line)
		}
		if strings.HasSuffix(line, " ") {
			t.Fatalf("%+v: blanks at the end of %q", o, line)
		}
	}
}

func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	for _, tr := range []*trace.Trace{simpleHandshake(t), refused(t)} {
		for _, o := range everyView() {
			if len(o.Only) > 1 && tr.Outcome != trace.OK {
				continue
			}
			got := shown(t, tr, o)
			checkSafe(t, o, sgr.ReplaceAllString(got, ""))
		}
	}
}

func TestColourChangesNothingButColour(t *testing.T) {
	tr := simpleHandshake(t)
	for _, o := range everyView() {
		o.Color = false
		without := shown(t, tr, o)
		o.Color = true
		if with := sgr.ReplaceAllString(shown(t, tr, o), ""); with != without {
			t.Errorf("%+v: %s", o, firstDifference(with, without))
		}
	}
}

func TestASavedTraceLooksAsTheLiveOne(t *testing.T) {
	tr12, _ := tls12(t, pkix.Name{CommonName: "peer"}, &tls.Config{ServerName: "peer.example"}, &tls.Config{})
	for _, live := range []*trace.Trace{simpleHandshake(t), refused(t), tr12} {
		var file bytes.Buffer
		if err := trace.Write(&file, live); err != nil {
			t.Fatal(err)
		}
		saved, err := trace.Read(&file)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []Options{{}, {Verbosity: 1}, {Verbosity: 2}, {Quiet: true}, {Only: []string{"client_hello"}}} {
			if got, want := shown(t, saved, o), shown(t, live, o); got != want {
				t.Errorf("%+v: %s", o, firstDifference(got, want))
			}
		}
	}
}

func TestAnOrdinaryHandshakeFitsFortyLines(t *testing.T) {
	if n := strings.Count(shown(t, simpleHandshake(t), Options{}), "\n"); n > 40 {
		t.Errorf("%d lines", n)
	}
}

func TestASingleLeafIsPrintedBareAndWhole(t *testing.T) {
	tr := simpleHandshake(t)
	hello := rfc8448(t, "3")["client ClientHello"]
	for path, want := range map[string]string{
		"server_hello.cipher_suite":                                         "0x1301 TLS_AES_128_GCM_SHA256",
		"client_hello.extensions.server_name.server_name_list[0].host_name": "server",
		"client_hello.random":                                               hexOf(hello[6:38]),
		"client_hello.extensions.key_share.*.[0].key_exchange":              "99381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c",
		"new_session_ticket.ticket_lifetime":                                "30",
		"ServerHello.legacy_version":                                        "0x0303 TLS 1.2",
		"finished#2.msg_type":                                               "0x14 finished",
	} {
		if got := shown(t, tr, Options{Only: []string{path}}); got != want+"\n" {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if err := Text(new(bytes.Buffer), tr, Options{Only: []string{"server_hello.nothing"}}); !errors.Is(err, ErrNothingSelected) {
		t.Errorf("got %v", err)
	}
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, x := range b {
		s.WriteByte(digits[x>>4])
		s.WriteByte(digits[x&15])
	}
	return s.String()
}

// TestTheDumpIsTheMessage reads the bytes back out of the hex dump.
func TestTheDumpIsTheMessage(t *testing.T) {
	tr := simpleHandshake(t)
	row := regexp.MustCompile(`(?m)^[0-9a-f]{4}  ([0-9a-f ]{48})`)
	for _, e := range tr.Events {
		if e.Layer != trace.LayerMessage || e.Kind == "finished" {
			continue
		}
		var read strings.Builder
		for _, m := range row.FindAllStringSubmatch(shown(t, tr, Options{Only: []string{e.Kind}, Verbosity: 2}), -1) {
			read.WriteString(strings.ReplaceAll(m[1], " ", ""))
		}
		if read.String() != hexOf(e.Buf.Bytes) {
			t.Errorf("%s: the dump has other bytes", e.Kind)
		}
	}
}

func TestAFindingStandsUnderItsField(t *testing.T) {
	tr := simpleHandshake(t)
	f := finding.Of(finding.SessionIDEcho)
	f.Where.Path, f.Actual, f.Expected = "server_hello.legacy_session_id_echo", "0 bytes", "32 bytes"
	for _, e := range tr.Events {
		if e.Kind == "server_hello" {
			e.Findings = append(e.Findings, f)
		}
	}
	lines := strings.Split(shown(t, tr, Options{Verbosity: 1}), "\n")
	at := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "legacy_session_id_echo  ") })
	if at < 0 || !strings.HasPrefix(lines[at+1], "│ ! "+f.Message+" (0 bytes, not 32 bytes)") {
		t.Errorf("it does not: %q", lines[at:at+2])
	}
	ladder := shown(t, tr, Options{})
	if !strings.Contains(ladder, "! "+f.Message) || !strings.Contains(ladder, "FAIL  broken rule") {
		t.Errorf("the ladder does not say so:\n%s", ladder)
	}
}

func TestBrokenTreesAreShownAsFarAsTheyGo(t *testing.T) {
	hello := rfc8448(t, "3")["client ClientHello"]
	for n := range hello {
		s := newScript("server")
		s.message(trace.Sent, hello[:n], false)
		for _, o := range []Options{{}, {Verbosity: 2}} {
			checkSafe(t, o, shown(t, s.done(), o))
		}
	}
}

func TestColourIsDecidedInOrder(t *testing.T) {
	for _, c := range []struct {
		flag, env string
		terminal  bool
		want      bool
	}{
		{"auto", "", true, true},
		{"auto", "", false, false},
		{"", "", true, true},
		{"always", "NO_COLOR=1 TERM=dumb", false, true},
		{"never", "FORCE_COLOR=1", true, false},
		{"auto", "NO_COLOR=1 FORCE_COLOR=1", true, false},
		{"auto", "FORCE_COLOR=1 TERM=dumb", false, true},
		{"auto", "CLICOLOR_FORCE=1", false, true},
		{"auto", "CLICOLOR_FORCE=0", false, false},
		{"auto", "TERM=dumb", true, false},
		{"auto", "TERM=xterm", true, true},
	} {
		if got := UseColor(c.flag, environment(c.env), c.terminal); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestCharactersFollowTheLocale(t *testing.T) {
	for _, c := range []struct {
		flag      bool
		goos, env string
		want      bool
	}{
		{false, "linux", "LANG=en_US.UTF-8", false},
		{false, "linux", "LANG=de_DE.utf8", false},
		{false, "linux", "LANG=C", true},
		{false, "linux", "LC_ALL=C LANG=en_US.UTF-8", true},
		{false, "linux", "LC_CTYPE=C.UTF-8 LANG=C", false},
		{false, "linux", "", true},
		{false, "windows", "", false},
		{true, "linux", "LANG=en_US.UTF-8", true},
	} {
		if got := UseASCII(c.flag, c.goos, environment(c.env)); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func environment(vars string) Environment {
	return func(name string) string {
		for _, v := range strings.Fields(vars) {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func TestEncryptedIsShownByTwoShafts(t *testing.T) {
	v := newView(simpleHandshake(t))
	for _, e := range v.Events {
		want := e.Kind != "client_hello" && e.Kind != "server_hello"
		if (e.Layer == trace.LayerMessage || e.Layer == trace.LayerAlert) && v.protected[e] != want {
			t.Errorf("%s: protected is %v", e.Kind, v.protected[e])
		}
	}
	if arrow(trace.Sent, true) == arrow(trace.Sent, false) || toASCII(arrow(trace.Received, true)) != "<=" {
		t.Error("the arrows don't tell")
	}
}
