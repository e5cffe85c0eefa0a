package lint

import (
	"slices"
	"strconv"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// Role is what a certificate does in its path.
type Role uint8

// The roles.
const (
	Leaf         Role = iota // the peer's own
	Intermediate             // between the leaf and the root
	Root                     // what the path ends in: of the store, or sent and self-signed
)

// Subject is a certificate to be looked at, as it stands in its path.
type Subject struct {
	Cert  *cert.Certificate
	Role  Role
	Where finding.Where
	Sent  bool // by the peer; else it is from the store, and nobody but its authority can change it
}

// Options say what the certificates are held to. The zero value is the profile of RFC 5280, as advice.
type Options struct {
	// Strict makes a failure of a breach where the lint's row says so. Otherwise all are warnings.
	Strict bool
	// Server has the lints about servers' certificates apply, and the Baseline Requirements where they differ from RFC 5280.
	Server bool
	// Public has the lints apply that only concern public authorities: set it where the path ends in a root of a public store.
	// It has no effect without Server.
	Public bool
	// OnlyFaults leaves out the findings that don't ask for anything, see [finding.Finding.Asks].
	OnlyFaults bool
}

// maxPerLint is how many certificates one lint tells of.
const maxPerLint = 8

// Check makes every lint, in the order of finding.Lints. There is at least one finding for each, unless only faults are wanted: pass
// if all certificates that it concerns are in order, skip if it concerns none, else one for each certificate that is in breach, or
// in which what the lint looks at can't be read.
func Check(subjects []Subject, o Options) []finding.Finding {
	read := make([]subject, len(subjects))
	for i := range subjects {
		read[i].read(&subjects[i])
	}
	rows := finding.Lints()
	var out []finding.Finding
	if !o.OnlyFaults {
		out = slices.Grow(out, len(rows)+maxPerLint)
	}
	for i := range table {
		out = table[i].check(out, &rows[i], read, &o)
	}
	if o.OnlyFaults {
		out = slices.DeleteFunc(out, func(f finding.Finding) bool { return !f.Asks() }) // what is worth knowing and no breach
	}
	return out
}

// fault is what a lint found wrong.
type fault struct {
	message          string // what the certificate is or does; its name comes before it
	expected, actual string
	ref              string // instead of the row's
	note             bool   // worth knowing, and no breach
	advice           bool   // a warning also where the lint is strict
}

// verdict is what a lint comes to for one certificate.
type verdict uint8

const (
	unconcerned verdict = iota // there is nothing to look at
	fine
	breach
)

// tally is which certificates a lint has met that it found nothing wrong with.
type tally struct {
	there      bool // one with such a role
	fine       int
	selfIssued bool // one that is left out, for no authority made it
}

// check makes one lint on all certificates.
func (l *lint) check(out []finding.Finding, row *finding.Lint, subjects []subject, o *Options) []finding.Finding {
	if why := l.scope.outside(o); why != "" {
		if o.OnlyFaults {
			return out
		}
		return append(out, skipped(row, why))
	}
	begin := len(out)
	out, t := l.faults(out, row, subjects, o)
	switch {
	case len(out) > begin || o.OnlyFaults:
		return out
	case t.fine > 0:
		return append(out, passed(row, countCertificates(t.fine)))
	case t.selfIssued:
		return append(out, skipped(row, "the certificate is self-issued: no authority made it"))
	case !t.there:
		return append(out, skipped(row, l.roles.missing()))
	}
	return append(out, skipped(row, l.none))
}

// faults looks for what is wrong with each certificate that the lint concerns.
func (l *lint) faults(out []finding.Finding, row *finding.Lint, subjects []subject, o *Options) (_ []finding.Finding, t tally) {
	begin := len(out)
	for i := range subjects {
		s := &subjects[i]
		if l.roles&(1<<s.role) == 0 {
			continue
		}
		t.there = true
		if l.scope != everywhere && s.role == Leaf && !o.Strict && s.selfIssued() {
			t.selfIssued = true
			continue
		}
		v, f := l.look(s, o)
		unreadable, cannot := s.unreadableOf(l.reads)
		switch {
		case v == breach:
			out = append(out, f.finding(row, s, o))
		case cannot:
			out = append(out, s.unknown(row, unreadable))
		case v == fine:
			t.fine++
		}
		if len(out)-begin == maxPerLint {
			break
		}
	}
	return out, t
}

// finding makes a finding of a fault.
func (f *fault) finding(row *finding.Lint, s *subject, o *Options) finding.Finding {
	out := of(row)
	out.Message, out.Expected, out.Actual, out.Where = s.label()+" "+f.message, f.expected, f.actual, s.where
	if f.ref != "" {
		out.Ref = f.ref
	}
	switch {
	case f.note:
		out.Status, out.Severity = finding.Info, finding.None
	case o.Strict && !f.advice && row.Strict&o.rules() != 0:
		out.Status, out.Severity = finding.Fail, finding.High
	}
	if s.role == Root && !s.sent {
		out.Fix = "only the authority can change its root: use a chain to another one"
	}
	return out
}

func (o *Options) rules() finding.Strictness {
	if o.Server {
		return finding.StrictBaseline
	}
	return finding.StrictProfile
}

// unknown is the finding that what a lint looks at can't be read.
func (s *subject) unknown(row *finding.Lint, id cert.ID) finding.Finding {
	out := of(row)
	out.Status, out.Severity, out.Where, out.Fix = finding.Unknown, finding.None, s.where, ""
	out.Message = "the " + id.Name() + " of " + s.label() + " can't be read"
	return out
}

func of(row *finding.Lint) finding.Finding {
	return finding.Finding{ID: string(row.ID), Status: row.Status, Severity: row.Severity, Message: row.Meaning, Ref: row.Ref, Fix: row.Fix}
}

func passed(row *finding.Lint, message string) finding.Finding {
	return finding.Finding{ID: string(row.ID), Status: finding.Pass, Message: message, Ref: row.Ref}
}

func skipped(row *finding.Lint, why string) finding.Finding {
	return finding.Finding{ID: string(row.ID), Status: finding.Skip, Message: why, Ref: row.Ref}
}

func countCertificates(n int) string {
	switch n {
	case 1:
		return "1 certificate"
	case 2:
		return "2 certificates"
	case 3:
		return "3 certificates"
	}
	return strconv.Itoa(n) + " certificates"
}
