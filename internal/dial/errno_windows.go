package dial

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows"
)

// classifyErrno tells the kind of a Winsock error, or nothing.
func classifyErrno(err error) Kind {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return ""
	}
	switch errno {
	case windows.WSAECONNREFUSED:
		return KindRefused
	case windows.WSAECONNRESET, windows.WSAECONNABORTED:
		return KindReset
	case windows.WSAEHOSTUNREACH, windows.WSAENETUNREACH, windows.WSAEHOSTDOWN, windows.WSAENETDOWN,
		windows.WSAEADDRNOTAVAIL, windows.WSAEAFNOSUPPORT:
		return KindUnreachable
	case windows.WSAETIMEDOUT:
		return KindTimeout
	case windows.WSAEACCES:
		return KindPermission
	}
	return ""
}
