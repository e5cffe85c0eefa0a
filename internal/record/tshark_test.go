package record

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// This file holds what hardly anything speaks any more, SSL 3.0 and single DES, against Wireshark's
// dissector: sessions sealed here are written as a capture with a key log, and tshark, which checks
// the MACs, must read the same content in them.

// ssl3KeyBlock is the key block of SSL 3.0. RFC 6101, Section 6.2.2.
func ssl3KeyBlock(master, clientRandom, serverRandom []byte, n int) []byte {
	var out []byte
	for i := 1; len(out) < n; i++ {
		inner := sha1.New()
		inner.Write(bytes.Repeat([]byte{byte('A' + i - 1)}, i))
		inner.Write(master)
		inner.Write(serverRandom)
		inner.Write(clientRandom)
		outer := md5.New()
		outer.Write(master)
		outer.Write(inner.Sum(nil))
		out = outer.Sum(out)
	}
	return out[:n]
}

// capture is a pcap file of one TCP connection without its handshake.
type capture struct {
	bytes.Buffer
	seq [2]uint32 // of client and server
}

func newCapture() *capture {
	c := &capture{seq: [2]uint32{1000, 2000}}
	c.Write([]byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0}) // raw IP
	return c
}

func (c *capture) segment(from int, payload []byte) {
	ip := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, byte(1 + from), 10, 0, 0, byte(2 - from)}
	binary.BigEndian.PutUint16(ip[2:], uint16(40+len(payload)))
	ports := [2]uint16{40000, 443}
	tcp := binary.BigEndian.AppendUint16(nil, ports[from])
	tcp = binary.BigEndian.AppendUint16(tcp, ports[1-from])
	tcp = binary.BigEndian.AppendUint32(tcp, c.seq[from])
	tcp = binary.BigEndian.AppendUint32(tcp, c.seq[1-from])
	tcp = append(tcp, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0)
	c.seq[from] += uint32(len(payload))
	length := uint32(len(ip) + len(tcp) + len(payload))
	head := make([]byte, 8)
	head = binary.LittleEndian.AppendUint32(head, length)
	c.Write(binary.LittleEndian.AppendUint32(head, length))
	c.Write(ip)
	c.Write(tcp)
	c.Write(payload)
}

func hello(v iana.Version, typ iana.HandshakeType, random []byte, suite uint16) []byte {
	body := binary.BigEndian.AppendUint16(nil, uint16(v))
	body = append(append(body, random...), 0)
	if typ == iana.ClientHello {
		body = append(body, 0, 2, byte(suite>>8), byte(suite), 1, 0)
	} else {
		body = append(body, byte(suite>>8), byte(suite), 0)
	}
	message := append([]byte{byte(typ), 0, 0, byte(len(body))}, body...)
	return append(Header{Type: iana.Handshake, Version: v, Length: len(message)}.Append(nil), message...)
}

func TestTsharkReadsWhatIsSealedForSSL3AndDES(t *testing.T) {
	tshark := peer(t, "tshark")
	p := func(c iana.Cipher, m iana.MAC) iana.SuiteParams { return iana.SuiteParams{Cipher: c, MAC: m} }
	for _, c := range []struct {
		version iana.Version
		suite   uint16
		params  iana.SuiteParams
	}{
		{iana.SSL30, 0x0001, p(iana.CipherNULL, iana.MACMD5)},
		{iana.SSL30, 0x0004, p(iana.CipherRC4_128, iana.MACMD5)},
		{iana.SSL30, 0x0005, p(iana.CipherRC4_128, iana.MACSHA1)},
		{iana.SSL30, 0x0009, p(iana.CipherDES, iana.MACSHA1)},
		{iana.SSL30, 0x000a, p(iana.Cipher3DES, iana.MACSHA1)},
		{iana.SSL30, 0x0035, p(iana.CipherAES256CBC, iana.MACSHA1)},
		{iana.TLS10, 0x0009, p(iana.CipherDES, iana.MACSHA1)},
		{iana.TLS11, 0x0009, p(iana.CipherDES, iana.MACSHA1)},
		{iana.TLS10, 0x0004, p(iana.CipherRC4_128, iana.MACMD5)},
	} {
		t.Run(fmt.Sprintf("%04x-%04x", uint16(c.version), c.suite), func(t *testing.T) {
			question, answer := []byte("what is the answer?"), bytes.Repeat([]byte("42 "), 500)
			follow := func(spoil bool) string {
				pcap, keyLog := sealedSession(t, c.version, c.suite, c.params, question, answer, spoil)
				return tsharkFollows(t, tshark, pcap, keyLog)
			}
			got := follow(false)
			if !strings.Contains(got, fmt.Sprintf("%x", question)) || !strings.Contains(got, fmt.Sprintf("%x", answer[:40])) {
				t.Errorf("tshark reads %s", got)
			}
			got = follow(true)
			if strings.Contains(got, fmt.Sprintf("%x", question[:8])) {
				t.Error("tshark doesn't mind a MAC that is wrong, so it proves nothing")
			}
		})
	}
}

