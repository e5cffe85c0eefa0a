package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// A packet here is put together by gopacket, and so are the files, but for what it can't write: cooked headers and the loopback header
// of OpenBSD, and files of big-endian machines. Those are written out after their descriptions.

// under is a link layer: what stands before IP.
type under struct {
	name  string
	link  LinkType
	first gopacket.Decoder // that reads it
	below func(kind layers.EthernetType) []gopacket.SerializableLayer
}

var macs = [2]net.HardwareAddr{{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}}

func ethernet(kind layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: macs[0], DstMAC: macs[1], EthernetType: kind}
}

func none(layers.EthernetType) []gopacket.SerializableLayer { return nil }

// family is the number of an address family in the header of a loopback interface, on FreeBSD and OpenBSD (IPv6).
func family(kind layers.EthernetType, six byte) byte {
	if kind == layers.EthernetTypeIPv6 {
		return six
	}
	return 2
}

var unders = []under{
	{"Ethernet", LinkEthernet, layers.LayerTypeEthernet, func(kind layers.EthernetType) []gopacket.SerializableLayer {
		return []gopacket.SerializableLayer{ethernet(kind)}
	}},
	{"VLAN", LinkEthernet, layers.LayerTypeEthernet, func(kind layers.EthernetType) []gopacket.SerializableLayer {
		return []gopacket.SerializableLayer{ethernet(layers.EthernetTypeDot1Q), &layers.Dot1Q{VLANIdentifier: 5, Type: kind}}
	}},
	{"VLAN in VLAN", LinkEthernet, layers.LayerTypeEthernet, func(kind layers.EthernetType) []gopacket.SerializableLayer {
		return []gopacket.SerializableLayer{ethernet(layers.EthernetTypeQinQ), &layers.Dot1Q{Priority: 3, VLANIdentifier: 4094, Type: layers.EthernetTypeDot1Q},
			&layers.Dot1Q{VLANIdentifier: 7, Type: kind}}
	}},
	{"Linux cooked", LinkCooked, layers.LayerTypeLinuxSLL, func(kind layers.EthernetType) []gopacket.SerializableLayer {
		return []gopacket.SerializableLayer{gopacket.Payload(binary.BigEndian.AppendUint16([]byte{0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}, uint16(kind)))}
	}},
	{"Linux cooked 2", LinkCooked2, layers.LayerTypeLinuxSLL2, func(kind layers.EthernetType) []gopacket.SerializableLayer {
		head := binary.BigEndian.AppendUint16(nil, uint16(kind))
		return []gopacket.SerializableLayer{gopacket.Payload(append(head, 0, 0, 0, 0, 0, 2, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0))}
	}},
	{"loopback", LinkNull, layers.LayerTypeLoopback, func(kind layers.EthernetType) []gopacket.SerializableLayer {
		return []gopacket.SerializableLayer{&layers.Loopback{Family: layers.ProtocolFamily(family(kind, 28))}}
	}},
	{"OpenBSD loopback", LinkLoop, layers.LayerTypeLoopback, func(kind layers.EthernetType) []gopacket.SerializableLayer {
		return []gopacket.SerializableLayer{gopacket.Payload{0, 0, 0, family(kind, 24)}}
	}},
	{"raw", LinkRaw, layers.LinkTypeRaw, none},
	{"raw, by another number", LinkRaw12, layers.LinkTypeRaw, none},
}

// over is the network layer: IP, with or without more than it needs.
type over struct {
	name string
	ends [2]net.IP
	ip   func(r *rand.Rand, src, dst net.IP) []gopacket.SerializableLayer // IP, then what stands between it and TCP
}

var (
	ends4 = [2]net.IP{net.IPv4(192, 0, 2, 1).To4(), net.IPv4(198, 51, 100, 7).To4()}
	ends6 = [2]net.IP{net.ParseIP("2001:db8::1"), net.ParseIP("2001:db8::2")}
)

func ipv4(r *rand.Rand, src, dst net.IP) *layers.IPv4 {
	return &layers.IPv4{Version: 4, IHL: 5, Id: uint16(r.Uint32()), TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: src, DstIP: dst}
}

func ipv6(next layers.IPProtocol, src, dst net.IP) *layers.IPv6 {
	return &layers.IPv6{Version: 6, FlowLabel: 0x12345, NextHeader: next, HopLimit: 64, SrcIP: src, DstIP: dst}
}

func hopByHop(next layers.IPProtocol) *layers.IPv6HopByHop {
	h := &layers.IPv6HopByHop{Options: []*layers.IPv6HopByHopOption{{OptionType: 5, OptionData: []byte{0, 0}}, {OptionType: 1}}} // router alert, PadN
	h.NextHeader = next
	return h
}

