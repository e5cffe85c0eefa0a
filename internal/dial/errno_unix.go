//go:build unix

package dial

import (
	"errors"
	"syscall"
)

// classifyErrno tells the kind of a system error, or nothing.
func classifyErrno(err error) Kind {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return ""
	}
	switch errno {
	case syscall.ECONNREFUSED:
		return KindRefused
	case syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE:
		return KindReset
	case syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EHOSTDOWN, syscall.ENETDOWN,
		syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT:
		return KindUnreachable
	case syscall.ETIMEDOUT:
		return KindTimeout
	case syscall.EACCES, syscall.EPERM:
		return KindPermission
	}
	return ""
}
