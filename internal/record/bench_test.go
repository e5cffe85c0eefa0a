package record

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/tls"
	"io"
	"net"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// fullRecord is as much as a record carries.
const fullRecord = 1 << 14

// BenchmarkAEADAlone is the floor for what follows: AES-128-GCM with nothing around it.
func BenchmarkAEADAlone(b *testing.B) {
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		b.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		b.Fatal(err)
	}
	nonce, aad := make([]byte, 12), make([]byte, 5)
	sealed := gcm.Seal(nil, nonce, make([]byte, fullRecord+1), aad)
	out := make([]byte, 0, len(sealed))
	b.Run("open", func(b *testing.B) {
		b.SetBytes(fullRecord)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := gcm.Open(out, nonce, sealed, aad); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("seal", func(b *testing.B) {
		b.SetBytes(fullRecord)
		b.ReportAllocs()
		for b.Loop() {
			gcm.Seal(sealed[:0], nonce, out[:fullRecord+1], aad)
		}
	})
}

// BenchmarkRecord opens and seals full records.
func BenchmarkRecord(b *testing.B) {
	for _, c := range []struct {
		name string
		protectionCase
	}{
		{"gcm-13", protectionCase{version: iana.TLS13, params: aes128gcm13}},
		{"gcm-12", protectionCase{version: iana.TLS12, params: aes128gcm13}},
		{"chacha20-13", protectionCase{version: iana.TLS13, params: iana.SuiteParams{Cipher: iana.CipherChaCha20Poly1305}}},
		{"ccm-13", protectionCase{version: iana.TLS13, params: iana.SuiteParams{Cipher: iana.CipherAES128CCM}}},
		{"cbc-sha1-12", protectionCase{version: iana.TLS12, params: iana.SuiteParams{Cipher: iana.CipherAES128CBC, MAC: iana.MACSHA1}}},
	} {
		r, w := pair(b, c.protectionCase)
		content := make([]byte, fullRecord)
		rec := seal(b, w, iana.ApplicationData, content, 0)
		out := make([]byte, 0, len(rec.Raw)+100)
		b.Run(c.name+"/open", func(b *testing.B) {
			b.SetBytes(fullRecord)
			b.ReportAllocs()
			for b.Loop() {
				r.SetSequence(0)
				if _, err := r.Open(out, rec); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/seal", func(b *testing.B) {
			b.SetBytes(fullRecord)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.Seal(out, iana.ApplicationData, iana.TLS12, content, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFramer frames a megabyte in pieces of the size that a socket gives.
func BenchmarkFramer(b *testing.B) {
	one := append(Header{Type: iana.ApplicationData, Version: iana.TLS12, Length: fullRecord}.Append(nil), make([]byte, fullRecord)...)
	stream := bytes.Repeat(one, 64)
	var f Framer
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for rest := stream; len(rest) > 0; {
			piece := rest[:min(len(rest), 4096)]
			rest = rest[len(piece):]
			f.Feed(piece)
			for _, ok := f.Next(); ok; _, ok = f.Next() {
				n++
			}
		}
		if n != 64 {
			b.Fatal(n)
		}
	}
}

// BenchmarkCryptoTLS is what crypto/tls takes to seal, pass on and open a full record of TLS 1.3.
func BenchmarkCryptoTLS(b *testing.B) {
	x, y := net.Pipe()
	config := &tls.Config{Certificates: []tls.Certificate{selfSigned(b, true)}, InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, DynamicRecordSizingDisabled: true}
	client, server := tls.Client(x, config), tls.Server(y, config)
	go func() { _, _ = io.Copy(io.Discard, server) }()
	content := make([]byte, fullRecord)
	_, _ = rand.Read(content)
	if _, err := client.Write(content); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(fullRecord)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Write(content); err != nil {
			b.Fatal(err)
		}
	}
	_ = x.Close()
}
