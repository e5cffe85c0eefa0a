package audit_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

func newOpinion() opinion {
	return opinion{suites: map[iana.Version][]iana.CipherSuite{}, prefers: map[iana.Version]audit.Preference{}}
}

// add adds a suite by a name that somebody has for it.
func (o opinion) add(t testing.TB, v iana.Version, name string) {
	t.Helper()
	suite, err := iana.ParseCipherSuite(name)
	if err != nil {
		t.Errorf("a suite that nobody knows: %v", err)
	}
	o.suites[v] = append(o.suites[v], suite)
}

// nmapTable is a table of a script's result, as nmap writes it in XML: a tree of tables and values.
type nmapTable struct {
	Key    string      `xml:"key,attr"`
	Tables []nmapTable `xml:"table"`
	Values []struct {
		Key  string `xml:"key,attr"`
		Text string `xml:",chardata"`
	} `xml:"elem"`
}

func (n nmapTable) value(key string) string {
	for _, v := range n.Values {
		if v.Key == key {
			return v.Text
		}
	}
	return ""
}

// nmap asks by the script ssl-enum-ciphers. The + runs it whatever the port is.
func nmap(t testing.TB, addr string) opinion {
	t.Helper()
	host, port, _ := net.SplitHostPort(addr)
	r := testpeer.Run(t, "", testpeer.Need(t, "nmap"), "-Pn", "-n", "-p", port, "--script", "+ssl-enum-ciphers", "-oX", "-", host)
	var doc struct {
		Script nmapTable `xml:"host>ports>port>script"`
	}
	if err := xml.Unmarshal([]byte(r.Stdout), &doc); err != nil || len(doc.Script.Tables) == 0 {
		t.Fatalf("%v: %s", err, r.Output())
	}
	o := newOpinion()
	for _, p := range doc.Script.Tables {
		version, ok := map[string]iana.Version{
			"SSLv3": iana.SSL30, "TLSv1.0": iana.TLS10, "TLSv1.1": iana.TLS11, "TLSv1.2": iana.TLS12, "TLSv1.3": iana.TLS13,
		}[p.Key]
		if !ok {
			t.Errorf("a version that nobody knows: %s", p.Key)
		}
		o.prefers[version] = audit.Preference(p.value("cipher preference"))
		for _, t2 := range p.Tables {
			for _, suite := range t2.Tables {
				// It has names of its own for the suites of TLS 1.3: TLS_AKE_WITH_AES_128_GCM_SHA256.
				o.add(t, version, strings.Replace(suite.value("name"), "TLS_AKE_WITH_", "TLS_", 1))
			}
		}
	}
	return o
}

// sslscan lists the suites of a version in the order in which the server chose them.
func sslscan(t testing.TB, addr string) opinion {
	t.Helper()
	r := testpeer.Run(t, "", testpeer.Need(t, "sslscan"), "--no-colour", "--show-cipher-ids", "--no-compression", "--no-heartbleed", "--no-renegotiation", addr)
	o := newOpinion()
	for _, m := range regexp.MustCompile(`(?m)^(?:Preferred|Accepted)\s+(\S+)\s+\d+ bits\s+(0x[0-9A-F]{4})`).FindAllStringSubmatch(r.Stdout, -1) {
		version, ok := map[string]iana.Version{
			"SSLv3": iana.SSL30, "TLSv1.0": iana.TLS10, "TLSv1.1": iana.TLS11, "TLSv1.2": iana.TLS12, "TLSv1.3": iana.TLS13,
		}[m[1]]
		if !ok {
			t.Errorf("a version that nobody knows: %s", m[1])
		}
		o.add(t, version, m[2])
	}
	if len(o.suites) == 0 {
		t.Fatalf("it finds nothing: %s", r.Output())
	}
	return o
}

// testssl asks for the server's picks alone: all of it takes minutes.
func testssl(t testing.TB, addr string) opinion {
	t.Helper()
	file := filepath.Join(t.TempDir(), "findings.json")
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, testpeer.Need(t, "testssl"), "--quiet", "--color", "0", "--warnings", "batch", "-n", "none", "-P", "--jsonfile", file, addr)
	cmd.Env = append(os.Environ(), "MAX_WAITSOCK=60") // seconds for an answer, which are 10 otherwise
	cmd.WaitDelay = time.Second
	out, ran := cmd.CombinedOutput()
	text, err := os.ReadFile(file)
	var findings []struct{ ID, Finding string }
	if err == nil {
		err = json.Unmarshal(text, &findings)
	}
	if err != nil {
		t.Fatalf("%v, %v: %s", ran, err, out)
	}
	o := newOpinion()
	for _, f := range findings {
		id, _ := strings.CutPrefix(f.ID, "cipherorder_")
		version, ok := map[string]iana.Version{
			"SSLv3": iana.SSL30, "TLSv1": iana.TLS10, "TLSv1_1": iana.TLS11, "TLSv1_2": iana.TLS12, "TLSv1_3": iana.TLS13,
		}[id]
		if !ok {
			continue
		}
		for _, name := range strings.Fields(f.Finding) {
			o.add(t, version, name)
		}
	}
	if len(o.suites) == 0 {
		t.Fatalf("it finds nothing: %s", out)
	}
	return o
}
