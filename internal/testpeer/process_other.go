//go:build !linux

package testpeer

import "syscall"

// diesWithParent asks for nothing: there is no portable way.
func diesWithParent() *syscall.SysProcAttr { return nil }
