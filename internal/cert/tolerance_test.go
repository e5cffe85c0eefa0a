package cert

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"strings"
	"testing"
	"time"
)

func element(tag byte, content ...[]byte) []byte {
	body := bytes.Join(content, nil)
	b, _ := asn1.Marshal(asn1.RawValue{Class: int(tag >> 6), Tag: int(tag & 31), IsCompound: tag&0x20 != 0, Bytes: body})
	return b
}

// X.680, Sections 46 and 47, and RFC 5280, Section 4.1.2.5.
func TestTimesInAnySpellingAreReadAndOddOnesNoted(t *testing.T) {
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		tag  Tag
		text string
		want time.Time
		kind ProblemKind
	}{
		{TagUTCTime, "260102120000Z", noon, 0},
		{TagUTCTime, "500102120000Z", time.Date(1950, 1, 2, 12, 0, 0, 0, time.UTC), 0},
		{TagUTCTime, "491231235959Z", time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC), 0},
		{TagGeneralizedTime, "20260102120000Z", noon, 0},
		{TagGeneralizedTime, "99991231235959Z", time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), 0},
		{TagUTCTime, "2601021200Z", noon, NotCanonical},
		{TagUTCTime, "260102120000", noon, NotCanonical},
		{TagUTCTime, "260102140000+0200", noon, NotCanonical},
		{TagUTCTime, "260102110000-0100", noon, NotCanonical},
		{TagGeneralizedTime, "20260102120000.5Z", noon, NotCanonical},
		{TagGeneralizedTime, "2026010212Z", noon, NotCanonical},
		{TagUTCTime, "260230120000Z", time.Time{}, BadValue},
		{TagUTCTime, "260102240000Z", time.Time{}, BadValue},
		{TagUTCTime, "261302120000Z", time.Time{}, BadValue},
		{TagUTCTime, "260102120000Zx", time.Time{}, BadValue},
		{TagUTCTime, "2601021200 0Z", time.Time{}, BadValue},
		{TagUTCTime, "", time.Time{}, BadValue},
		{TagPrintableString, "260102120000Z", time.Time{}, WrongType},
	} {
		var notes Notes
		r := NewReader(element(byte(c.tag), []byte(c.text)), 0, &notes)
		got := ParseTime(&r, "t")
		var kind ProblemKind
		if len(notes.list) > 0 {
			kind = notes.list[0].Kind
		}
		if !got.Equal(c.want) || kind != c.kind || len(notes.list) > 1 {
			t.Errorf("%s: %v, %v", c.text, got.Time, notes.list)
		}
	}
}

func TestProblemsSayWhereAndWhat(t *testing.T) {
	der := fullCertificate(t)
	good, _ := Parse(der)
	replace := func(old, new string) []byte { return bytes.Replace(der, []byte(old), []byte(new), 1) }
	for name, c := range map[string]struct {
		der   []byte
		kind  ProblemKind
		field string
	}{
		"a year of letters":     {replace("991231235959Z", "9x1231235959Z"), BadValue, "tbsCertificate.validity.notBefore"},
		"a wrong string":        {replace("\x13\x02DE", "\x13\x02D@"), BadValue, "tbsCertificate.issuer"},
		"a boolean of 1":        {replace("\x01\x01\xff", "\x01\x01\x01"), NotCanonical, "tbsCertificate.extensions"},
		"a boolean of 0":        {replace("\x01\x01\xff", "\x01\x01\x00"), NotCanonical, "tbsCertificate.extensions"},
		"a version of a string": {replace("\x02\x01\x02", "\x0c\x01\x02"), WrongType, "tbsCertificate.version"},
		"a key of odd bits":     {replace("\x03\x21\x00", "\x03\x21\x03"), NotCanonical, keyField},
	} {
		bad, problems := Parse(c.der)
		found := false
		for _, p := range problems {
			found = found || p.Kind == c.kind && p.Field == c.field
		}
		if !found {
			t.Errorf("%s: %v", name, problems)
		}
		if !bytes.Equal(bad.Signature, good.Signature) || len(bad.Extensions) != len(good.Extensions) {
			t.Errorf("%s: the rest is lost", name)
		}
	}
	_, problems := Parse(replace("991231235959Z", "9x1231235959Z"))
	want := "tbsCertificate.validity.notBefore: bad value at byte "
	if got := problems[0].Error(); !strings.HasPrefix(got, want) || problems[0].Off != bytes.Index(der, []byte("991231235959Z"))-2 {
		t.Error(got)
	}
}

