package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/scan"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func TestProgressIsShownOnATerminalAlone(t *testing.T) {
	for _, c := range []struct {
		out, errs bool
		shown     bool
	}{{false, true, true}, {true, true, false}, {false, false, false}} {
		var errs bytes.Buffer
		app := testApp(&bytes.Buffer{}, &errs)
		app.StdoutIsTerminal, app.StderrIsTerminal = c.out, c.errs
		s := scan.New(scan.Options{Now: time.Now})
		end := new(scanOptions).showProgress(app, s)
		end()
		if (errs.Len() > 0) != c.shown {
			t.Errorf("with terminals %+v it says %q", c, &errs)
		}
	}
	got := progress(scan.Stats{Done: 300, OK: 200, Untrusted: 70, Failed: 20, Refused: 9, Internal: 1, UnderWay: 64}, 2*time.Second)
	if want := "300 done (150/s), 64 under way, 70 not trusted, 30 failed"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

func TestALineToReadShowsNoControlsOfThePeer(t *testing.T) {
	reject := "reject"
	d := &scan.Document{
		Target: trace.Target{Input: "x", Host: "2001:db8::1", Port: 443}, Outcome: string(trace.Untrusted), Verdict: &reject,
		Summary: &trace.Summary{
			Version: &trace.Code{Name: "TLS 1.3", Value: 0x304}, CipherSuite: &trace.Code{Value: 0xfafa},
			Checks: []finding.Finding{
				{ID: "lint.x", Status: finding.Fail, Severity: finding.Low, Message: "less"},
				{ID: "hostname", Status: finding.Fail, Severity: finding.High, Message: "for \x1b[31mred"},
			},
		},
	}
	got := string(appendScanned(nil, d))
	for _, want := range []string{"[2001:db8::1]:443 ", " TLS 1.3 ", " 0xfafa ", " - ", " not trusted: hostname: for "} {
		if !strings.Contains(got, want) {
			t.Errorf("%q has no %q", got, want)
		}
	}
	d.Error = &scan.Error{Kind: "not_tls", Message: "its first line is \x1b[2J"}
	if got += string(appendScanned(nil, d)); strings.Contains(got, "\x1b") || strings.Count(got, "\n") != 2 {
		t.Errorf("%q", got)
	}
}

func TestAFailureOfThisSideIsExitCode70(t *testing.T) {
	srv, err := demo.Start(t.Context(), demo.Scenarios()[0], demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	var out, errs bytes.Buffer
	app := testApp(&out, &errs)
	app.Rand = strings.NewReader("") // there is no randomness
	if code := app.Run(t.Context(), []string{"scan", srv.Target()}); code != exitInternal || !strings.Contains(out.String(), `"outcome":"internal"`) {
		t.Errorf("exit code %d: %s%s", code, &out, &errs)
	}
}
