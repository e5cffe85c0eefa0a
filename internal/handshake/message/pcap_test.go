package message

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// writePcap writes a session as a capture file: raw IPv4 and TCP between 10.0.0.1:40000 and
// 10.0.0.2:443, checksums left zero.
func writePcap(t testing.TB, s *session) string {
	t.Helper()
	const linkTypeRaw = 101
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = binary.LittleEndian.AppendUint32(b, 1<<18)
	b = binary.LittleEndian.AppendUint32(b, linkTypeRaw)
	const (
		fin, syn, psh, ack = 1, 2, 8, 16
		mss                = 16000
	)
	seq := [2]uint32{1000, 2000} // server, client
	number := uint32(0)
	packet := func(fromClient bool, flags byte, data []byte) {
		me, other := 0, 1
		if fromClient {
			me, other = 1, 0
		}
		p := ipTCP(fromClient, flags, seq[me], seq[other], data)
		number++
		b = binary.LittleEndian.AppendUint32(b, 1700000000+number)
		b = binary.LittleEndian.AppendUint32(b, 0)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
		seq[me] += uint32(len(data))
		if flags&(syn|fin) != 0 {
			seq[me]++
		}
	}
	packet(true, syn, nil)
	packet(false, syn|ack, nil)
	packet(true, ack, nil)
	for _, seg := range s.segments {
		for rest := seg.data; len(rest) > 0; {
			n := min(len(rest), mss)
			packet(seg.fromClient, psh|ack, rest[:n])
			rest = rest[n:]
		}
	}
	packet(true, fin|ack, nil)
	packet(false, fin|ack, nil)
	file := filepath.Join(t.TempDir(), "session.pcap")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// ipTCP is one packet.
func ipTCP(fromClient bool, flags byte, seq, ack uint32, data []byte) []byte {
	client, server := []byte{10, 0, 0, 1}, []byte{10, 0, 0, 2}
	from, to, sport, dport := server, client, uint16(443), uint16(40000)
	if fromClient {
		from, to, sport, dport = client, server, 40000, 443
	}
	p := []byte{0x45, 0}
	p = binary.BigEndian.AppendUint16(p, uint16(40+len(data)))
	p = append(p, 0, 0, 0x40, 0, 64, 6, 0, 0)
	p = append(append(p, from...), to...)
	p = binary.BigEndian.AppendUint16(p, sport)
	p = binary.BigEndian.AppendUint16(p, dport)
	p = binary.BigEndian.AppendUint32(p, seq)
	p = binary.BigEndian.AppendUint32(p, ack)
	p = append(p, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0)
	return append(p, data...)
}
