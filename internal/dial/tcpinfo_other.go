//go:build !linux && !darwin

package dial

// tcpInfo has nothing to ask here.
func tcpInfo(uintptr) (TCPInfo, bool) { return TCPInfo{}, false }
