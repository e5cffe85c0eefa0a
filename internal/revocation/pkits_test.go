package revocation

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/signature"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// pkitsCase is a case of NIST's PKITS as Go's tree has it.
type pkitsCase struct {
	Name           string
	CertPath       []string
	CRLPath        []string
	ShouldValidate bool
}

// pkitsTime is within the validity of the certificates, and of the CRLs that are meant to be current.
var pkitsTime = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// authorities are certificates at hand and the root that they must lead to.
type authorities struct {
	certs []*cert.Certificate
	root  *cert.Certificate
}

func (a *authorities) BySubject(name cert.Name) (found []*cert.Certificate) {
	for _, c := range a.certs {
		if c.Subject.Equal(name) {
			found = append(found, c)
		}
	}
	return found
}

// Path finds a path of right signatures and authorities; nothing else is of interest here.
func (a *authorities) Path(c *cert.Certificate) ([]*cert.Certificate, error) { return a.path(c, 8) }

func (a *authorities) path(c *cert.Certificate, depth int) ([]*cert.Certificate, error) {
	if string(c.Raw) == string(a.root.Raw) {
		return []*cert.Certificate{c}, nil
	}
	for _, up := range a.BySubject(c.Issuer) {
		alg, _ := signature.FromOID(c.SignatureAlgorithm)
		basic, _ := up.BasicConstraints()
		usage, restricted, _ := up.KeyUsage()
		if depth == 0 || basic == nil || !basic.CA || restricted && usage&cert.UsageKeyCertSign == 0 {
			continue
		}
		rest, err := a.path(up, depth-1)
		if err == nil && signature.Verify(keyIn(rest, 0), alg, c.RawTBS, c.Signature) == nil {
			return append([]*cert.Certificate{c}, rest...), nil
		}
	}
	return nil, errors.New("no path leads to the root")
}

func readPKITS(t *testing.T) (cases []pkitsCase, all map[string]*cert.Certificate, crls string) {
	t.Helper()
	crls = testpeer.NeedFile(t, testpeer.Vectors+"PKITS_data/crls")
	dir := testpeer.GoSource(t, "crypto/x509/testdata/nist-pkits")
	text, err := os.ReadFile(filepath.Join(dir, "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "certs/*"))
	all = map[string]*cert.Certificate{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if block, _ := pem.Decode(data); block != nil {
			data = block.Bytes
		}
		all[filepath.Base(file)], _ = cert.Parse(data)
	}
	return cases, all, crls
}

// pkitsRevoked are the cases in which a certificate of the path was revoked, as against those in which that can't be known.
const pkitsRevoked = " 4.4.2 4.4.3 4.4.15 4.4.18 4.4.20 4.14.2 4.14.6 4.14.15 4.14.16 4.14.20 4.14.21 4.14.23 4.14.31 4.14.32 4.14.34" +
	" 4.15.3 4.15.4 4.15.6 4.15.9 "

// Of the cases about revocation, exactly the valid ones have a path whose certificates are all shown not to be revoked; and none of
// the valid cases about something else fails for its CRLs.
func TestPKITSIsJudgedAsNISTJudgesIt(t *testing.T) {
	cases, all, dir := readPKITS(t)
	at := &authorities{root: all["TrustAnchorRootCertificate.crt"]}
	for _, c := range all {
		at.certs = append(at.certs, c)
	}
	ours := 0
	for _, c := range cases {
		section := strings.Join(strings.SplitN(strings.Fields(c.Name)[0], ".", 3)[:2], ".")
		about := section == "4.4" || section == "4.14" || section == "4.15" || strings.Contains(c.Name, "cRLSign")
		if !c.ShouldValidate && !about {
			continue
		}
		if about {
			ours++
		}
		t.Run(c.Name, func(t *testing.T) {
			e := Evidence{Time: pkitsTime, Authorities: at}
			for _, name := range c.CRLPath {
				e.CRLs = append(e.CRLs, readCRL(t, filepath.Join(dir, name)))
			}
			var says []string
			valid, revoked := true, false
			checker := New(e)
			for _, s := range pkitsPath(t, c, all) {
				a := checker.Check(s)
				valid, revoked = valid && a.Verdict == NotRevoked, revoked || a.Verdict == Revoked
				says = append(says, fmt.Sprintf("%s: %s: %s", nameOf(s.Cert.Subject), a.Verdict, a.Findings[len(a.Findings)-1].Message))
			}
			t.Log(strings.Join(says, "\n"))
			if valid != c.ShouldValidate {
				t.Errorf("valid: %v", valid)
			}
			if about && revoked != strings.Contains(pkitsRevoked, " "+strings.Fields(c.Name)[0]+" ") {
				t.Errorf("revoked: %v", revoked)
			}
		})
	}
	if ours < 60 {
		t.Errorf("only %d cases are about revocation", ours)
	}
}

func readCRL(t testing.TB, path string) *CRL {
	t.Helper()
	der, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if block, _ := pem.Decode(der); block != nil {
		der = block.Bytes
	}
	l, _ := ParseCRL(der)
	return l
}

// pkitsPath returns the certificates of the path of a case with their issuers, the end entity first. What Go's tree lists also has
// certificates of those who only sign CRLs.
func pkitsPath(t *testing.T, c pkitsCase, all map[string]*cert.Certificate) (subjects []Subject) {
	t.Helper()
	at := &authorities{root: all["TrustAnchorRootCertificate.crt"]}
	for _, name := range c.CertPath {
		if all[name] == nil {
			t.Fatalf("no %s", name)
		}
		at.certs = append(at.certs, all[name])
	}
	path, err := at.Path(at.certs[len(at.certs)-1])
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(path); i++ {
		subjects = append(subjects, Subject{Cert: path[i], Issuer: path[i+1], IssuerKey: keyIn(path, i+1)})
	}
	return subjects
}
