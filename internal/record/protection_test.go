package record

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// protectionCase is one way to protect a record.
type protectionCase struct {
	version iana.Version
	params  iana.SuiteParams
	etm     bool
}

func (c protectionCase) String() string {
	return fmt.Sprintf("%04x-cipher%d-mac%d-etm%v", uint16(c.version), c.params.Cipher, c.params.MAC, c.etm)
}

// protectionCases are all ways to protect a record that there are.
func protectionCases() []protectionCase {
	var out []protectionCase
	for v := iana.SSL30; v <= iana.TLS13; v++ {
		for c := iana.CipherNULL; c <= iana.CipherOther; c++ {
			for m := iana.MACAEAD; m <= iana.MACOther; m++ {
				p := iana.SuiteParams{Cipher: c, MAC: m, Hash: iana.HashSHA256}
				if _, _, _, err := Lengths(v, p); err != nil {
					continue
				}
				out = append(out, protectionCase{v, p, false})
				if s, _ := shapeOf(c); s.mode == modeCBC && v > iana.SSL30 {
					out = append(out, protectionCase{v, p, true})
				}
			}
		}
	}
	return out
}

// keysFor gives keys of the right lengths, every byte another.
func keysFor(t testing.TB, c protectionCase) Keys {
	t.Helper()
	mac, _, iv, err := Lengths(c.version, c.params)
	if err != nil {
		t.Fatal(err)
	}
	key, err := FinalKeyLength(c.params)
	if err != nil {
		t.Fatal(err)
	}
	if c.params.Cipher == iana.CipherNULL && c.version == iana.TLS13 {
		key = iv
	}
	run := func(n int, from byte) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = from + byte(i)*3
		}
		return b
	}
	return Keys{MAC: run(mac, 1), Key: run(key, 101), IV: run(iv, 201)}
}

// zeros is a source of IVs.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func pair(t testing.TB, c protectionCase) (*ReadState, *WriteState) {
	t.Helper()
	r, err := NewReadState(c.version, c.params, keysFor(t, c), c.etm)
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWriteState(c.version, c.params, keysFor(t, c), c.etm, zeros{})
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

