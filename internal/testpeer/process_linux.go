package testpeer

import "syscall"

// diesWithParent makes the kernel kill the child when the test binary is killed before it can.
func diesWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
