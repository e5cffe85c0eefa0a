package dial

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"
)

// Kind tells failures apart. Its values are public: they stand in the trace document.
type Kind string

// The kinds of failure.
const (
	KindNameNotFound  Kind = "name_not_found" // the name does not exist, or has no address
	KindLookupFailed  Kind = "lookup_failed"  // no answer could be had, a later try may succeed
	KindLookupTimeout Kind = "lookup_timeout" // the resolver did not answer in time
	KindNoAddress     Kind = "no_address"     // the name has no address of the family asked for
	KindRefused       Kind = "refused"        // nothing listens on the port
	KindReset         Kind = "reset"          // the connection was reset while it was made
	KindUnreachable   Kind = "unreachable"    // no route to the host or network
	KindTimeout       Kind = "timeout"        // no answer to the SYN in time
	KindPermission    Kind = "permission"     // this system forbids the connection
	KindCanceled      Kind = "canceled"       // interrupted
	KindOther         Kind = "connect_failed" // anything else
	KindAbandoned     Kind = "abandoned"      // another address answered first; only in Attempt
)

// Error is a failed lookup or connection.
type Error struct {
	Kind Kind
	// Host and Port are the target, or what ConnectTo put in its place.
	Host string
	Port uint16
	// Addr is the address whose failure gave the kind; not valid for a lookup.
	Addr netip.AddrPort
	// Elapsed is the time spent on what failed.
	Elapsed time.Duration
	// Attempts are all that were made.
	Attempts []Attempt
	// Family is the family that was asked for.
	Family Family
	// Err is the cause.
	Err error
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Error implements error: what was attempted, on what, and what came back.
func (e *Error) Error() string {
	if e.isLookup() {
		return "looking up " + e.Host + ": " + e.lookupReason()
	}
	target := joinHostPort(e.Host, e.Port)
	if len(e.Attempts) == 0 {
		return "connecting to " + target + ": " + reason(e.Kind, e.Elapsed, e.Err)
	}
	if len(e.Attempts) == 1 {
		a := e.Attempts[0]
		if a.Addr.String() == target {
			return "connecting to " + target + ": " + reason(a.Kind, a.Duration, a.Err)
		}
		return fmt.Sprintf("connecting to %s (%s): %s", target, a.Addr, reason(a.Kind, a.Duration, a.Err))
	}
	const shown = 4
	parts := make([]string, 0, shown+1)
	for i, a := range e.Attempts {
		if i == shown {
			parts = append(parts, fmt.Sprintf("and %d more", len(e.Attempts)-shown))
			break
		}
		parts = append(parts, fmt.Sprintf("%s: %s", a.Addr, reason(a.Kind, a.Duration, a.Err)))
	}
	return "connecting to " + target + ": no address answered (" + strings.Join(parts, "; ") + ")"
}

func (e *Error) isLookup() bool {
	switch e.Kind {
	case KindNameNotFound, KindLookupFailed, KindLookupTimeout, KindNoAddress:
		return true
	}
	return e.Port == 0
}

func (e *Error) lookupReason() string {
	switch e.Kind {
	case KindNameNotFound:
		return "no such host"
	case KindLookupTimeout:
		return "no answer from the resolver within " + roundTime(e.Elapsed)
	case KindNoAddress:
		return "it has no " + e.Family.String() + " address"
	case KindCanceled:
		return "interrupted"
	}
	var dns *net.DNSError
	if errors.As(e.Err, &dns) {
		return cause(dns.Err)
	}
	return cause(e.Err.Error())
}

// reason words what happened to one connection attempt.
func reason(k Kind, elapsed time.Duration, err error) string {
	switch k {
	case KindRefused:
		return "connection refused"
	case KindReset:
		return "connection reset by peer"
	case KindUnreachable:
		return "unreachable"
	case KindTimeout:
		return "no answer within " + roundTime(elapsed)
	case KindCanceled:
		return "interrupted"
	case KindPermission:
		return "not permitted by this system"
	}
	if err == nil {
		return "failed"
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		err = op.Err
	}
	return cause(err.Error())
}

// cause makes the words of another package fit to stand in a sentence of ours.
func cause(s string) string { return clip(strings.TrimSuffix(s, ".")) }

func roundTime(d time.Duration) string {
	if d >= time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// Hint says what to try, or is empty.
func (e *Error) Hint() string {
	switch e.Kind {
	case KindNameNotFound:
		if !strings.Contains(e.Host, ".") {
			return "give the full name of the host, or its address"
		}
		return "check the spelling; --connect-to ADDR reaches a host whose name is not in the DNS"
	case KindLookupFailed, KindLookupTimeout:
		return "the resolver of this machine may be out of reach; --connect-to ADDR does without it"
	case KindNoAddress:
		return fmt.Sprintf("leave out %s to use the addresses it has", e.Family.flag())
	case KindRefused:
		if e.Addr.Addr().IsUnspecified() {
			return fmt.Sprintf("%s is what a filtering resolver answers for a name it blocks", e.Addr.Addr())
		}
		return fmt.Sprintf("the host is up and nothing listens on port %d: check the port and that the server runs", e.Port)
	case KindReset:
		return "something between here and the host, or its firewall, ended the connection"
	case KindUnreachable:
		if e.Addr.Addr().Is6() {
			return "there is no route to it from here; this machine may have no IPv6, try -4"
		}
		return "there is no route to it from here: check the network and the address"
	case KindTimeout:
		return "a firewall may drop the packets; check host and port, or allow more with --timeout"
	case KindPermission:
		return "a local firewall or sandbox forbids it"
	}
	return ""
}

// classifyLookup tells the kind of a failed lookup. Our own deadline is looked at first, since
// the resolver words it in several ways.
func classifyLookup(ctx context.Context, err error) Kind {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return KindCanceled
	case ctx.Err() != nil:
		return KindLookupTimeout
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		switch {
		case dns.IsNotFound:
			return KindNameNotFound
		case dns.IsTimeout:
			return KindLookupTimeout
		}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return KindLookupTimeout
	}
	return KindLookupFailed
}

// classifyConnect tells the kind of a failed connection attempt.
func classifyConnect(ctx context.Context, err error) Kind {
	if k := classifyErrno(err); k != "" {
		return k
	}
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return KindCanceled
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return KindTimeout
	case errors.As(err, &timeout) && timeout.Timeout():
		return KindTimeout
	case errors.Is(err, fs.ErrPermission):
		return KindPermission
	}
	return KindOther
}

// weightOf orders kinds by how much they tell about the peer: of several failed addresses, the one
// that something answered for says more than the one that has no route from here.
func weightOf(k Kind) int {
	for i, known := range [...]Kind{KindOther, KindUnreachable, KindPermission, KindTimeout, KindReset, KindRefused, KindCanceled} {
		if k == known {
			return i
		}
	}
	return -1
}
