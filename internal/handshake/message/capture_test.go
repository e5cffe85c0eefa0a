package message

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"
)

// segment is bytes that one side wrote.
type segment struct {
	fromClient bool
	data       []byte
}

// session is what passed between a client and a server, and the secrets to read it with.
type session struct {
	segments []segment
	keyLog   []byte
}

// stream is all that one side wrote.
func (s *session) stream(fromClient bool) []byte {
	var b []byte
	for _, seg := range s.segments {
		if seg.fromClient == fromClient {
			b = append(b, seg.data...)
		}
	}
	return b
}

// relay listens on loopback, passes one connection on to target, and keeps what passes. The returned
// function waits for the end of the connection.
func relay(t testing.TB, target string) (addr string, wait func() []segment) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	var mu sync.Mutex
	var segments []segment
	done := make(chan struct{})
	pass := func(to, from *net.TCPConn, fromClient bool) {
		buf := make([]byte, 1<<15)
		for {
			n, err := from.Read(buf)
			if n > 0 {
				mu.Lock()
				segments = append(segments, segment{fromClient, bytes.Clone(buf[:n])})
				mu.Unlock()
				if _, err := to.Write(buf[:n]); err != nil {
					return
				}
			}
			if err != nil {
				_ = to.CloseWrite()
				return
			}
		}
	}
	go func() {
		defer close(done)
		client, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = client.Close() }()
		server, err := net.Dial("tcp", target)
		if err != nil {
			return
		}
		defer func() { _ = server.Close() }()
		var both sync.WaitGroup
		both.Go(func() { pass(server.(*net.TCPConn), client.(*net.TCPConn), true) })
		both.Go(func() { pass(client.(*net.TCPConn), server.(*net.TCPConn), false) })
		both.Wait()
	}()
	return l.Addr().String(), func() []segment {
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Fatal("the relayed connection did not end")
		}
		return segments
	}
}

// converse runs a handshake of crypto/tls on both sides through a relay and keeps what passed.
func converse(t testing.TB, server, client *tls.Config) *session {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = io.Copy(c, io.LimitReader(c, 4))
		_ = c.Close()
	}()
	addr, wait := relay(t, l.Addr().String())
	var log bytes.Buffer
	client.KeyLogWriter = &log
	c, err := tls.Dial("tcp", addr, client)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.Write([]byte("ping"))
	_, _ = io.ReadAll(c)
	_ = c.Close()
	return &session{wait(), log.Bytes()}
}

// identity makes a self-signed certificate with everything stapled that a server can staple.
func identity(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "message.test"}, DNSNames: []string{"message.test"},
		NotBefore: time.Unix(1700000000, 0), NotAfter: time.Unix(4000000000, 0), IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, _ := x509.ParseCertificate(der)
	return tls.Certificate{
		Certificate: [][]byte{der, der}, PrivateKey: key, Leaf: leaf,
		OCSPStaple: []byte("\x30\x03\x0a\x01\x06"), SignedCertificateTimestamps: [][]byte{bytes.Repeat([]byte{1}, 60), bytes.Repeat([]byte{2}, 61)},
	}
}

// configs is a server's and a client's configuration that use as many extensions as crypto/tls can.
func configs(t testing.TB, version uint16) (server, client *tls.Config) {
	id := identity(t)
	pool := x509.NewCertPool()
	pool.AddCert(id.Leaf)
	server = &tls.Config{
		Certificates: []tls.Certificate{id}, MinVersion: version, MaxVersion: version, NextProtos: []string{"h2", "http/1.1"},
		ClientAuth: tls.RequireAnyClientCert, ClientCAs: pool,
	}
	client = &tls.Config{
		ServerName: "message.test", RootCAs: pool, MinVersion: tls.VersionTLS10, NextProtos: []string{"http/1.1", "h2"},
		Certificates: []tls.Certificate{id}, Time: func() time.Time { return time.Unix(2000000000, 0) },
		ClientSessionCache: tls.NewLRUClientSessionCache(1),
	}
	return server, client
}

// plainMessages splits the handshake messages off the records of a stream that are not protected.
func plainMessages(t testing.TB, stream []byte, tls13 bool) [][]byte {
	t.Helper()
	var hs []byte
	for len(stream) >= 5 && (stream[0] == 22 || stream[0] == 20 && tls13) {
		n := 5 + int(binary.BigEndian.Uint16(stream[3:]))
		if n > len(stream) {
			t.Fatal("a record is cut")
		}
		if stream[0] == 22 {
			hs = append(hs, stream[5:n]...)
		}
		stream = stream[n:]
	}
	return splitMessages(hs)
}

// splitMessages cuts a run of whole handshake messages.
func splitMessages(hs []byte) [][]byte {
	var list [][]byte
	for len(hs) >= HeaderLen {
		n := HeaderLen + int(hs[1])<<16 + int(hs[2])<<8 + int(hs[3])
		if n > len(hs) {
			break
		}
		list = append(list, hs[:n:n])
		hs = hs[n:]
	}
	return list
}
