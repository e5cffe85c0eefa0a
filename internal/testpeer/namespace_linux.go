package testpeer

import (
	"errors"
	"fmt"
	"net"
	"runtime"

	"golang.org/x/sys/unix"
)

// namespace is a network namespace with nothing but loopback in it. It lives as long as a thread of
// ours that is in it, or a socket or process that was made there.
type namespace struct {
	work chan func()
	quit chan struct{}
}

var errNamespaceClosed = errors.New("the namespace is closed")

// newNamespace makes one. The caller needs to be root.
func newNamespace() (*namespace, error) {
	ns := &namespace{work: make(chan func()), quit: make(chan struct{})}
	failed := make(chan error)
	go func() {
		// Never unlocked: the runtime throws the thread away when this goroutine ends, so no other
		// one ever runs in the namespace.
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			failed <- fmt.Errorf("unshare: %w", err)
			return
		}
		if err := loopbackUp(); err != nil {
			failed <- err
			return
		}
		failed <- nil
		for {
			select {
			case f := <-ns.work:
				f()
			case <-ns.quit:
				return
			}
		}
	}()
	if err := <-failed; err != nil {
		return nil, err
	}
	return ns, nil
}

// loopbackUp turns on the interface lo: netdevice(7).
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	defer func() { _ = unix.Close(fd) }()
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("turning on lo: %w", err)
	}
	return nil
}

// run does something on a thread that is in the namespace; a process started there is in it too.
func (ns *namespace) run(f func() error) error {
	done := make(chan error)
	select {
	case ns.work <- func() { done <- f() }:
		return <-done
	case <-ns.quit:
		return errNamespaceClosed
	}
}

// dial connects to an address (not a name) of the namespace. A socket stays in the namespace in
// which it was made, whoever uses it.
func (ns *namespace) dial(address string) (*net.TCPConn, error) {
	to, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, err
	}
	var c *net.TCPConn
	err = ns.run(func() error {
		c, err = net.DialTCP("tcp", nil, to)
		return err
	})
	return c, err
}

// close lets the namespace go.
func (ns *namespace) close() { close(ns.quit) }
