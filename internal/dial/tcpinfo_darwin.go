package dial

import (
	"time"

	"golang.org/x/sys/unix"
)

// tcpInfo reads TCP_CONNECTION_INFO; its times are in milliseconds.
func tcpInfo(fd uintptr) (TCPInfo, bool) {
	in, err := unix.GetsockoptTCPConnectionInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_CONNECTION_INFO)
	if err != nil {
		return TCPInfo{}, false
	}
	return TCPInfo{
		RTT:         time.Duration(in.Srtt) * time.Millisecond,
		RTTVar:      time.Duration(in.Rttvar) * time.Millisecond,
		Retransmits: in.Txretransmitpackets,
		MSS:         in.Maxseg,
	}, true
}
