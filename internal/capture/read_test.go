package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"testing"
	"time"
)

// The bytes here are written out after the drafts, by hand: they share nothing with a writer of ours.

type order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// block is a block of pcapng in a byte order.
func block(o order, kind uint32, body []byte) []byte {
	body = append(body, make([]byte, (4-len(body)%4)%4)...)
	b := o.AppendUint32(nil, kind)
	b = o.AppendUint32(b, uint32(12+len(body)))
	b = append(b, body...)
	return o.AppendUint32(b, uint32(12+len(body)))
}

func sectionOf(o order) []byte {
	b := o.AppendUint32(nil, 0x1a2b3c4d)
	b = o.AppendUint32(b, 1) // version 1.0, in either order 1 stands in one half
	return block(o, 0x0a0d0d0a, append(b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
}

func interfaceOf(o order, link uint16, options ...byte) []byte {
	b := o.AppendUint16(nil, link)
	b = append(b, 0, 0, 0, 0, 4, 0)
	return block(o, 1, append(b, options...))
}

func packetOf(o order, id uint32, count uint64, data []byte, wire uint32) []byte {
	b := o.AppendUint32(nil, id)
	b = o.AppendUint32(b, uint32(count>>32))
	b = o.AppendUint32(b, uint32(count))
	b = o.AppendUint32(b, uint32(len(data)))
	b = o.AppendUint32(b, wire)
	return block(o, 6, append(b, data...))
}

func readAll(t *testing.T, file []byte) (list []Block, err error) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	for {
		var b Block
		if err := r.Next(&b); err != nil {
			return list, err
		}
		b.Packet.Data, b.Secrets = bytes.Clone(b.Packet.Data), bytes.Clone(b.Secrets)
		list = append(list, b)
	}
}

func TestPcapngOfEitherByteOrderIsRead(t *testing.T) {
	for _, o := range []order{binary.LittleEndian, binary.BigEndian} {
		nano := []byte{0, 9, 0, 1, 9, 0, 0, 0, 0, 14, 0, 8, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0} // if_tsresol 9, if_tsoffset 10
		if o == order(binary.LittleEndian) {
			nano = []byte{9, 0, 1, 0, 9, 0, 0, 0, 14, 0, 8, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
		}
		file := sectionOf(o)
		file = append(file, interfaceOf(o, 1)...)
		file = append(file, interfaceOf(o, 276, nano...)...)
		file = append(file, block(o, 0x0bad, []byte("some block of the future"))...)
		file = append(file, packetOf(o, 0, 1_500_000, []byte("abc"), 3)...)
		secrets := o.AppendUint32(nil, 0x544c534b)
		secrets = append(o.AppendUint32(secrets, 5), "keys\n"...)
		file = append(file, block(o, 10, secrets)...)
		file = append(file, packetOf(o, 1, 2_000_000_007, []byte("defg"), 90)...)
		file = append(file, block(o, 3, append(o.AppendUint32(nil, 2), "hi"...))...)
		other := order(binary.BigEndian)
		if o == other {
			other = binary.LittleEndian
		}
		file = append(file, sectionOf(other)...) // of the other order, with interfaces of its own
		file = append(file, interfaceOf(other, 101)...)
		file = append(file, packetOf(other, 0, 7, []byte("x"), 1)...)
		list, err := readAll(t, file)
		if !errors.Is(err, io.EOF) || len(list) != 5 {
			t.Fatalf("%v: %d blocks, %v", o, len(list), err)
		}
		p := list[0].Packet
		if p.Link != LinkEthernet || string(p.Data) != "abc" || p.Cut != 0 || !p.Time.Equal(time.Unix(1, 500_000_000)) {
			t.Errorf("%v: %+v", o, p)
		}
		if string(list[1].Secrets) != "keys\n" {
			t.Errorf("%v: secrets %q", o, list[1].Secrets)
		}
		if p = list[2].Packet; p.Link != LinkCooked2 || p.Cut != 86 || !p.Time.Equal(time.Unix(12, 7)) {
			t.Errorf("%v: %+v", o, p)
		}
		if p = list[3].Packet; string(p.Data) != "hi" || p.Link != LinkEthernet {
			t.Errorf("%v: %+v", o, p)
		}
		if p = list[4].Packet; p.Link != LinkRaw || string(p.Data) != "x" {
			t.Errorf("%v: %+v", o, p)
		}
	}
}

func TestPcapOfEveryMagicIsRead(t *testing.T) {
	for _, c := range []struct {
		order order
		magic uint32
		unit  time.Duration
	}{
		{binary.LittleEndian, 0xa1b2c3d4, time.Microsecond}, {binary.BigEndian, 0xa1b2c3d4, time.Microsecond},
		{binary.LittleEndian, 0xa1b23c4d, time.Nanosecond}, {binary.BigEndian, 0xa1b23c4d, time.Nanosecond},
	} {
		file := c.order.AppendUint32(nil, c.magic)
		file = c.order.AppendUint16(c.order.AppendUint16(file, 2), 4)
		file = append(file, make([]byte, 8)...)
		file = c.order.AppendUint32(c.order.AppendUint32(file, 96), 113)
		for _, v := range []uint32{5, 6, 3, 70} {
			file = c.order.AppendUint32(file, v)
		}
		file = append(file, "abc"...)
		list, err := readAll(t, file)
		if !errors.Is(err, io.EOF) || len(list) != 1 {
			t.Fatalf("%#x: %d blocks, %v", c.magic, len(list), err)
		}
		if p := list[0].Packet; string(p.Data) != "abc" || p.Cut != 67 || p.Link != LinkCooked || !p.Time.Equal(time.Unix(5, 6*int64(c.unit))) {
			t.Errorf("%#x: %+v", c.magic, p)
		}
		for n := range len(file) {
			if _, err := readAll(t, file[:n]); n > 24 && !errors.Is(err, ErrCut) || n < 4 && !errors.Is(err, ErrNotCapture) {
				t.Errorf("%#x: of %d bytes: %v", c.magic, n, err)
			}
		}
	}
}

func TestWhatIsNoCaptureIsToldFromADamagedOne(t *testing.T) {
	le := binary.LittleEndian
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"nothing":              {nil, ErrNotCapture},
		"text":                 {[]byte("GET / HTTP/1.0\r\n"), ErrNotCapture},
		"gzip":                 {[]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"), ErrNotCapture},
		"no interface":         {append(sectionOf(le), packetOf(le, 0, 0, []byte("abc"), 3)...), ErrDamaged},
		"length not of fours":  {append(sectionOf(le), 1, 0, 0, 0, 13, 0, 0, 0), ErrDamaged},
		"packet beyond block":  {append(append(sectionOf(le), interfaceOf(le, 1)...), block(le, 6, append(make([]byte, 12), 200, 0, 0, 0, 200, 0, 0, 0))...), ErrDamaged},
		"secrets beyond block": {append(sectionOf(le), block(le, 10, []byte{0x4b, 0x53, 0x4c, 0x54, 99, 0, 0, 0})...), ErrDamaged},
		"promises 4 GB":        {append(sectionOf(le), 6, 0, 0, 0, 0xfc, 0xff, 0xff, 0xff), ErrDamaged},
		"cut":                  {append(sectionOf(le), 1, 0, 0, 0, 32, 0, 0, 0, 1, 0), ErrCut},
	} {
		if _, err := readAll(t, c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// tcpTo is a segment of "hello" to port 443.
var tcpTo = append([]byte{0x9c, 0x40, 0x01, 0xbb, 0, 0, 0, 9, 0, 0, 0, 8, 0x50, 0x18, 0, 0, 0, 0, 0, 0}, "hello"...)

func ip4(payload []byte) []byte {
	b := []byte{0x45, 0, 0, byte(20 + len(payload)), 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}
	return append(b, payload...)
}

func ip6(next byte, payload []byte) []byte {
	b := []byte{0x60, 0, 0, 0, 0, byte(len(payload)), next, 64}
	b = append(b, netip.MustParseAddr("2001:db8::1").AsSlice()...)
	b = append(b, netip.MustParseAddr("2001:db8::2").AsSlice()...)
	return append(b, payload...)
}

func joined(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestSegmentsAreFoundUnderEveryLinkLayer(t *testing.T) {
	macs := make([]byte, 12)
	padded := append(ip4(tcpTo), 0, 0, 0) // Ethernet pads short frames
	hop := []byte{6, 0, 1, 4, 0, 0, 0, 0}
	for name, c := range map[string]struct {
		link LinkType
		data []byte
	}{
		"Ethernet":           {LinkEthernet, joined(macs, []byte{8, 0}, padded)},
		"VLAN":               {LinkEthernet, joined(macs, []byte{0x81, 0, 0, 5, 8, 0}, ip4(tcpTo))},
		"QinQ":               {LinkEthernet, joined(macs, []byte{0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 0x86, 0xdd}, ip6(6, tcpTo))},
		"raw":                {LinkRaw, ip4(tcpTo)},
		"raw, IPv6":          {LinkRaw, ip6(6, tcpTo)},
		"loopback":           {LinkNull, joined([]byte{2, 0, 0, 0}, ip4(tcpTo))},
		"loopback, IPv6":     {LinkNull, joined([]byte{30, 0, 0, 0}, ip6(6, tcpTo))},
		"cooked":             {LinkCooked, joined(make([]byte, 14), []byte{8, 0}, ip4(tcpTo))},
		"cooked 2":           {LinkCooked2, joined([]byte{8, 0}, make([]byte, 18), ip4(tcpTo))},
		"cooked 2, VLAN":     {LinkCooked2, joined([]byte{0x81, 0}, make([]byte, 18), []byte{0, 5, 8, 0}, ip4(tcpTo))},
		"extension headers":  {LinkRaw, ip6(0, joined([]byte{60}, hop[1:], hop, tcpTo))},
		"an atomic fragment": {LinkRaw, ip6(44, joined([]byte{6, 0, 0, 0, 1, 2, 3, 4}, tcpTo))},
	} {
		t.Run(name, func(t *testing.T) {
			var s segment
			if v := s.parse(&Packet{Link: c.link, Data: c.data}); v != isTCP {
				t.Fatalf("verdict %d", v)
			}
			if string(s.data) != "hello" || s.to.Port() != 443 || s.from.Port() != 40000 || s.seq != 9 || s.ack != 8 || s.cut != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestWhatIsNoSegmentIsNamed(t *testing.T) {
	fragment := ip4(tcpTo)
	fragment[6] = 0x20
	udp := ip4(tcpTo)
	udp[9] = 17
	for name, c := range map[string]struct {
		p    Packet
		want verdict
	}{
		"a fragment":             {Packet{Link: LinkRaw, Data: fragment}, isFragment},
		"a fragment of IPv6":     {Packet{Link: LinkRaw, Data: ip6(44, joined([]byte{6, 0, 0, 1, 1, 2, 3, 4}, tcpTo))}, isFragment},
		"UDP":                    {Packet{Link: LinkRaw, Data: udp}, isOther},
		"ARP":                    {Packet{Link: LinkEthernet, Data: joined(make([]byte, 12), []byte{8, 6}, make([]byte, 28))}, isOther},
		"half a header":          {Packet{Link: LinkRaw, Data: ip4(tcpTo)[:15]}, isMalformed},
		"half a header of TCP":   {Packet{Link: LinkRaw, Data: ip4(tcpTo)[:30]}, isMalformed},
		"Bluetooth":              {Packet{Link: 201, Data: ip4(tcpTo)}, isForeign},
		"nothing":                {Packet{Link: LinkRaw}, isOther},
		"headers without an end": {Packet{Link: LinkRaw, Data: ip6(0, bytes.Repeat([]byte{0, 0, 0, 0, 0, 0, 0, 0}, 20))}, isMalformed},
	} {
		var s segment
		if got := s.parse(&c.p); got != c.want {
			t.Errorf("%s: verdict %d, want %d", name, got, c.want)
		}
	}
	var s segment
	if v := s.parse(&Packet{Link: LinkRaw, Data: ip4(tcpTo)[:42]}); v != isTCP || string(s.data) != "he" || s.cut != 3 {
		t.Errorf("cut by the snapshot length: verdict %d, %q, %d missing", v, s.data, s.cut)
	}
}

func TestKeyLogLinesThatAreNoneAreCounted(t *testing.T) {
	random := bytes.Repeat([]byte("0a"), 32)
	master := bytes.Repeat([]byte("0b"), 48)
	var k KeyLog
	k.Add(joined([]byte("# comment\n\nCLIENT_RANDOM "), random, []byte(" "), master, []byte("\r\nFUTURE_LABEL "), random, []byte(" 00\nnonsense\nCLIENT_RANDOM "),
		random, []byte(" 00\nCLIENT_RANDOM 00 00\n")))
	if k.Len() != 1 || k.Strange != 3 {
		t.Errorf("%d secrets, %d strange lines", k.Len(), k.Strange)
	}
	if s := k.Secret(bytes.Repeat([]byte{10}, 32), "CLIENT_RANDOM"); len(s) != 48 || s[0] != 11 {
		t.Errorf("the secret is %x", s)
	}
	if k.Secret(bytes.Repeat([]byte{9}, 32), "CLIENT_RANDOM") != nil || k.Secret(nil, "CLIENT_RANDOM") != nil {
		t.Error("a secret of another connection is given out")
	}
}

func TestFilterSelectsByEndAndByName(t *testing.T) {
	ends := [2]netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:40000"), netip.MustParseAddrPort("[2001:db8::2]:443")}
	name := "Example.com"
	for text, want := range map[string]bool{
		":443": true, ":80": false, "10.0.0.1": true, "10.0.0.1:40000": true, "10.0.0.1:443": false, "2001:db8::2": true,
		"[2001:db8::2]:443": true, "example.com": true, "example.com:443": true, "example.org:443": false,
	} {
		f, err := ParseFilter(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got := f.matches(ends) && f.named(&name); got != want {
			t.Errorf("%s selects: %t", text, got)
		}
	}
	for _, text := range []string{"", ":", "host:", "host:0", "host:99999", "a b"} {
		if _, err := ParseFilter(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
