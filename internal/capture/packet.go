package capture

import (
	"encoding/binary"
	"net/netip"
)

// tcpFlags are the control bits of a TCP header. RFC 9293, Section 3.1.
type tcpFlags uint8

const (
	fin tcpFlags = 1 << iota
	syn
	rst
	psh
	ack
)

// The parts of a packet that are the same in each.
const (
	etherTypeIPv4 = 0x0800
	etherTypeIPv6 = 0x86dd
	nextTCP       = 6
	hopLimit      = 64
	window        = 0xffff

	etherLen = 14
	ipv4Len  = 20
	ipv6Len  = 40
	tcpLen   = 20
)

// synOptions are those of both SYNs: a maximum segment size that no segment exceeds, and a window scale with which the window is
// never full. RFC 9293, Section 3.7.1; RFC 7323, Section 2.2.
var synOptions = [...]byte{2, 4, maxSegment >> 8, maxSegment & 0xff, 1, 3, 3, 14}

// endpoint is one side of a connection, with the next byte of its stream.
type endpoint struct {
	mac  [6]byte
	addr netip.AddrPort
	seq  uint32
	id   uint16 // of its next IPv4 packet
}

// appendPacket appends a frame of Ethernet, IP and TCP from one side to the other, and moves the sequence number on.
// RFC 894, RFC 791, RFC 8200, RFC 9293.
func appendPacket(b []byte, from, to *endpoint, flags tcpFlags, payload []byte) []byte {
	b = append(append(b, to.mac[:]...), from.mac[:]...)
	var options []byte
	if flags&syn != 0 {
		options = synOptions[:]
	}
	size := tcpLen + len(options) + len(payload)
	if from.addr.Addr().Is4() {
		b = binary.BigEndian.AppendUint16(b, etherTypeIPv4)
		b = appendIPv4(b, from, to, size)
	} else {
		b = binary.BigEndian.AppendUint16(b, etherTypeIPv6)
		b = appendIPv6(b, from, to, size)
	}
	at := len(b)
	b = binary.BigEndian.AppendUint16(b, from.addr.Port())
	b = binary.BigEndian.AppendUint16(b, to.addr.Port())
	b = binary.BigEndian.AppendUint32(b, from.seq)
	acknowledged := uint32(0)
	if flags&ack != 0 {
		acknowledged = to.seq
	}
	b = binary.BigEndian.AppendUint32(b, acknowledged)
	b = append(b, byte((tcpLen+len(options))/4<<4), byte(flags))
	b = binary.BigEndian.AppendUint16(b, window)
	b = append(b, 0, 0, 0, 0) // checksum, urgent pointer
	b = append(append(b, options...), payload...)
	binary.BigEndian.PutUint16(b[at+16:], tcpChecksum(from.addr.Addr(), to.addr.Addr(), b[at:]))
	from.seq += uint32(len(payload))
	if flags&(syn|fin) != 0 {
		from.seq++ // each takes a place in the stream
	}
	return b
}

func appendIPv4(b []byte, from, to *endpoint, size int) []byte {
	at := len(b)
	b = append(b, 4<<4|ipv4Len/4, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(ipv4Len+size))
	b = binary.BigEndian.AppendUint16(b, from.id)
	from.id++
	b = append(b, 0x40, 0, hopLimit, nextTCP, 0, 0) // don't fragment
	b = append(b, from.addr.Addr().AsSlice()...)
	b = append(b, to.addr.Addr().AsSlice()...)
	binary.BigEndian.PutUint16(b[at+10:], folded(sum(0, b[at:])))
	return b
}

func appendIPv6(b []byte, from, to *endpoint, size int) []byte {
	b = append(b, 6<<4, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(size))
	b = append(b, nextTCP, hopLimit)
	b = append(b, from.addr.Addr().AsSlice()...)
	return append(b, to.addr.Addr().AsSlice()...)
}

// tcpChecksum is the checksum over the pseudo-header and a segment whose own is zero. RFC 9293, Section 3.1; RFC 8200, Section 8.1.
func tcpChecksum(from, to netip.Addr, segment []byte) uint16 {
	s := sum(0, from.AsSlice())
	s = sum(s, to.AsSlice())
	return folded(sum(s+nextTCP+uint64(len(segment)), segment))
}

// sum adds b as 16-bit words. RFC 1071.
func sum(s uint64, b []byte) uint64 {
	for ; len(b) >= 2; b = b[2:] {
		s += uint64(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	return s
}

func folded(s uint64) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return ^uint16(s)
}
