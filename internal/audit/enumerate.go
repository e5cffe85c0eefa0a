package audit

import (
	"context"
	"io"
	"net/netip"
	"sync"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// Options is what an enumeration is made with.
type Options struct {
	Target  dial.Target
	Input   string // the target as it was given
	SNI     string // the name to ask for; empty: none
	Dialer  dial.Dialer
	Timeout time.Duration // of each connection, until it is aborted
	PerHost int           // connections at once, at least 1
	Rate    float64       // connections begun in a second; 0: as many as go
	Rand    io.Reader
	Now     func() time.Time
	At      time.Time // the clock of verification
	Tool    trace.Tool
	// Roots gives the trusted roots, when there is a chain to verify; it is called once at most. Nil: there are none.
	Roots func() (*verify.Store, error)
	// Basics leaves it at protocols, suites and groups.
	Basics bool
	// Other is another address of the name, whose session is offered at this one. Not valid: there is none, or none is to be asked.
	Other netip.AddrPort

	fromAnother bool // Other is the next address of the name, if there is one
	// Record is given the trace of each connection once it is over, with its number in the document: one at a time, from the
	// goroutine that made the connection. A connection that was given up once it had answered has the outcome unknown. Nil:
	// nothing is recorded, which costs nothing.
	Record func(connection int, t *trace.Trace)
}

// enumeration is one under way. Each branch writes what is its own.
type enumeration struct {
	Options
	sni    string
	server *server

	ssl2     Answer
	versions [len(versions)]*versionFacts // as versions
	features features
}

// Enumerate asks the endpoint everything. The error is why it could not be reached at all; once it was,
// there is a document, and what could not be found out is in it as unknown.
func Enumerate(ctx context.Context, o Options) (*Document, error) {
	d, _, err := enumerate(ctx, o, 0)
	return d, err
}

// enumerate also returns the other addresses that the name has. Its connections are numbered on from those that were made before.
func enumerate(ctx context.Context, o Options, before int) (*Document, []netip.AddrPort, error) {
	start := o.Now()
	o.PerHost = max(o.PerHost, 1)
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	s := &server{
		target: o.Target, dialer: o.Dialer, timeout: o.Timeout, rand: &lockedReader{r: o.Rand},
		pace: newPace(o.PerHost, o.Rate, o.Now), publics: make(map[iana.Group]map[string]int), before: before,
	}
	s.dialer.Now = o.Now
	if o.Roots != nil {
		o.Roots = sync.OnceValues(o.Roots) // every chain is verified by the same
	}
	if o.Record != nil {
		s.recorder = &recorder{options: &o}
	}
	others, err := s.locate(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer s.close()
	if o.fromAnother && !o.Other.IsValid() && len(others) > 0 {
		o.Other = others[0]
	}
	e := &enumeration{Options: o, sni: o.SNI, server: s}
	e.askVersions(ctx)
	e.askOrders(ctx)
	if e.newest() != 0 && !o.Basics {
		e.askFeatures(ctx)
	}
	d := e.document(start)
	d.Cost.Ms = o.Now().Sub(start).Milliseconds()
	return d, others, nil
}

// askVersions enumerates the versions side by side.
func (e *enumeration) askVersions(ctx context.Context) {
	together([]func(){
		func() { e.versions[0] = e.newVersion(ctx) },
		func() { e.versions[1] = e.oldVersion(ctx, iana.TLS12) },
		func() { e.deprecated(ctx) },
		func() { e.ssl2 = e.askSSL2(ctx) },
	})
}

// deprecated enumerates TLS 1.1 and what is older. A hello of TLS 1.1 asks for all of them: who answers
// it with protocol_version has none. RFC 5246, Appendix E.1.
func (e *enumeration) deprecated(ctx context.Context) {
	const newest = 2 // of the versions: TLS 1.1
	first := e.server.ask(ctx, e.base(versions[newest]))
	if first.outcome == refused && first.hasAlert && first.alert == iana.AlertProtocolVersion {
		f := e.oldVersionFrom(ctx, versions[newest], first)
		e.versions[newest] = f
		for i, v := range versions[newest+1:] {
			older := &versionFacts{version: v, support: f.support, listed: f.listed}
			older.support.Reason += ", to a hello of " + f.version.String() + " and older"
			e.versions[newest+1+i] = older
		}
		return
	}
	branches := []func(){func() { e.versions[newest] = e.oldVersionFrom(ctx, versions[newest], first) }}
	for i := newest + 1; i < len(versions); i++ {
		branches = append(branches, func() { e.versions[i] = e.oldVersion(ctx, versions[i]) })
	}
	together(branches)
}

// askOrders finds out the groups before TLS 1.3, and whose order of suites counts where the groups do not tell as well.
func (e *enumeration) askOrders(ctx context.Context) {
	v, suites := e.withCurves()
	branches := []func(){func() {
		if v != 0 {
			e.features.groups = e.groupsBefore13(ctx, v, suites)
		}
		if f := e.facts(v); f != nil && f.prefers == "" {
			e.suiteOrder(ctx, f)
		}
	}}
	for _, f := range e.versions {
		if f.prefers == "" && f.version != v {
			branches = append(branches, func() { e.suiteOrder(ctx, f) })
		}
	}
	together(branches)
}

// together runs branches side by side; the pace bounds their connections.
func together(branches []func()) {
	var wg sync.WaitGroup
	for _, b := range branches {
		wg.Go(b)
	}
	wg.Wait()
}

// facts returns what was found out about a version.
func (e *enumeration) facts(v iana.Version) *versionFacts {
	for i := range versions {
		if versions[i] == v {
			return e.versions[i]
		}
	}
	return nil
}

// has reports whether a version was seen.
func (e *enumeration) has(v iana.Version) bool { return e.facts(v).support.Status == Yes }

// newestOld is the newest version before TLS 1.3; 0 where there is none.
func (e *enumeration) newestOld() iana.Version {
	for _, v := range versions[1:] {
		if e.has(v) {
			return v
		}
	}
	return 0
}

// newest is the newest version; 0 where there is none.
func (e *enumeration) newest() iana.Version {
	if e.has(iana.TLS13) {
		return iana.TLS13
	}
	return e.newestOld()
}

// lockedReader lets several connections read the same randomness.
type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

// Read implements io.Reader.
func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}
