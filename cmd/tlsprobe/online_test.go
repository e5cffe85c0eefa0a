package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestAMissingIssuerIsFetchedWithOnlineAndNeverWithout(t *testing.T) {
	m := pkiMaker{files: map[string][]byte{}}
	authority := x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	root := m.make("Test Root", authority, nil)
	middle := m.make("Issuing CA", authority, root)
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write(middle.der) // who hangs up early is not our test
	}))
	defer server.Close()
	leaf := m.make("www.example.com", x509.Certificate{
		DNSNames: []string{"www.example.com"}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		NotBefore: testTime.AddDate(0, -1, 0), NotAfter: testTime.AddDate(0, 1, 0), IssuingCertificateURL: []string{server.URL + "/int.der"},
	}, middle)
	if m.err != nil {
		t.Fatal(m.err)
	}
	roots := filepath.Join(t.TempDir(), "root.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.der}), 0o600); err != nil {
		t.Fatal(err)
	}
	verified := func(flags ...string) (code int, doc []byte) {
		var out, errs bytes.Buffer
		app := testApp(&out, &errs)
		app.Stdin, app.Now = bytes.NewReader(leaf.der), func() time.Time { return testTime }
		code = app.Run(t.Context(), append([]string{"verify", "-", "--roots", roots, "--rules", "client", "--json"}, flags...))
		if errs.Len() > 0 {
			t.Errorf("%q: on stderr: %s", flags, &errs)
		}
		return code, out.Bytes()
	}
	if code, _ := verified(); code != exitNo || asked.Load() != 0 {
		t.Errorf("without --online: exit code %d, and the server was asked %d times", code, asked.Load())
	}
	code, doc := verified("--online")
	var d struct {
		Chain []struct {
			Role, From string
			URL        *string
		}
		Paths []struct{ Certs []int }
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		t.Fatal(err)
	}
	if code != exitOK || asked.Load() == 0 || len(d.Chain) != 3 || !slices.Equal(d.Paths[0].Certs, []int{0, 1, 2}) {
		t.Fatalf("with --online: exit code %d, asked %d times: %s", code, asked.Load(), doc)
	}
	if c := d.Chain[1]; c.Role != "intermediate" || c.From != "fetched" || c.URL == nil || *c.URL != server.URL+"/int.der" {
		t.Errorf("the issuer is %+v", c)
	}
}

func TestAnInterruptWhileFetchingShowsWhatIsKnown(t *testing.T) {
	m := pkiMaker{files: map[string][]byte{}}
	ctx, cancel := context.WithCancelCause(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel(signalError{syscall.SIGTERM})
		<-r.Context().Done()
	}))
	defer server.Close()
	root := m.make("Test Root", x509.Certificate{IsCA: true, BasicConstraintsValid: true}, nil)
	leaf := m.make("www.example.com", x509.Certificate{
		DNSNames: []string{"www.example.com"}, NotBefore: testTime, NotAfter: testTime, IssuingCertificateURL: []string{server.URL + "/root.der"},
	}, root)
	if m.err != nil {
		t.Fatal(m.err)
	}
	var out, errs bytes.Buffer
	app := testApp(&out, &errs)
	app.Stdin, app.Now = bytes.NewReader(leaf.der), func() time.Time { return testTime }
	if code := app.Run(ctx, []string{"verify", "-", "--roots", "bundled", "--online", "-q"}); code != 143 {
		t.Errorf("exit code %d, not 143: %s", code, &errs)
	}
	if !strings.HasPrefix(out.String(), "verdict ") {
		t.Errorf("nothing is shown: %q, %s", &out, &errs)
	}
}
