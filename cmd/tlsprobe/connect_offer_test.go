package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// connected is what connecting to a scenario of the demo came to.
type connected struct {
	code  int
	trace *trace.Trace
	hello *message.ClientHello // the first one, read from the trace's bytes
	errs  string
}

func connectTo(t *testing.T, scenario string, flags ...string) *connected {
	t.Helper()
	var out, errs bytes.Buffer
	args := append([]string{"connect", serve(t, scenario).Target(), "--roots", "bundled", "--json"}, flags...)
	c := &connected{code: testApp(&out, &errs).Run(t.Context(), args), errs: errs.String()}
	if c.code == exitUsage {
		return c
	}
	var err error
	if c.trace, err = trace.Read(&out); err != nil {
		t.Fatalf("%v\n%s", err, c.errs)
	}
	for _, e := range c.trace.Events {
		if e.Kind != "client_hello" || e.Buf == nil {
			continue
		}
		m, diags := message.Decode(e.Buf.Bytes, new(message.Context), nil)
		if c.hello = m.(*message.ClientHello); len(diags) > 0 {
			t.Error(diags)
		}
		break
	}
	if c.hello == nil {
		t.Fatalf("no ClientHello was sent: %s", c.errs)
	}
	return c
}

// versions are the versions that the hello offers, newest first.
func (c *connected) versions() []iana.Version {
	if x, ok := message.Get[*message.SupportedVersions](c.hello.Extensions); ok {
		return x.Versions
	}
	return []iana.Version{c.hello.LegacyVersion}
}

// shares are the groups of the hello's key shares.
func (c *connected) shares() (groups []iana.Group) {
	if x, ok := message.Get[*message.KeyShares](c.hello.Extensions); ok {
		for _, s := range x.Shares {
			groups = append(groups, s.Group)
		}
	}
	return groups
}

func TestVersionWithoutASuiteIsNotOffered(t *testing.T) {
	for flags, want := range map[string][]iana.Version{
		"": {iana.TLS13, iana.TLS12},
		"--ciphers ECDHE-ECDSA-AES128-GCM-SHA256":                              {iana.TLS12},
		"--ciphers TLS_AES_128_GCM_SHA256":                                     {iana.TLS13},
		"--ciphers TLS_AES_128_GCM_SHA256,ECDHE-ECDSA-AES128-GCM-SHA256":       {iana.TLS13, iana.TLS12},
		"--min tls1.0 --ciphers ECDHE-ECDSA-AES128-SHA":                        {iana.TLS12}, // and older ones, silently
		"--ciphers ECDHE-ECDSA-AES128-GCM-SHA256,0x13ee":                       {iana.TLS13, iana.TLS12},
		"--ciphers ECDHE-ECDSA-AES128-GCM-SHA256,0x0a0a,TLS_FALLBACK_SCSV":     {iana.TLS12},
		"--ciphers TLS_FALLBACK_SCSV,0x0a0a":                                   {iana.TLS13, iana.TLS12},
		"--groups=":                                                            {iana.TLS12},
		"--groups= --max tls1.2":                                               {iana.TLS12},
		"--groups x25519 --ciphers TLS_AES_128_GCM_SHA256 --key-shares x25519": {iana.TLS13},
	} {
		t.Run(flags, func(t *testing.T) {
			c := connectTo(t, "tls13", strings.Fields(flags)...)
			if got := c.versions(); !slices.Equal(got, want) {
				t.Errorf("offers %v, not %v", got, want)
			}
			// RFC 8446, Section 9.2: key_share and supported_groups come together, and with TLS 1.3.
			share, groups := c.hello.Extensions.Find(iana.ExtKeyShare) != nil, c.hello.Extensions.Find(iana.ExtSupportedGroups) != nil
			if newest := want[0] == iana.TLS13; share != newest || newest && !groups || strings.Contains(flags, "--groups=") && groups {
				t.Errorf("key_share %t, supported_groups %t", share, groups)
			}
			// crypto/tls agrees, but for an unknown suite, a fallback, and curves that it would have to guess.
			if c.trace.Outcome != trace.Untrusted && !strings.Contains(flags, "0x") && !strings.Contains(flags, "--groups=") {
				t.Errorf("%s: %s", c.trace.Outcome, c.errs)
			}
		})
	}
}

func TestKeySharesStandInTheOrderOfTheGroups(t *testing.T) {
	for flags, want := range map[string][]iana.Group{
		"":                               {iana.X25519MLKEM768, iana.X25519},
		"--groups x25519,X25519MLKEM768": {iana.X25519, iana.X25519MLKEM768},
		"--groups x25519,secp256r1 --key-shares secp256r1,x25519":        {iana.X25519, iana.Secp256r1},
		"--groups x25519,secp256r1 --key-shares x25519,x25519,secp256r1": {iana.X25519, iana.Secp256r1},
		"--groups x25519,x25519 --key-shares x25519":                     {iana.X25519},
		"--key-shares secp384r1,x25519":                                  {iana.X25519, iana.Secp384r1},
		"--groups secp521r1,secp384r1":                                   {iana.Secp521r1},
		"--groups sect163k1,x25519":                                      {iana.X25519},
		"--key-shares=":                                                  nil,
	} {
		t.Run(flags, func(t *testing.T) {
			c := connectTo(t, "tls13", strings.Fields(flags)...)
			if got := c.shares(); !slices.Equal(got, want) {
				t.Errorf("shares for %v, not %v", got, want)
			}
			if c.trace.Outcome != trace.Untrusted {
				t.Errorf("%s: %s", c.trace.Outcome, c.errs)
			}
		})
	}
}

