package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// liveTrace makes the probe of a scenario as demo does, and returns what --events printed of it besides.
func liveTrace(t *testing.T, app *App, scenario string, change func(*probe.Options)) (*trace.Trace, []byte) {
	t.Helper()
	srv, err := startDemo(t.Context(), app, scenario)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	cmd, o := connectCommand(app)
	if err := cmd.ParseFlags(srv.ConnectArgs()); err != nil {
		t.Fatal(err)
	}
	roots, _ := cert.ParsePEMCertificates(srv.RootsPEM())
	o.fixedStore, o.fixedProof = verify.Of("the demo", roots...), demoCredential(srv)
	o.changed(cmd.Flags())
	p, err := o.probe(app, srv.Target())
	if err != nil {
		t.Fatal(err)
	}
	if err := o.readSend(app); err != nil {
		t.Fatal(err)
	}
	(&exchange{app: app, options: o, target: p.Target}).install(&p)
	var lines bytes.Buffer
	p.Observers = append(p.Observers, &trace.EventWriter{W: &lines})
	p = o.withSession(t.Context(), p)
	if change != nil {
		change(&p)
	}
	return probe.Run(t.Context(), p), lines.Bytes()
}

// view is a way to look at a trace.
type view struct {
	flags    []string
	terminal bool
	width    int
}

var views = []view{
	{},
	{flags: []string{"-v"}},
	{flags: []string{"-vv"}},
	{flags: []string{"-q"}},
	{flags: []string{"--ascii"}},
	{flags: []string{"-v"}, terminal: true, width: 80},
	{flags: []string{"-vv", "--color", "always"}, terminal: true, width: 120},
	{flags: []string{"--color", "never"}, terminal: true, width: 60},
	{flags: []string{"--only", "client_hello"}},
	{flags: []string{"--only", "*.random", "-vv"}, terminal: true, width: 100},
	{flags: []string{"--only", "client_hello.cipher_suites"}},
	{flags: []string{"--json"}},
}

func TestASavedTraceIsShownAsItWasLive(t *testing.T) {
	for _, sc := range demo.Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			t.Parallel()
			var errs bytes.Buffer
			tr, events := liveTrace(t, testApp(nil, &errs), sc.Name, nil)
			file := filepath.Join(t.TempDir(), "trace.json")
			var document bytes.Buffer
			if err := trace.Write(&document, tr); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, document.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			few := views
			if document.Len() > 4<<20 { // of a peer that never stops: the largest views add nothing but time
				few = views[:1]
			}
			for _, v := range few {
				var live bytes.Buffer
				app := testApp(&live, &errs)
				app.StdoutIsTerminal, app.Width = v.terminal, func() int { return v.width }
				cmd, o := connectCommand(app)
				if err := cmd.ParseFlags(v.flags); err != nil {
					t.Fatal(err)
				}
				if err := o.show(app, &live, tr, v.terminal, 0); err != nil {
					t.Fatalf("%v: %v", v.flags, err)
				}
				compare(t, v, file, live.Bytes())
			}
			compare(t, view{flags: []string{"--events"}}, file, events)
		})
	}
}

// compare shows a file and compares that with what was shown live.
func compare(t *testing.T, v view, file string, live []byte) {
	t.Helper()
	var shown, errs bytes.Buffer
	app := testApp(&shown, &errs)
	app.StdoutIsTerminal, app.Width = v.terminal, func() int { return v.width }
	if code := app.Run(t.Context(), append([]string{"show", file}, v.flags...)); code != exitOK || errs.Len() > 0 {
		t.Errorf("%v: exit code %d: %s", v.flags, code, &errs)
	}
	if bytes.Equal(shown.Bytes(), live) {
		return
	}
	a, b := strings.Split(shown.String(), "\n"), strings.Split(string(live), "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			t.Errorf("%v: line %d of %d is\n%.2000s\nand was\n%.2000s", v.flags, i+1, len(b), a[i], strings.Join(b[min(i, len(b)-1):min(i+1, len(b))], ""))
			return
		}
	}
	t.Errorf("%v: %d lines were shown, %d live", v.flags, len(a), len(b))
}

func TestEachEventCanBeShownByItsNumber(t *testing.T) {
	var errs bytes.Buffer
	tr, _ := liveTrace(t, testApp(nil, &errs), "tls12", nil)
	file := filepath.Join(t.TempDir(), "trace.json")
	var document bytes.Buffer
	if err := trace.Write(&document, tr); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, document.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var whole bytes.Buffer
	if code := testApp(&whole, &errs).Run(t.Context(), []string{"show", file, "-v"}); code != exitOK {
		t.Fatal(&errs)
	}
	for _, e := range tr.Events {
		var out bytes.Buffer
		if code := testApp(&out, &errs).Run(t.Context(), []string{"show", file, "-v", "--message", strconv.Itoa(e.N)}); code != exitOK || out.Len() == 0 {
			t.Errorf("event %d, %s %s: exit code %d, %q, %s", e.N, e.Layer, e.Kind, code, &out, &errs)
		}
		if e.Layer == trace.LayerMessage && !strings.Contains(whole.String(), out.String()) {
			t.Errorf("message %d is not shown as in the whole:\n%s", e.N, &out)
		}
	}
}
