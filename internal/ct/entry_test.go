package ct

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// filler is an extension of a size, so that the lengths around it have one, two or three octets.
func filler(arc, size int) pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 55555, arc}, Value: make([]byte, size)}
}

// What crypto/x509 makes of the same template without the extension is what the log saw.
func TestPrecertificateIsWhatAnotherEncoderMakesWithoutTheExtension(t *testing.T) {
	ca := authority(testKeys().ca)
	for _, size := range []int{1, 40, 90, 100, 110, 120, 130, 170, 220, 255, 256, 260, 1000, 65100, 65300, 65500, 65536, 70000} {
		for _, list := range []int{10, 118, 240, 300} {
			before, after := filler(1, size), filler(2, 5)
			sct := sctExtension(make([]byte, list))
			for name, extensions := range map[string][]pkix.Extension{
				"first": {sct, before, after}, "middle": {before, sct, after}, "last": {before, after, sct},
			} {
				with := issue(template(90), ca, extensions...)
				without := issue(template(90), ca, before, after)
				got, err := PrecertificateTBS(read(with))
				if err != nil || !bytes.Equal(got, without.RawTBSCertificate) {
					t.Fatalf("%d bytes, a list of %d, %s: %v\n got %x\nwant %x", size, list, name, err, got[:20], without.RawTBSCertificate[:20])
				}
			}
		}
	}
}

func TestPrecertificateOfACertificateWithOnlyTimestampsHasNoExtensions(t *testing.T) {
	// A certificate that x509 writes always has an authority key identifier, unless the authority has no identifier.
	ca := *authority(testKeys().ca)
	ca.SubjectKeyId = nil
	plain := template(90)
	plain.KeyUsage, plain.ExtKeyUsage, plain.DNSNames = 0, nil, nil
	without := issue(plain, &ca)
	if len(without.Extensions) != 0 {
		t.Fatalf("%+v", without.Extensions)
	}
	got, err := PrecertificateTBS(read(issue(plain, &ca, sctExtension([]byte{0, 0}))))
	if err != nil || !bytes.Equal(got, without.RawTBSCertificate) {
		t.Errorf("%v\n got %x\nwant %x", err, got, without.RawTBSCertificate)
	}
}

func TestPrecertificateThatCannotBeRebuiltSaysWhy(t *testing.T) {
	ca := authority(testKeys().ca)
	sct := sctExtension([]byte{0, 0})
	ordinary := issue(template(90), ca, sct)
	// x509 refuses to make a certificate with an extension twice: the second gets the identifier of the first afterwards.
	similar := pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 9}, Value: []byte{5, 0}}
	twice := issue(template(90), ca, sct, similar)
	doubled := bytes.Replace(twice.Raw, must(asn1.Marshal(similar.Id)), must(asn1.Marshal(oidSCTList)), 1)
	for name, c := range map[string]struct {
		der  []byte
		says string
	}{
		"none":       {issue(template(90), ca).Raw, "no list"},
		"two":        {doubled, "two lists"},
		"cut":        {ordinary.Raw[:len(ordinary.RawTBSCertificate)-10], "can't be rebuilt"},
		"empty":      {nil, "can't be rebuilt"},
		"no version": {[]byte{0x30, 2, 0x30, 0}, "can't be rebuilt"},
	} {
		leaf, _ := cert.Parse(c.der)
		if _, err := PrecertificateTBS(leaf); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