func TestFlagsThatContradictEachOtherAreRefused(t *testing.T) {
	for flags, says := range map[string]string{
		"--max tls1.3 --ciphers ECDHE-RSA-AES128-GCM-SHA256": "--max TLS 1.3 can't be negotiated: --ciphers has no suite of that version\nhint: ",
		"--min tls1.2 --ciphers TLS_AES_128_GCM_SHA256":      "--min TLS 1.2 can't be negotiated: --ciphers",
		"--min tls1.3 --ciphers ECDHE-RSA-AES128-GCM-SHA256": "--min TLS 1.3 can't be negotiated: --ciphers",
		"--max tls1.2 --ciphers TLS_AES_128_GCM_SHA256":      "--max TLS 1.2 can't be negotiated: --ciphers",
		"--min tls1.0 --ciphers ECDHE-RSA-AES128-GCM-SHA256": "--min TLS 1.0 can't be negotiated: --ciphers",
		"--min tls1.3 --groups=":                             "--min TLS 1.3 can't be negotiated: --groups has no group",
		"--max tls1.3 --groups=":                             "--max TLS 1.3 can't be negotiated: --groups has no group",
		"--ciphers TLS_AES_128_GCM_SHA256 --groups=":         "neither TLS 1.2 nor TLS 1.3 can be negotiated: ",
		"--ciphers IDEA-CBC-SHA":                             "neither TLS 1.2 nor TLS 1.3 can be negotiated: --ciphers",
		"--groups x25519 --key-shares secp256r1":             "--key-shares: secp256r1 is not among the groups that are offered\nhint: offer it with --groups, too",
		"--groups= --key-shares x25519":                      "--key-shares: only TLS 1.3 has key shares",
		"--max tls1.2 --key-shares x25519":                   "--key-shares: only TLS 1.3 has key shares",
	} {
		t.Run(flags, func(t *testing.T) {
			c := connectTo(t, "tls13", strings.Fields(flags)...)
			if c.code != exitUsage || !strings.Contains(c.errs, says) || !strings.Contains(c.errs, "\nhint: ") {
				t.Errorf("exit code %d: %s", c.code, c.errs)
			}
		})
	}
}

func TestBrokenCiphersAreNotOfferedForMaxAlone(t *testing.T) {
	c := connectTo(t, "tls12", "--max", "tls1.2")
	for _, s := range c.hello.CipherSuites {
		if n := s.Name(); strings.Contains(n, "RC4") || strings.Contains(n, "3DES") {
			t.Errorf("offers %s", n)
		}
	}
	if c.trace.Outcome != trace.Untrusted {
		t.Errorf("%s: %s", c.trace.Outcome, c.errs)
	}
}

func TestAStrictHandshakeGoesOnWithInsecure(t *testing.T) {
	for _, scenario := range []string{"tls13", "tls12", "self-signed"} {
		both, strict := connectTo(t, scenario, "--strict", "--insecure"), connectTo(t, scenario, "--strict")
		if both.code != exitOK || both.trace.Outcome != trace.Untrusted || both.trace.Error != nil {
			t.Errorf("%s: exit code %d, %s, %v: %s", scenario, both.code, both.trace.Outcome, both.trace.Error, both.errs)
		}
		if !finished(both.trace) {
			t.Errorf("%s: the handshake came to no end", scenario)
		}
		if strict.code != exitUntrusted || strict.trace.Error == nil || finished(strict.trace) {
			t.Errorf("%s, strict alone: exit code %d, %v", scenario, strict.code, strict.trace.Error)
		}
	}
	if c := connectTo(t, "bad-signature", "--strict", "--insecure"); c.code != exitHandshake {
		t.Errorf("a failed proof: exit code %d", c.code)
	}
}

// finished tells whether the client sent its Finished.
func finished(t *trace.Trace) bool {
	return slices.ContainsFunc(t.Events, func(e *trace.Event) bool { return e.Kind == "finished" && e.Dir == trace.Sent })
}

func TestUnusualServerNameIsSentAsAsked(t *testing.T) {
	for name, says := range map[string]string{
		"127.0.0.1":  "note: server_name should hold a DNS name, not an address (RFC 6066, Section 3); 127.0.0.1 is sent as asked\n",
		"::1":        "not an address",
		"[::1]":      "not an address",
		"localhost.": "without a trailing dot",
		"localhost":  "",
		"1.2.3":      "",
	} {
		c := connectTo(t, "tls13", "--insecure", "--sni", name)
		if !strings.Contains(c.errs, says) || says == "" && c.errs != "" {
			t.Errorf("%s: %s", name, c.errs)
		}
		x, ok := message.Get[*message.ServerNameList](c.hello.Extensions)
		if !ok || len(x.Names) != 1 || string(x.Names[0].HostName) != name {
			t.Errorf("%s: %+v", name, x)
		}
	}
}
