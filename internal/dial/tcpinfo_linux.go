package dial

import (
	"time"

	"golang.org/x/sys/unix"
)

// tcpInfo reads TCP_INFO; its times are in microseconds.
func tcpInfo(fd uintptr) (TCPInfo, bool) {
	in, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return TCPInfo{}, false
	}
	info := TCPInfo{
		RTT:         time.Duration(in.Rtt) * time.Microsecond,
		RTTVar:      time.Duration(in.Rttvar) * time.Microsecond,
		Retransmits: uint64(in.Total_retrans),
		MSS:         in.Snd_mss,
		PathMTU:     in.Pmtu,
	}
	// The kernel starts the minimum at all ones, and an older one leaves it 0.
	if in.Min_rtt != ^uint32(0) {
		info.MinRTT = time.Duration(in.Min_rtt) * time.Microsecond
	}
	return info, true
}
