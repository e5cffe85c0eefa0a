package audit

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

func TestUsualOrdersHaveEachOnce(t *testing.T) {
	for _, u := range usualSuites {
		if list := slices.Sorted(slices.Values(u.list)); len(slices.Compact(list)) != len(u.list) {
			t.Errorf("%s has a suite twice", u.name)
		}
	}
	for _, u := range usualGroups {
		if list := slices.Sorted(slices.Values(u.list)); len(slices.Compact(list)) != len(u.list) {
			t.Errorf("%s has a group twice", u.name)
		}
	}
}

func TestOpenSSLSaysItsOrderItself(t *testing.T) {
	path := testpeer.Need(t, "openssl")
	if out, err := exec.Command(path, "version").Output(); err != nil || !strings.HasPrefix(string(out), "OpenSSL 3.0.") {
		t.Skipf("the order is that of OpenSSL 3.0, and this is %s (%v)", out, err)
	}
	out, err := exec.Command(path, "ciphers", "-s", "-tls1_2", "ALL:COMPLEMENTOFALL:@SECLEVEL=0").Output()
	if err != nil {
		t.Fatal(err)
	}
	var theirs, ours []iana.CipherSuite
	for _, name := range strings.Split(strings.TrimSpace(string(out)), ":") {
		s, err := iana.ParseCipherSuite(name)
		if err != nil {
			t.Fatal(err)
		}
		theirs = append(theirs, s)
	}
	for _, u := range usualSuites {
		if u.name == "OpenSSL" {
			ours = slices.Clone(u.list)
		}
	}
	theirs = slices.DeleteFunc(theirs, func(s iana.CipherSuite) bool { return !slices.Contains(ours, s) })
	ours = slices.DeleteFunc(ours, func(s iana.CipherSuite) bool { return !slices.Contains(theirs, s) })
	if len(ours) < 60 || !slices.Equal(ours, theirs) {
		t.Errorf("%v, and OpenSSL says %v", ours, theirs)
	}
}