func seal(t testing.TB, w *WriteState, typ iana.ContentType, content []byte, pad int) Record {
	t.Helper()
	raw, err := w.Seal(nil, typ, min(w.version, iana.TLS12), content, pad)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryProtectionOpensWhatItSealsAtAnyLength(t *testing.T) {
	for _, c := range protectionCases() {
		t.Run(c.String(), func(t *testing.T) {
			r, w := pair(t, c)
			for n := range 70 {
				content := bytes.Repeat([]byte{byte(n)}, n)
				rec := seal(t, w, iana.Alert, content, 0)
				if c.version == iana.TLS13 && rec.Header.Type != iana.ApplicationData {
					t.Fatalf("outer type %d", rec.Header.Type)
				}
				o, err := r.Open([]byte("before"), rec)
				if err != nil || o.Type != iana.Alert || !bytes.Equal(o.Plaintext, content) || o.Sequence != uint64(n) {
					t.Fatalf("%d bytes: %+v, %v", n, o, err)
				}
				checkRanges(t, o)
			}
			if r.Sequence() != 70 || w.Sequence() != 70 {
				t.Errorf("sequence numbers %d and %d", r.Sequence(), w.Sequence())
			}
			rec := seal(t, w, iana.Handshake, []byte("in place"), 0)
			o, err := r.OpenInPlace(rec)
			if err != nil || string(o.Plaintext) != "in place" || &o.Fragment[0] != &rec.Raw[HeaderLen] {
				t.Errorf("in place: %q, %v", o.Plaintext, err)
			}
		})
	}
}

func TestNoProtectionLetsAChangePass(t *testing.T) {
	for _, c := range protectionCases() {
		if c.params.MAC == iana.MACNULL && c.version < iana.TLS12 || c.params.MAC == iana.MACNULL && c.params.Cipher <= iana.CipherAES256CBC && c.version == iana.TLS12 {
			continue // no MAC at all
		}
		t.Run(c.String(), func(t *testing.T) {
			content := bytes.Repeat([]byte("x"), 40)
			_, w := pair(t, c)
			rec := seal(t, w, iana.ApplicationData, content, 0)
			for i := range rec.Raw {
				if c.version == iana.SSL30 && (i == 1 || i == 2) || i == 3 || i == 4 {
					continue // SSL 3.0 does not authenticate the version; the length is not the Header's
				}
				raw := bytes.Clone(rec.Raw)
				raw[i] ^= 0x04
				if c.version == iana.TLS13 && i == 0 {
					continue // another outer type is NotProtected
				}
				h, _ := ParseHeader(raw)
				r, _ := pair(t, c)
				o, err := r.Open(nil, Record{Header: h, Raw: raw})
				free := c.version == iana.SSL30 && c.params.Cipher >= iana.CipherDES40 // padding bytes are free
				if err == nil && !free {
					t.Fatalf("byte %d changed, and it opens: %+v", i, o)
				}
				if err == nil {
					if !bytes.Equal(o.Plaintext, content) {
						t.Fatalf("byte %d changed, and it opens as something else", i)
					}
					continue
				}
				if o.Plaintext != nil || o.Fragment != nil || r.Sequence() != 0 {
					t.Fatalf("byte %d: plaintext comes with %v", i, err)
				}
				if !errors.Is(err, BadMAC) && !errors.Is(err, BadPadding) {
					t.Fatalf("byte %d: %v", i, err)
				}
				// What failed leaves the number for the record that is right, and AEADs as they were.
				if c.params.Cipher >= iana.CipherAES128GCM {
					if _, err := r.Open(nil, rec); err != nil {
						t.Fatalf("byte %d: the right record no longer opens: %v", i, err)
					}
				}
			}
		})
	}
}

func TestRecordsCutShortAreTooShortOrFail(t *testing.T) {
	for _, c := range protectionCases() {
		_, w := pair(t, c)
		rec := seal(t, w, iana.ApplicationData, []byte("content"), 0)
		for n := HeaderLen; n < len(rec.Raw); n++ {
			r, _ := pair(t, c)
			raw := bytes.Clone(rec.Raw[:n])
			binary.BigEndian.PutUint16(raw[3:], uint16(n-HeaderLen))
			cutShort, err := Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Open(nil, cutShort); err == nil && c.params.MAC != iana.MACNULL {
				t.Errorf("%v: opens cut to %d bytes", c, n)
			}
			var e *Error
			if n == HeaderLen && c.params.MAC != iana.MACNULL {
				if _, err := r.Open(nil, cutShort); !errors.As(err, &e) || e.Kind != TooShort || e.Expected == 0 || e.Alert() != 20 {
					t.Errorf("%v: an empty record gives %v", c, err)
				}
			}
		}
	}
}

func TestPaddingIsAddedAndCounted(t *testing.T) {
	for _, c := range protectionCases() {
		r, w := pair(t, c)
		s, _ := shapeOf(c.params.Cipher)
		switch {
		case c.version == iana.TLS13:
			for _, pad := range []int{1, 300} {
				o, err := r.Open(nil, seal(t, w, iana.Handshake, []byte("content"), pad))
				if err != nil || o.Padding != pad || string(o.Plaintext) != "content" || o.InnerType != (Range{7, 1}) {
					t.Errorf("%v: %+v, %v", c, o, err)
				}
			}
		case s.mode == modeCBC && c.version > iana.SSL30:
			least, err := r.Open(nil, seal(t, w, iana.Handshake, []byte("content"), 0))
			if err != nil {
				t.Fatal(err)
			}
			most := (255 - least.Padding) / s.block * s.block
			o, err := r.Open(nil, seal(t, w, iana.Handshake, []byte("content"), most))
			if err != nil || o.Padding != least.Padding+most || o.Padding+s.block <= 255 || string(o.Plaintext) != "content" {
				t.Errorf("%v: %+v, %v", c, o, err)
			}
			for _, pad := range []int{most + s.block, 1, -1} {
				if _, err := w.Seal(nil, iana.Handshake, iana.TLS12, nil, pad); !errors.Is(err, BadPad) {
					t.Errorf("%v: %d bytes of padding: %v", c, pad, err)
				}
			}
		default:
			if _, err := w.Seal(nil, iana.Handshake, iana.TLS12, nil, 16); !errors.Is(err, BadPad) {
				t.Errorf("%v: padding gives %v", c, err)
			}
		}
	}
}

// TestBadPaddingIsToldFromABadMAC builds CBC records whose MAC is right and whose padding isn't.
func TestBadPaddingIsToldFromABadMAC(t *testing.T) {
	for _, v := range []iana.Version{iana.SSL30, iana.TLS10, iana.TLS12} {
		c := protectionCase{v, iana.SuiteParams{Cipher: iana.CipherAES128CBC, MAC: iana.MACSHA1}, false}
		for _, change := range []struct {
			at   int // from the end of the plaintext
			to   byte
			want error // before the change the last block is 11 bytes of padding and their number
			ssl3 error
		}{
			{1, 255, BadPadding, BadPadding}, // longer than the record
			{1, 27, BadPadding, BadPadding},  // longer than a block
			{2, 0, BadPadding, nil},          // not the number
			{12, 0, BadPadding, nil},         // the first of them
			{13, 0xff, BadMAC, BadMAC},       // the last byte of the MAC
		} {
			r, w := pair(t, c)
			// The cipher is taken out, so that the plaintext of the record can be changed.
			plain := &cbcSpy{settableMode: w.cipher.(*cbc).mode, at: change.at, to: change.to}
			w.cipher.(*cbc).mode = plain
			rec := seal(t, w, iana.ApplicationData, make([]byte, 16), 0)
			want := change.want
			if v == iana.SSL30 {
				want = change.ssl3
			}
			if _, err := r.Open(nil, rec); !errors.Is(err, want) {
				t.Errorf("%04x, byte %d from the end: %v, want %v", uint16(v), change.at, err, want)
			}
		}
	}
}

type cbcSpy struct {
	settableMode
	at int
	to byte
}

func (s *cbcSpy) CryptBlocks(dst, src []byte) {
	src[len(src)-s.at] = s.to
	s.settableMode.CryptBlocks(dst, src)
}

func TestIntegrityOnlyRecordsAreWhatRFC9150Says(t *testing.T) {
	for _, c := range []struct {
		params iana.SuiteParams
		hash   func() hash.Hash
	}{
		{iana.SuiteParams{Cipher: iana.CipherNULL, MAC: iana.MACSHA256, Hash: iana.HashSHA256}, sha256.New},
		{iana.SuiteParams{Cipher: iana.CipherNULL, MAC: iana.MACAEAD, Hash: iana.HashSHA384}, sha512.New384},
	} {
		n := c.hash().Size()
		mac, key, iv, err := Lengths(iana.TLS13, c.params)
		if err != nil || mac != 0 || key != n || iv != n {
			t.Fatalf("lengths %d, %d, %d, %v", mac, key, iv, err)
		}
		k := Keys{Key: bytes.Repeat([]byte{1}, n), IV: bytes.Repeat([]byte{2}, n)}
		w, err := NewWriteState(iana.TLS13, c.params, k, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.SetSequence(5)
		got := seal(t, w, iana.Alert, []byte{1, 0}, 3)
		nonce := bytes.Repeat([]byte{2}, n)
		nonce[n-1] ^= 5
		inner := []byte{1, 0, 21, 0, 0, 0}
		header := []byte{23, 3, 3, 0, byte(6 + n)}
		h := hmac.New(c.hash, k.Key)
		h.Write(nonce)
		h.Write(header)
		h.Write(inner)
		if want := h.Sum(append(header, inner...)); !bytes.Equal(got.Raw, want) {
			t.Errorf("got %x, want %x", got.Raw, want)
		}
	}
}

func TestInnerPlaintextOfZerosHasNoType(t *testing.T) {
	r, w := pair(t, protectionCase{version: iana.TLS13, params: aes128gcm13})
	o, err := r.Open(nil, seal(t, w, 0, nil, 20))
	var e *Error
	if !errors.As(err, &e) || e.Kind != NoInnerType || e.Alert() != 10 || o.Padding != 21 || len(o.Plaintext) != 0 || o.Fragment == nil {
		t.Errorf("%+v, %v", o, err)
	}
	if r.Sequence() != 1 {
		t.Error("the record was authentic, and is not counted")
	}
}

func TestContentAboveTheLimitIsOpenedAndReported(t *testing.T) {
	gcm13 := protectionCase{version: iana.TLS13, params: aes128gcm13}
	gcm12 := protectionCase{version: iana.TLS12, params: aes128gcm13}
	for _, c := range []struct {
		protectionCase
		content, pad, limit int
		want                error
	}{
		{gcm12, 1 << 14, 0, 0, nil},
		{gcm12, 1<<14 + 1, 0, 0, TooLong},
		{gcm13, 1 << 14, 0, 0, nil},
		{gcm13, 1<<14 + 1, 0, 0, TooLong},
		{gcm13, 1<<14 - 8, 8, 0, nil},
		{gcm13, 1<<14 - 8, 9, 0, TooLong}, // padding counts
		{gcm13, 511, 0, 511, nil},         // record_size_limit 512
		{gcm13, 512, 0, 511, TooLong},
	} {
		r, w := pair(t, c.protectionCase)
		r.SetLimit(c.limit)
		o, err := r.Open(nil, seal(t, w, iana.ApplicationData, make([]byte, c.content), c.pad))
		if !errors.Is(err, c.want) || len(o.Plaintext) != c.content || r.Sequence() != 1 {
			t.Errorf("%d+%d bytes: %v with %d bytes", c.content, c.pad, err, len(o.Plaintext))
		}
	}
}

func TestRecordsInTheClearAreToldInTLS13(t *testing.T) {
	r, w := pair(t, protectionCase{version: iana.TLS13, params: aes128gcm13})
	for _, c := range []struct {
		raw  string
		want error
	}{
		{"\x14\x03\x03\x00\x01\x01", nil},
		{"\x14\x03\x03\x00\x01\x02", NotProtected},
		{"\x14\x03\x03\x00\x02\x01\x01", NotProtected},
		{"\x15\x03\x03\x00\x02\x02\x28", NotProtected},
		{"\x16\x03\x03\x00\x04\x00\x00\x00\x00", NotProtected},
	} {
		rec, err := Parse([]byte(c.raw))
		if err != nil {
			t.Fatal(err)
		}
		o, err := r.Open(nil, rec)
		if !errors.Is(err, c.want) || !o.Unprotected || string(o.Plaintext) != c.raw[5:] || r.Sequence() != 0 {
			t.Errorf("%x: %+v, %v", c.raw, o, err)
		}
	}
	if _, err := r.Open(nil, seal(t, w, iana.Alert, []byte{1, 0}, 0)); err != nil {
		t.Errorf("the protected record behind them: %v", err)
	}
}

func TestZeroStatesDoNotProtect(t *testing.T) {
	var r ReadState
	var w WriteState
	rec := seal(t, &w, iana.Handshake, []byte("hello"), 0)
	if string(rec.Raw) != "\x16\x00\x00\x00\x05hello" {
		t.Errorf("%x", rec.Raw)
	}
	o, err := r.Open(nil, rec)
	if err != nil || !o.Unprotected || string(o.Plaintext) != "hello" || o.Type != iana.Handshake {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err := r.Open(nil, Record{Header: Header{Type: iana.Handshake}, Raw: make([]byte, HeaderLen+1<<14+1)}); !errors.Is(err, TooLong) || len(o.Plaintext) != 1<<14+1 {
		t.Errorf("a long record: %v", err)
	}
}

func TestSequenceNumbersEnd(t *testing.T) {
	r, w := pair(t, protectionCase{version: iana.TLS13, params: aes128gcm13})
	r.SetSequence(math.MaxUint64)
	w.SetSequence(math.MaxUint64)
	last := seal(t, w, iana.Alert, []byte{1, 0}, 0)
	if _, err := r.Open(nil, last); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Open(nil, last); !errors.Is(err, SequenceOverflow) {
		t.Errorf("reading on: %v", err)
	}
	if out, err := w.Seal([]byte("as it was"), iana.Alert, iana.TLS12, nil, 0); !errors.Is(err, SequenceOverflow) || string(out) != "as it was" {
		t.Errorf("writing on: %v", err)
	}
}

func TestSealRefusesWhatNoHeaderCanSay(t *testing.T) {
	for _, c := range protectionCases() {
		_, w := pair(t, c)
		for _, n := range []int{MaxLength - 10, MaxLength, MaxLength + 1} {
			out, err := w.Seal(nil, iana.ApplicationData, iana.TLS12, make([]byte, n), 0)
			if err == nil {
				if r, err := Parse(out); err != nil || r.Header.Length < n {
					t.Errorf("%v: %d bytes seal to a record of %d: %v", c, n, r.Header.Length, err)
				}
			} else if !errors.Is(err, TooLong) || out != nil {
				t.Errorf("%v: %v", c, err)
			}
		}
	}
}

func TestSealReportsAFailingSourceOfIVs(t *testing.T) {
	c := protectionCase{version: iana.TLS12, params: iana.SuiteParams{Cipher: iana.CipherAES128CBC, MAC: iana.MACSHA1}}
	w, err := NewWriteState(c.version, c.params, keysFor(t, c), false, bytes.NewReader([]byte("short")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Seal(nil, iana.Alert, iana.TLS12, nil, 0); !errors.Is(err, io.ErrUnexpectedEOF) || w.Sequence() != 0 {
		t.Error(err)
	}
	if _, err := NewWriteState(c.version, c.params, keysFor(t, c), false, nil); err == nil {
		t.Error("no source at all is accepted")
	}
}

func TestLengthsAreThoseOfTheRFCs(t *testing.T) {
	p := func(c iana.Cipher, m iana.MAC) iana.SuiteParams {
		return iana.SuiteParams{Cipher: c, MAC: m, Hash: iana.HashSHA256}
	}
	for _, c := range []struct {
		v            iana.Version
		p            iana.SuiteParams
		mac, key, iv int
	}{
		{iana.SSL30, p(iana.CipherRC4_40, iana.MACMD5), 16, 5, 0}, // RFC 2246, Appendix C
		{iana.TLS10, p(iana.CipherDES40, iana.MACSHA1), 20, 5, 8},
		{iana.TLS10, p(iana.Cipher3DES, iana.MACSHA1), 20, 24, 8},
		{iana.TLS11, p(iana.Cipher3DES, iana.MACSHA1), 20, 24, 0}, // RFC 4346, Section 6.3
		{iana.TLS12, p(iana.CipherAES256CBC, iana.MACSHA384), 48, 32, 0},
		{iana.TLS12, p(iana.CipherAES128GCM, iana.MACAEAD), 0, 16, 4},
		{iana.TLS12, p(iana.CipherAES256CCM8, iana.MACAEAD), 0, 32, 4},
		{iana.TLS12, p(iana.CipherChaCha20Poly1305, iana.MACAEAD), 0, 32, 12},
		{iana.TLS13, p(iana.CipherAES128CCM8, iana.MACAEAD), 0, 16, 12},
		{iana.TLS12, p(iana.CipherNULL, iana.MACNULL), 0, 0, 0},
	} {
		mac, key, iv, err := Lengths(c.v, c.p)
		if err != nil || mac != c.mac || key != c.key || iv != c.iv {
			t.Errorf("%04x, cipher %d: %d, %d, %d, %v", uint16(c.v), c.p.Cipher, mac, key, iv, err)
		}
	}
	for _, c := range []struct {
		v iana.Version
		p iana.SuiteParams
	}{
		{iana.TLS12, p(iana.CipherCAMELLIA128CBC, iana.MACSHA1)},
		{iana.TLS13, p(iana.CipherSM4GCM, iana.MACAEAD)},
		{iana.TLS13, p(iana.CipherAES128CBC, iana.MACSHA1)},
		{iana.TLS11, p(iana.CipherAES128GCM, iana.MACAEAD)},
		{iana.SSL30, p(iana.CipherAES128CBC, iana.MACSHA256)},
		{iana.TLS12, p(iana.CipherAES128CBC, iana.MACOther)},
		{iana.TLS12, p(iana.CipherAES128CBC, iana.MACAEAD)},
		{iana.SSL20, p(iana.CipherRC4_128, iana.MACMD5)},
	} {
		var u *UnsupportedError
		_, err := NewReadState(c.v, c.p, Keys{}, false)
		if !errors.Is(err, ErrCipherUnsupported) || !errors.As(err, &u) || u.Cipher != c.p.Cipher {
			t.Errorf("%04x, cipher %d: %v", uint16(c.v), c.p.Cipher, err)
		}
	}
	if n, err := FinalKeyLength(p(iana.CipherRC4_40, iana.MACMD5)); n != 16 || err != nil {
		t.Errorf("an export key has %d bytes, %v", n, err)
	}
}

func TestKeysOfWrongLengthAreRefused(t *testing.T) {
	for _, c := range protectionCases() {
		k := keysFor(t, c)
		for _, bad := range []Keys{
			{append(k.MAC, 0), k.Key, k.IV}, {k.MAC, append(k.Key, 0), k.IV}, {k.MAC, k.Key, append(k.IV, 0)},
		} {
			if _, err := NewReadState(c.version, c.params, bad, c.etm); !errors.Is(err, ErrKeyLength) {
				t.Errorf("%v: %v", c, err)
			}
		}
	}
}

func TestOpeningAndSealingDoNotAllocate(t *testing.T) {
	content := make([]byte, 1000)
	for _, c := range protectionCases() {
		r, w := pair(t, c)
		dst, out := make([]byte, 0, 2000), make([]byte, 0, 2000)
		n := testing.AllocsPerRun(20, func() {
			raw, err := w.Seal(dst[:0], iana.ApplicationData, iana.TLS12, content, 0)
			if err != nil {
				t.Fatal(err)
			}
			rec, err := Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			rec.Header.Version = iana.TLS12
			if _, err := r.Open(out[:0], rec); err != nil {
				t.Fatal(err)
			}
		})
		most := 0.0
		if s, _ := shapeOf(c.params.Cipher); s.mode == modeCCM {
			most = 2 // crypto/cipher's AEADs are safe for concurrent use, and so is ours: it keeps no memory
		}
		if n > most {
			t.Errorf("%v: %v allocations", c, n)
		}
	}
}

// FuzzOpen opens any record under every protection there is: nothing panics, and nothing opens
// unless it is sealed with these keys.
func FuzzOpen(f *testing.F) {
	cases := protectionCases()
	for i, c := range cases {
		_, w := pair(f, c)
		raw, err := w.Seal(nil, iana.Handshake, min(c.version, iana.TLS12), []byte("content"), 0)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), raw)
	}
	f.Fuzz(func(t *testing.T, which uint8, raw []byte) {
		c := cases[int(which)%len(cases)]
		h, err := ParseHeader(raw)
		if err != nil {
			return
		}
		rec := Record{Header: h, Raw: raw}
		r, w := pair(t, c)
		o, err := r.Open(nil, rec)
		inPlace, _ := pair(t, c)
		p, err2 := inPlace.OpenInPlace(Record{Header: h, Raw: bytes.Clone(raw)})
		if fmt.Sprint(err) != fmt.Sprint(err2) || !bytes.Equal(o.Plaintext, p.Plaintext) || o.Content != p.Content {
			t.Fatalf("in place it opens otherwise: %v and %v", err, err2)
		}
		if o.Fragment == nil || o.Unprotected {
			return
		}
		checkRanges(t, o)
		if c.params.Cipher >= iana.CipherAES128GCM && c.version == iana.TLS13 {
			again, err := w.Seal(nil, o.Type, h.Version, o.Plaintext, max(0, o.Padding-1+o.InnerType.Len))
			if err == nil && !bytes.Equal(again[HeaderLen:], raw[HeaderLen:]) {
				t.Fatal("a record opens that sealing doesn't give")
			}
		}
	})
}