func TestLongLengthsAndIndefiniteOnesAreReadAndNoted(t *testing.T) {
	for name, c := range map[string]struct {
		der  string
		kind ProblemKind
		ok   bool
	}{
		"short":               {"\x30\x02\x05\x00", 0, true},
		"long for short":      {"\x30\x81\x02\x05\x00", NotCanonical, true},
		"zeros before":        {"\x30\x83\x00\x00\x02\x05\x00", NotCanonical, true},
		"indefinite":          {"\x30\x80\x05\x00\x00\x00", NotCanonical, true},
		"reserved":            {"\x30\xff\x05\x00", BadValue, true},
		"too long":            {"\x30\x03\x05\x00", Truncated, true},
		"huge":                {"\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff\x05\x00", Truncated, true},
		"a length of 127":     {"\x30\xfe\x05\x00", Truncated, false},
		"a long tag":          {"\x3f\x10\x02\x05\x00", NotCanonical, true},
		"a tag cut":           {"\x3f\x80", Truncated, false},
		"a tag without size":  {"\x30", Truncated, false},
		"another tag":         {"\x31\x02\x05\x00", WrongType, false},
		"nothing":             {"", Missing, false},
		"a tag without end":   {"\x3f" + strings.Repeat("\xff", 100), Truncated, false},
		"a tag that is great": {"\x3f\xff\xff\xff\xff\x7f\x00", BadValue, false},
	} {
		var notes Notes
		r := NewReader([]byte(c.der), 0, &notes)
		e, ok := r.Read("x", TagSequence)
		var kind ProblemKind
		if len(notes.list) > 0 {
			kind = notes.list[0].Kind
		}
		if ok != c.ok || kind != c.kind || ok && string(e.Content) != "\x05\x00" {
			t.Errorf("%s: %v, %x, %v", name, ok, e.Content, notes.list)
		}
	}
}

// RFC 5280, Section 7.1.
func TestNamesAreEqualWhateverTheirCaseSpacesAndStringType(t *testing.T) {
	name := func(tag byte, text string) Name {
		pair := element(0x30, element(6, []byte(AttrCommonName)), element(tag, []byte(text)))
		return Name{Raw: element(0x30, element(0x31, pair))}
	}
	base := name(0x13, "Good CA")
	for _, same := range []Name{name(0x13, "Good CA"), name(0x0c, "good  ca"), name(0x13, "  GOOD \t CA "), name(0x1e, "\x00G\x00o\x00o\x00d\x00 \x00C\x00A")} {
		if !base.Equal(same) {
			t.Errorf("%s differs from %s", same, base)
		}
	}
	for _, other := range []Name{name(0x13, "GoodCA"), name(0x13, "Good CA2"), name(0x04, "Good CA"), {}, {Raw: element(0x30)}} {
		if base.Equal(other) {
			t.Errorf("%s equals %s", other, base)
		}
	}
}

func TestControlCharactersInNamesAreEscaped(t *testing.T) {
	pair := element(0x30, element(6, []byte(AttrCommonName)), element(0x0c, []byte("a\x1b[31m\nb")))
	n := Name{Raw: element(0x30, element(0x31, pair))}
	if got := n.String(); got != `CN=a\1b[31m\0ab` {
		t.Error(got)
	}
}

// What crypto/x509 refuses and RFC 5480, Section 2.1.1, forbids: parameters that name no curve (CVE-2020-0601).
func TestExplicitParametersWithAnotherBasePointAreNoKnownCurve(t *testing.T) {
	params, _ := P256.Params()
	number := func(s string) []byte { b := make([]byte, len(s)/2); _, _ = hex.Decode(b, []byte(s)); return b }
	ec := func(base []byte) *PublicKey {
		body := element(0x30, element(2, []byte{1}),
			element(0x30, element(6, []byte(OIDPrimeField)), element(2, append([]byte{0}, number(params.P)...))),
			element(0x30, element(4, number(params.A)), element(4, number(params.B))),
			element(4, base), element(2, append([]byte{0}, number(params.N)...)), element(2, []byte{1}))
		key, _ := ParsePublicKey(element(0x30, element(0x30, element(6, []byte(OIDECPublicKey)), body), element(3, []byte{0}, base)))
		return key
	}
	gx, gy := number(params.Gx), number(params.Gy)
	if key := ec(bytes.Join([][]byte{{4}, gx, gy}, nil)); key.Curve != P256 || !key.Explicit {
		t.Errorf("%v", key)
	}
	if key := ec(append([]byte{2 + gy[31]&1}, gx...)); key.Curve != P256 {
		t.Errorf("compressed: %v", key)
	}
	gy[31] ^= 1
	if key := ec(bytes.Join([][]byte{{4}, gx, gy}, nil)); key.Curve != UnknownCurve || key.String() != "ECDSA explicit parameters, 256 bits" || key.Bits() != 256 {
		t.Errorf("%v", key)
	}
}
