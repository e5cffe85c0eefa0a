package render

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

func reportShown(t *testing.T, d *verify.Document, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Verification(&b, d, "chain.pem", o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sampleReport is a verification with a check of each status.
func sampleReport() *verify.Document {
	end := certificateTime.AddDate(0, 1, 0)
	d := &verify.Document{
		Verdict: "reject", Time: certificateTime, Rules: "webpki", Store: &verify.DocumentStore{Name: "bundled"},
		Chain: []verify.DocumentCertificate{
			{Index: 0, Role: "leaf", From: "input", Subject: "CN=www.example.com,O=Tests", Key: "ECDSA P-256", NotAfter: &end},
			{Index: 1, Role: "anchor", From: "store", Subject: `O=A\, CN=b,CN=Root`, Key: "RSA 2048 bits"},
		},
		Paths: []verify.DocumentPath{
			{Certs: []int{0, 1}, Anchor: &verify.DocumentAnchor{Index: 1, Subject: "CN=Root"}, Failed: []finding.ID{finding.Validity, finding.EKU}},
			{Certs: []int{0}},
		},
	}
	for _, s := range []finding.Status{finding.Pass, finding.Fail, finding.Warn, finding.Info, finding.Skip, finding.Unknown} {
		f := finding.Of(finding.Validity)
		f.Status, f.Message, f.Expected, f.Actual = s, "the message of "+s.String(), "what should be", "what is"
		f.Where.Cert = &finding.Cert{Index: 0}
		d.Checks = append(d.Checks, f)
	}
	return d
}

func TestAReportSaysWhatIsNotWellAndCountsTheRest(t *testing.T) {
	d := sampleReport()
	short, long := reportShown(t, d, Options{}), reportShown(t, d, Options{Verbosity: 1})
	for _, want := range []string{
		"chain.pem   2026-11-23T12:00:00Z   rules webpki\n",
		"  #0  leaf         www.example.com  ECDSA P-256, until 2026-12-23\n",
		"  #1  anchor       Root             RSA 2048 bits, (unreadable end)\n",
		"  path  FAIL  #0 ← #1   Root is in the store (bundled): validity, eku\n",
		"  path  FAIL  #0   ends below any root of the store\n",
		"    FAIL  validity      #0  the message of fail ",
		"    warn  validity      #0  the message of warn ",
		"    note  validity      #0  the message of info ",
		"    ?     validity      #0  the message of unknown ",
		"                        expected  what should be\n                        found     what is\n                        fix       renew the certificate",
		"    ok    1 other check, 1 skipped (-v has them all)\n",
		"verdict reject: the message of fail · 1 failure · 1 warning · 1 unanswered · 1 note · explain: tlsprobe explain validity\n",
	} {
		if !strings.Contains(short, want) {
			t.Errorf("no %q in\n%s", want, short)
		}
	}
	for _, only := range []string{"the message of pass", "the message of skip"} {
		if strings.Contains(short, only) || !strings.Contains(long, only) {
			t.Errorf("%q: not only with -v", only)
		}
	}
	if got := reportShown(t, d, Options{Quiet: true}); strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "verdict reject: ") {
		t.Errorf("-q: %q", got)
	}
}

func TestAVerdictNamesWhatDecides(t *testing.T) {
	d := sampleReport()
	d.Checks = d.Checks[len(d.Checks)-1:]
	d.Verdict = "inconclusive"
	if got := reportShown(t, d, Options{Quiet: true}); !strings.HasPrefix(got, "verdict inconclusive: the message of unknown · 1 unanswered") {
		t.Errorf("%q", got)
	}
	d.Verdict = "accept" // what is unknown then did not matter
	if got := reportShown(t, d, Options{Quiet: true}); !strings.HasPrefix(got, "verdict accept · 1 unanswered") {
		t.Errorf("%q", got)
	}
}

// hostileReport has hostile text wherever a peer has a say, and more of everything than is shown.
func hostileReport() *verify.Document {
	d := sampleReport()
	long := strings.Repeat(hostileText, 500)
	d.Hostname = &hostileText
	d.Store.Name, d.Store.Note = hostileText, long
	for i := range 200 {
		d.Chain = append(d.Chain, verify.DocumentCertificate{Index: i + 2, Role: "unused", Subject: "CN=" + long, Key: hostileText})
	}
	var steps []int
	for i := range 100 {
		steps = append(steps, i)
	}
	for range 20 {
		d.Paths = append(d.Paths, verify.DocumentPath{Certs: steps, Anchor: &verify.DocumentAnchor{Subject: long}, Failed: []finding.ID{finding.ID(hostileText)}})
	}
	for _, f := range d.Checks {
		f.Message, f.Expected, f.Actual, f.Ref, f.Fix = long, hostileText, long, hostileText, hostileText
		d.Checks = append(d.Checks, f)
	}
	return d
}

func TestHostileTextOfAChainIsShownAndNeverObeyed(t *testing.T) {
	d := hostileReport()
	for _, width := range []int{0, 1, 40, 80, 120} {
		for _, o := range []Options{{}, {Verbosity: 1}, {Quiet: true}, {ASCII: true}, {Color: true}} {
			o.Width = width
			got := reportShown(t, d, o)
			if o.Color {
				got = sgr.ReplaceAllString(got, "")
			}
			checkSafe(t, o, got)
			if width == 0 && !o.Quiet && !strings.Contains(got, `\x1b`) {
				t.Errorf("%+v: the escape is not shown", o)
			}
		}
	}
}

func TestASubjectIsShortenedToItsCommonName(t *testing.T) {
	for subject, want := range map[string]string{
		"CN=a": "a", "CN=a,O=b": "a", "O=b,CN=a": "a", "O=b+CN=a,C=DE": "a", `O=x\,CN=not,CN=a\,b`: `a\,b`,
		"CN=first,CN=second": "first", "O=b": "O=b", "": "", `CN=`: "", `CN=\`: `\`, `O=\,CN=x`: `O=\,CN=x`,
	} {
		if got := shortSubject(subject); got != want {
			t.Errorf("%q: %q, not %q", subject, got, want)
		}
	}
}

func FuzzShortSubject(f *testing.F) {
	f.Add(`O=b\,c+CN=a,C=DE`)
	f.Fuzz(func(t *testing.T, s string) {
		if got := shortSubject(s); !strings.Contains(s, got) {
			t.Errorf("%q is not in %q", got, s)
		}
	})
}

func TestLongTextIsBrokenBetweenWords(t *testing.T) {
	c := newCanvas(&bytes.Buffer{}, Options{Width: 40})
	for text, want := range map[string][]string{
		"short": {"short"},
		"one two three four five six seven eight nine":           {"one two three four five six", "seven eight nine"},
		"issuer http://ca.example.com/path":                      {"issuer", "http://ca.example.com/path"},
		strings.Repeat("x", 65):                                  {strings.Repeat("x", 30), strings.Repeat("x", 30), "xxxxx"},
		"a " + strings.Repeat("y", 40):                           {"a " + strings.Repeat("y", 28), strings.Repeat("y", 12)},
		strings.Repeat("日本", 10):                                 {strings.Repeat("日本", 7) + "日", "本" + strings.Repeat("日本", 2)},
		"CN=a,O=Something rather long,OU=and longer,C=DE,L=City": {"CN=a,O=Something rather long,", "OU=and longer,C=DE,L=City"},
	} {
		if got := c.wrapped(text, 10); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
	if got := c.wrapped(strings.Repeat("word ", 1000), 10); len(got) > maxWrapped {
		t.Errorf("%d lines", len(got))
	}
}

func TestAReportThatCannotBeWrittenIsAnError(t *testing.T) {
	if err := Verification(fullDisk{}, hostileReport(), "x", Options{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
}
