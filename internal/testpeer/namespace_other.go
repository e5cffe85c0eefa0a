//go:build !linux

package testpeer

import (
	"errors"
	"net"
)

// namespace stands for what only Linux has.
type namespace struct{}

var errNoNamespace = errors.New("there are network namespaces on Linux only")

func newNamespace() (*namespace, error)              { return nil, errNoNamespace }
func (*namespace) run(func() error) error            { return errNoNamespace }
func (*namespace) dial(string) (*net.TCPConn, error) { return nil, errNoNamespace }
func (*namespace) close()                            {}