func destination(r *rand.Rand, next layers.IPProtocol) *layers.IPv6Destination {
	h := &layers.IPv6Destination{Options: []*layers.IPv6DestinationOption{{OptionType: 0x1e, OptionData: make([]byte, 4+8*r.IntN(5))}}}
	h.NextHeader = next
	return h
}

var overs = []over{
	{"IPv4", ends4, func(r *rand.Rand, src, dst net.IP) []gopacket.SerializableLayer {
		return []gopacket.SerializableLayer{ipv4(r, src, dst)}
	}},
	{"IPv4 with options", ends4, func(r *rand.Rand, src, dst net.IP) []gopacket.SerializableLayer {
		ip := ipv4(r, src, dst)
		ip.Options = []layers.IPv4Option{{OptionType: 1}, {OptionType: 7, OptionLength: 11, OptionData: make([]byte, 9)}, {OptionType: 148, OptionLength: 4, OptionData: []byte{0, 0}}}
		return []gopacket.SerializableLayer{ip}
	}},
	{"IPv6", ends6, func(_ *rand.Rand, src, dst net.IP) []gopacket.SerializableLayer {
		return []gopacket.SerializableLayer{ipv6(layers.IPProtocolTCP, src, dst)}
	}},
	{"IPv6 with extension headers", ends6, func(r *rand.Rand, src, dst net.IP) []gopacket.SerializableLayer {
		routing := &layers.IPv6Routing{RoutingType: 2, Data: make([]byte, 16)}
		routing.NextHeader = layers.IPProtocolIPv6Destination
		return []gopacket.SerializableLayer{ipv6(layers.IPProtocolIPv6HopByHop, src, dst), hopByHop(layers.IPProtocolIPv6Destination),
			destination(r, layers.IPProtocolIPv6Routing), routing, destination(r, layers.IPProtocolTCP)}
	}},
	{"IPv6, an atomic fragment", ends6, func(r *rand.Rand, src, dst net.IP) []gopacket.SerializableLayer {
		return []gopacket.SerializableLayer{ipv6(layers.IPProtocolIPv6Fragment, src, dst),
			&layers.IPv6Fragment{NextHeader: layers.IPProtocolTCP, Identification: r.Uint32()}}
	}},
}

// options are some of TCP.
func options(r *rand.Rand, syn bool) (list []layers.TCPOption) {
	if syn {
		list = append(list, layers.TCPOption{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{5, 0xb4}},
			layers.TCPOption{OptionType: layers.TCPOptionKindWindowScale, OptionLength: 3, OptionData: []byte{7}})
	}
	for range r.IntN(3) {
		list = append(list, layers.TCPOption{OptionType: layers.TCPOptionKindNop, OptionLength: 1})
	}
	if r.IntN(2) == 0 {
		list = append(list, layers.TCPOption{OptionType: layers.TCPOptionKindTimestamps, OptionLength: 10, OptionData: make([]byte, 8)})
	}
	if r.IntN(3) == 0 && !syn {
		list = append(list, layers.TCPOption{OptionType: layers.TCPOptionKindSACK, OptionLength: 10, OptionData: make([]byte, 8)})
	}
	return list
}

// stack is a link layer and a network layer, with the ports of a connection.
type stack struct {
	under
	over
	ports [2]layers.TCPPort
}

// kind is what the link layer says that follows.
func (s *stack) kind() layers.EthernetType {
	if s.ends[0].To4() != nil {
		return layers.EthernetTypeIPv4
	}
	return layers.EthernetTypeIPv6
}

func serialized(t *testing.T, parts ...gopacket.SerializableLayer) []byte {
	t.Helper()
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, parts...); err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(b.Bytes())
}

// packet makes the packet of a segment. That gopacket reads it back shows that the test is right.
func (s *stack) packet(t *testing.T, r *rand.Rand, f *flow) []byte {
	t.Helper()
	ip := s.ip(r, s.ends[f.dir], s.ends[1-f.dir])
	tcp := s.tcp(t, r, f, ip[0].(gopacket.NetworkLayer))
	parts := append(append(s.below(s.kind()), ip...), tcp, gopacket.Payload(f.data))
	data := serialized(t, parts...)
	p := gopacket.NewPacket(data, s.first, gopacket.Default)
	if part := p.Layer(gopacket.LayerTypeFragment); part != nil { // it looks into no fragment, be it all of the packet
		p = gopacket.NewPacket(part.LayerContents(), layers.LayerTypeTCP, gopacket.Default)
	}
	back, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
	if !ok || p.ErrorLayer() != nil || !bytes.Equal(back.Payload, f.data) || back.Seq != f.seq {
		t.Fatalf("%s, %s: gopacket does not read what it wrote: %v", s.under.name, s.over.name, p)
	}
	return data
}