// sealedSession writes a capture and its key log. With spoil, the MAC of the question is wrong.
func sealedSession(t *testing.T, v iana.Version, suite uint16, p iana.SuiteParams, question, answer []byte, spoil bool) (pcap, keyLog string) {
	t.Helper()
	clientRandom, serverRandom := bytes.Repeat([]byte{0xc1}, 32), bytes.Repeat([]byte{0x5e}, 32)
	master := bytes.Repeat([]byte{0x3a}, 48)
	keys := cut(t, v, p, func(n int) []byte {
		if v == iana.SSL30 {
			return ssl3KeyBlock(master, clientRandom, serverRandom, n)
		}
		return keyBlock(v, nil, master, clientRandom, serverRandom, n)
	})
	c := newCapture()
	c.segment(0, hello(v, iana.ClientHello, clientRandom, suite))
	c.segment(1, hello(v, iana.ServerHello, serverRandom, suite))
	for from, side := range []struct {
		keys    Keys
		content []byte
	}{{keys.client, question}, {keys.server, answer}} {
		k := side.keys
		if from == 0 && spoil {
			k.MAC = append([]byte{k.MAC[0] ^ 1}, k.MAC[1:]...)
		}
		w, err := NewWriteState(v, p, k, false, bytes.NewReader(bytes.Repeat([]byte{7}, 1000)))
		if err != nil {
			t.Fatal(err)
		}
		out := append(Header{Type: iana.ChangeCipherSpec, Version: v, Length: 1}.Append(nil), 1)
		if out, err = w.Seal(out, iana.Handshake, v, append([]byte{20, 0, 0, 36}, make([]byte, 36)...), 0); err != nil {
			t.Fatal(err)
		}
		for fragment := range Split(side.content, 300, true) {
			if out, err = w.Seal(out, iana.ApplicationData, v, fragment, 0); err != nil {
				t.Fatal(err)
			}
		}
		c.segment(from, out)
	}
	dir := t.TempDir()
	pcap, keyLog = filepath.Join(dir, "session.pcap"), filepath.Join(dir, "keys")
	for file, data := range map[string][]byte{
		pcap:   c.Bytes(),
		keyLog: fmt.Appendf(nil, "CLIENT_RANDOM %x %x\n", clientRandom, master),
	} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return pcap, keyLog
}

// tsharkFollows returns the content that tshark decrypts, in hexadecimal.
func tsharkFollows(t *testing.T, tshark, pcap, keyLog string) string {
	t.Helper()
	out, err := exec.Command(tshark, "-r", pcap, "-q", "-o", "tls.keylog_file:"+keyLog,
		"-o", "tls.ignore_ssl_mac_failed:FALSE", "-z", "follow,tls,raw,0").Output()
	if err != nil {
		t.Fatal(err)
	}
	var hexes strings.Builder
	for line := range strings.Lines(string(out)) {
		if s := strings.TrimSpace(line); !strings.ContainsAny(s, " :=") {
			hexes.WriteString(s)
		}
	}
	return hexes.String()
}
