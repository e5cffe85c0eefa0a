package policy_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/policy"
)

func TestEveryRuleThatIsBuiltInSaysWhatItIsTakenFromAndCanBeAnswered(t *testing.T) {
	askable := make(map[string]bool)
	for _, p := range policy.FactPaths() {
		askable[p.Path] = p.Askable
	}
	for _, full := range policy.Builtins() {
		p, err := policy.Builtin(full)
		if err != nil {
			t.Errorf("%s: %v", full, err)
			continue
		}
		if _, err := time.Parse(time.DateOnly, p.Date); err != nil || p.Name+"@"+p.Version != full || p.Title == "" || p.Source == "" {
			t.Errorf("%s: %q, of %q, from %q", full, p.Title, p.Date, p.Source)
		}
		for _, r := range p.Rules {
			if r.Title == "" || r.Ref == "" || r.Fix == "" || r.Severity == finding.None {
				t.Errorf("%s: %s does not say everything: %+v", full, r.ID, r)
			}
			paths := []string{r.Where}
			for _, w := range r.When {
				paths = append(paths, w.Where)
			}
			for _, path := range paths {
				if !askable[path] {
					t.Errorf("%s: %s asks for %s, which can't be answered", full, r.ID, path)
				}
			}
		}
	}
}

func TestEveryNameInABuiltInPolicyIsOneOfARegistry(t *testing.T) {
	known := map[string]func(string) error{
		"suites":            func(s string) error { _, err := iana.ParseCipherSuite(s); return err },
		"groups":            func(s string) error { _, err := iana.ParseGroup(s); return err },
		"groups.tls1.3":     func(s string) error { _, err := iana.ParseGroup(s); return err },
		"signature_schemes": func(s string) error { _, err := iana.ParseSignatureScheme(s); return err },
		"protocols":         func(s string) error { _, err := iana.ParseVersion(s); return err },
	}
	for _, full := range policy.Builtins() {
		p, err := policy.Builtin(full)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Rules {
			for _, op := range r.Expect {
				for _, name := range slices.Concat(op.Operands, op.Those) {
					if parse := known[r.Where]; parse != nil && op.Name != "absent" && !strings.Contains(name, "*") {
						if err := parse(name); err != nil {
							t.Errorf("%s: %s: %v", full, r.ID, err)
						}
					}
				}
			}
		}
	}
}

// guideline is a configuration of a guideline of Mozilla.
type guideline struct {
	Curves      []string `json:"certificate_curves"`
	Signatures  []string `json:"certificate_signatures"`
	Types       []string `json:"certificate_types"`
	Ciphers     map[string][]string
	Suites13    []string `json:"ciphersuites"`
	DH          *int     `json:"dh_param_size"`
	Lifespan    int      `json:"maximum_certificate_lifespan"`
	Recommended int      `json:"recommended_certificate_lifespan"`
	RSA         *int     `json:"rsa_key_size"`
	ServerOrder bool     `json:"server_preferred_order"`
	Groups      []string `json:"tls_curves"`
	Versions    []string `json:"tls_versions"`
	Staple      bool     `json:"ocsp_staple"`
	HSTS        int      `json:"hsts_min_age"`
}

// ours are our names for those of the guidelines, which are OpenSSL's.
var ours = map[string]string{
	"TLSv1": "tls1.0", "TLSv1.1": "tls1.1", "TLSv1.2": "tls1.2", "TLSv1.3": "tls1.3", "X25519": "x25519", "prime256v1": "secp256r1",
	"ecdsa": "ECDSA", "rsa": "RSA",
}

func named(names map[string]string, list []string) (all []string) {
	for _, s := range list {
		if n := names[s]; n != "" {
			s = n
		}
		all = append(all, s)
	}
	return all
}

// rules is what the rules of a policy have to expect, by their ids, to say what the guideline says.
func (g *guideline) rules() map[string][]string {
	order := "client"
	if g.ServerOrder {
		order = "server"
	}
	want := map[string][]string{
		"protocols": named(ours, g.Versions), "protocol.tls13": {"yes"}, "suites": slices.Concat(g.Suites13, g.Ciphers["iana"]),
		"suites.order": {order}, "hsts": {strconv.Itoa(g.HSTS)}, "groups": named(ours, g.Groups), "certificate.type": named(ours, g.Types),
		"certificate.curve":     named(map[string]string{"prime256v1": "P-256", "secp384r1": "P-384"}, g.Curves),
		"certificate.signature": g.Signatures, "certificate.lifetime": {strconv.Itoa(g.Lifespan)},
	}
	if g.Recommended != g.Lifespan {
		want["certificate.lifetime_recommended"] = []string{strconv.Itoa(g.Recommended)}
	}
	if g.DH != nil {
		want["dh"] = []string{strconv.Itoa(*g.DH)}
	}
	if g.RSA != nil {
		want["certificate.rsa_size"] = []string{strconv.Itoa(*g.RSA)}
	}
	if g.Staple {
		want["staple"] = []string{"yes"}
	}
	if slices.Contains(g.Groups, "X25519MLKEM768") {
		want["groups.hybrid"] = []string{"X25519MLKEM768"}
	}
	return want
}

// TestPoliciesOfMozillaSayWhatItsGuidelinesSay reads the guidelines, as mozilla-VERSION.json, from the folder that
// TLSPROBE_MOZILLA names. They are published at https://ssl-config.mozilla.org/guidelines/VERSION.json.
func TestPoliciesOfMozillaSayWhatItsGuidelinesSay(t *testing.T) {
	dir := os.Getenv("TLSPROBE_MOZILLA")
	if dir == "" {
		t.Skip("TLSPROBE_MOZILLA names no folder with the guidelines")
	}
	left := make(map[string]bool)
	for _, full := range policy.Builtins() {
		left[full] = strings.HasPrefix(full, "mozilla-")
	}
	for _, version := range []string{"5.7", "5.8", "6.0"} {
		data, err := os.ReadFile(filepath.Join(dir, "mozilla-"+version+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Configurations map[string]*guideline }
		if err := json.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		for name, g := range file.Configurations {
			full := "mozilla-" + name + "@" + version
			p, err := policy.Builtin(full)
			if err != nil {
				t.Errorf("%s: %v", full, err)
				continue
			}
			left[full] = false
			got := make(map[string][]string)
			for _, r := range p.Rules {
				last := r.Expect[len(r.Expect)-1]
				got[r.ID] = last.Operands
				if len(r.Expect) != 1 && r.ID != "hsts" { // which has to be there in the first place
					t.Errorf("%s: %s expects %d things", full, r.ID, len(r.Expect))
				}
			}
			if want := g.rules(); !maps.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%s:\n%v, want\n%v", full, got, want)
			}
		}
	}
	for full, is := range left {
		if is {
			t.Errorf("no guideline has %s", full)
		}
	}
}