func (s *stack) tcp(t *testing.T, r *rand.Rand, f *flow, ip gopacket.NetworkLayer) *layers.TCP {
	t.Helper()
	tcp := &layers.TCP{SrcPort: s.ports[f.dir], DstPort: s.ports[1-f.dir], Seq: f.seq, Ack: f.ack, Window: 0xffff,
		SYN: f.flags&flagSYN != 0, FIN: f.flags&flagFIN != 0, ACK: f.flags&flagACK != 0, Options: options(r, f.flags&flagSYN != 0)}
	if err := tcp.SetNetworkLayerForChecksum(ip); err != nil {
		t.Fatal(err)
	}
	return tcp
}

// fragments makes the packet of a segment in two fragments.
func (s *stack) fragments(t *testing.T, r *rand.Rand, f *flow) [2][]byte {
	t.Helper()
	src, dst := s.ends[f.dir], s.ends[1-f.dir]
	var ip gopacket.NetworkLayer = ipv4(r, src, dst)
	if s.kind() == layers.EthernetTypeIPv6 {
		ip = ipv6(layers.IPProtocolTCP, src, dst)
	}
	whole := serialized(t, s.tcp(t, r, f, ip), gopacket.Payload(f.data))
	const at = 16 // within the header
	id := r.Uint32()
	var out [2][]byte
	for i, part := range [2][]byte{whole[:at], whole[at:]} {
		parts := s.below(s.kind())
		if v4, ok := ip.(*layers.IPv4); ok {
			head := *v4
			head.Id, head.FragOffset = uint16(id), uint16(i*at/8)
			if i == 0 {
				head.Flags = layers.IPv4MoreFragments
			}
			parts = append(parts, &head)
		} else {
			parts = append(parts, ipv6(layers.IPProtocolIPv6Fragment, src, dst),
				&layers.IPv6Fragment{NextHeader: layers.IPProtocolTCP, FragmentOffset: uint16(i * at / 8), MoreFragments: i == 0, Identification: id})
		}
		out[i] = serialized(t, append(parts, gopacket.Payload(part))...)
	}
	return out
}

// container is a file format.
type container struct {
	name  string
	write func(t *testing.T, w io.Writer, link LinkType, packets [][]byte, at func(i int) time.Time)
}

// infoOf is what gopacket wants to know of a packet.
func infoOf(at time.Time, p []byte) gopacket.CaptureInfo {
	return gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(p), Length: len(p)}
}

// classic has gopacket write a pcap file.
func classic(make func(io.Writer) *pcapgo.Writer) func(*testing.T, io.Writer, LinkType, [][]byte, func(int) time.Time) {
	return func(t *testing.T, out io.Writer, link LinkType, packets [][]byte, at func(int) time.Time) {
		w := make(out)
		if err := w.WriteFileHeader(1<<16, layers.LinkType(link)); err != nil {
			t.Fatal(err)
		}
		for i, p := range packets {
			if err := w.WritePacket(infoOf(at(i), p), p); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// swapped turns a pcap file of gopacket into that of a big-endian machine.
func swapped(make func(io.Writer) *pcapgo.Writer) func(*testing.T, io.Writer, LinkType, [][]byte, func(int) time.Time) {
	return func(t *testing.T, out io.Writer, link LinkType, packets [][]byte, at func(int) time.Time) {
		var file bytes.Buffer
		classic(make)(t, &file, link, packets, at)
		swap := func(sizes ...int) {
			for _, size := range sizes {
				b := file.Next(size)
				slices.Reverse(b)
				_, _ = out.Write(b)
			}
		}
		swap(4, 2, 2, 4, 4, 4, 4) // the header of the file
		for file.Len() > 0 {
			n := int(binary.LittleEndian.Uint32(file.Bytes()[8:])) // captured bytes
			swap(4, 4, 4, 4)
			_, _ = out.Write(file.Next(n))
		}
	}
}

var containers = []container{
	{"pcap, microseconds", classic(pcapgo.NewWriter)},
	{"pcap, nanoseconds", classic(pcapgo.NewWriterNanos)},
	{"pcap, microseconds, big-endian", swapped(pcapgo.NewWriter)},
	{"pcap, nanoseconds, big-endian", swapped(pcapgo.NewWriterNanos)},
	{"pcapng", func(t *testing.T, out io.Writer, link LinkType, packets [][]byte, at func(int) time.Time) {
		w, err := pcapgo.NewNgWriter(out, layers.LinkType(link))
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range packets {
			if err := w.WritePacket(infoOf(at(i), p), p); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}},
	{"pcapng, microseconds, big-endian", func(_ *testing.T, out io.Writer, link LinkType, packets [][]byte, at func(int) time.Time) {
		o := binary.BigEndian
		_, _ = out.Write(append(sectionOf(o), interfaceOf(o, uint16(link))...))
		for i, p := range packets {
			_, _ = out.Write(packetOf(o, 0, uint64(at(i).UnixMicro()), p, uint32(len(p))))
		}
	}},
}
