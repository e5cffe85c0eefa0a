package record

import (
	"bytes"
	"crypto/aes"
	"crypto/des"
	"strings"
	"testing"
)

type ccmVector struct{ key, nonce, aad, plaintext, sealed string }

// RFC 3610, Section 8. The tag is what sealed is longer than plaintext.
var rfc3610 = []ccmVector{
	{"C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF", "00000003020100A0A1A2A3A4A5", "0001020304050607", "08090A0B0C0D0E0F101112131415161718191A1B1C1D1E", "588C979A61C663D2F066D0C2C0F989806D5F6B61DAC38417E8D12CFDF926E0"},
	{"C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF", "00000004030201A0A1A2A3A4A5", "0001020304050607", "08090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", "72C91A36E135F8CF291CA894085C87E3CC15C439C9E43A3BA091D56E10400916"},
	{"C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF", "00000005040302A0A1A2A3A4A5", "0001020304050607", "08090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20", "51B1E5F44A197D1DA46B0F8E2D282AE871E838BB64DA8596574ADAA76FBD9FB0C5"},
	{"C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF", "00000006050403A0A1A2A3A4A5", "000102030405060708090A0B", "0C0D0E0F101112131415161718191A1B1C1D1E", "A28C6865939A9A79FAAA5C4C2A9D4A91CDAC8C96C861B9C9E61EF1"},
	{"C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF", "00000007060504A0A1A2A3A4A5", "000102030405060708090A0B", "0C0D0E0F101112131415161718191A1B1C1D1E1F", "DCF1FB7B5D9E23FB9D4E131253658AD86EBDCA3E51E83F077D9C2D93"},
	{"C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF", "00000008070605A0A1A2A3A4A5", "000102030405060708090A0B", "0C0D0E0F101112131415161718191A1B1C1D1E1F20", "6FC1B011F006568B5171A42D953D469B2570A4BD87405A0443AC91CB94"},
	{"C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF", "00000009080706A0A1A2A3A4A5", "0001020304050607", "08090A0B0C0D0E0F101112131415161718191A1B1C1D1E", "0135D1B2C95F41D5D1D4FEC185D166B8094E999DFED96C048C56602C97ACBB7490"},
	{"C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF", "0000000E0D0C0BA0A1A2A3A4A5", "000102030405060708090A0B", "0C0D0E0F101112131415161718191A1B1C1D1E1F20", "C0FFA0D6F05BDB67F24D43A4338D2AA4BED7B20E43CD1AA31662E7AD65D6DB"},
	{"D7828D13B2B0BDC325A76236DF93CC6B", "00412B4EA9CDBE3C9696766CFA", "0BE1A88BACE018B1", "08E8CF97D820EA258460E96AD9CF5289054D895CEAC47C", "4CB97F86A2A4689A877947AB8091EF5386A6FFBDD080F8E78CF7CB0CDDD7B3"},
	{"D7828D13B2B0BDC325A76236DF93CC6B", "00F8B678094E3B3C9696766CFA", "77B60F011C03E1525899BCAE", "E88B6A46C78D63E52EB8C546EFB5DE6F75E9CC0D", "5545FF1A085EE2EFBF52B2E04BEE1E2336C73E3F762C0C7744FE7E3C"},
	{"D7828D13B2B0BDC325A76236DF93CC6B", "0042FFF8F1951C3C9696766CFA", "D85BC7E69F944FB8", "8A19B950BCF71A018E5E6701C91787659809D67DBEDD18", "BC218DAA947427B6DB386A99AC1AEF23ADE0B52939CB6A637CF9BEC2408897C6BA"},
	{"D7828D13B2B0BDC325A76236DF93CC6B", "008D493B30AE8B3C9696766CFA", "6E37A6EF546D955D34AB6059", "ABF21C0B02FEB88F856DF4A37381BCE3CC128517D4", "F32905B88A641B04B9C9FFB58CC390900F3DA12AB16DCE9E82EFA16DA62059"},
}

// NIST SP 800-38C, Appendix C.
var sp80038c = []ccmVector{
	{"404142434445464748494a4b4c4d4e4f", "10111213141516", "0001020304050607", "20212223", "7162015b4dac255d"},
	{"404142434445464748494a4b4c4d4e4f", "1011121314151617", "000102030405060708090a0b0c0d0e0f", "202122232425262728292a2b2c2d2e2f", "d2a1f0e051ea5f62081a7792073d593d1fc64fbfaccd"},
	{"404142434445464748494a4b4c4d4e4f", "101112131415161718191a1b", "000102030405060708090a0b0c0d0e0f10111213", "202122232425262728292a2b2c2d2e2f3031323334353637", "e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5484392fbc1b09951"},
	// Additional data of 65,536 bytes, 00 to ff over and over: its length has the long encoding.
	{"404142434445464748494a4b4c4d4e4f", "101112131415161718191a1b1c", "*", "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f", "69915dad1e84c6376a68c2967e4dab615ae0fd1faec44cc484828529463ccf72b4ac6bec93e8598e7f0dadbcea5b"},
}

func (v ccmVector) bytes(t *testing.T) (key, nonce, aad, plaintext, sealed []byte) {
	if v.aad == "*" {
		for i := range 1 << 16 {
			aad = append(aad, byte(i))
		}
	} else {
		aad = unhex(t, v.aad)
	}
	return unhex(t, v.key), unhex(t, v.nonce), aad, unhex(t, v.plaintext), unhex(t, v.sealed)
}

func TestCCMSealsAndOpensThePublishedVectors(t *testing.T) {
	for i, v := range append(rfc3610, sp80038c...) {
		key, nonce, aad, plaintext, sealed := v.bytes(t)
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		c, err := NewCCM(block, len(nonce), len(sealed)-len(plaintext))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Seal([]byte("before"), nonce, plaintext, aad); !bytes.Equal(got, append([]byte("before"), sealed...)) {
			t.Errorf("vector %d seals to %x", i, got)
		}
		in := bytes.Clone(sealed)
		if got, err := c.Open(in[:0], nonce, in, aad); err != nil || !bytes.Equal(got, plaintext) {
			t.Errorf("vector %d opens in place to %x, %v", i, got, err)
		}
		for bit := range len(sealed) * 8 {
			bad := bytes.Clone(sealed)
			bad[bit/8] ^= 1 << (bit % 8)
			if got, err := c.Open(nil, nonce, bad, aad); err == nil || got != nil {
				t.Fatalf("vector %d opens with bit %d turned", i, bit)
			}
		}
		for n := range len(sealed) {
			if _, err := c.Open(nil, nonce, sealed[:n], aad); err == nil {
				t.Fatalf("vector %d opens when cut to %d bytes", i, n)
			}
		}
	}
}

func TestCCMRefusesSizesThatItIsNotDefinedFor(t *testing.T) {
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range [][2]int{{6, 16}, {14, 16}, {12, 2}, {12, 7}, {12, 18}} {
		if _, err := NewCCM(block, s[0], s[1]); err == nil {
			t.Errorf("nonce of %d bytes and tag of %d accepted", s[0], s[1])
		}
	}
	small, err := des.NewCipher(make([]byte, 8))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewCCM(small, 12, 16); err == nil || !strings.Contains(err.Error(), "blocks of 16") {
		t.Errorf("a cipher with blocks of 8 bytes: %v", err)
	}
	c, err := NewCCM(block, 13, 16)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(nil, make([]byte, 13), make([]byte, 1<<16+16), nil); err == nil {
		t.Error("a ciphertext longer than the nonce allows opens")
	}
}
