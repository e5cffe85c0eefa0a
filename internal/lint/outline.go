package lint

import (
	"fmt"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// version wants version 3, which alone has extensions, and no unique identifiers.
func version(s *subject, _ *Options) (verdict, fault) {
	switch {
	case s.Version != 3:
		return breach, fault{message: fmt.Sprintf("is a certificate of version %d", s.Version), expected: "version 3", actual: fmt.Sprintf("version %d", s.Version)}
	case s.IssuerUniqueID != nil || s.SubjectUniqueID != nil:
		return breach, fault{message: "has a unique identifier, which nobody may issue", expected: "none", actual: "a unique identifier",
			ref: "RFC 5280, Section 4.1.2.8"}
	}
	return fine, fault{}
}

// serialNumber wants a positive number of at most 20 octets.
func serialNumber(s *subject, _ *Options) (verdict, fault) {
	const most = 20
	n := s.Serial
	zeros := 0
	for zeros < len(n) && n[zeros] == 0 {
		zeros++
	}
	f := fault{expected: fmt.Sprintf("a positive number of at most %d octets", most)}
	switch {
	case len(n) == 0:
		f.message, f.actual = "has no serial number", "none"
	case n[0] >= 0x80:
		f.message, f.actual = "has a negative serial number", fmt.Sprintf("a negative number of %d octets", len(n))
	case zeros == len(n):
		f.message, f.actual = "has the serial number zero", "0"
	case len(n) > most:
		f.message, f.actual = fmt.Sprintf("has a serial number of %d octets", len(n)), fmt.Sprintf("%d octets", len(n))
	default:
		return fine, fault{}
	}
	return breach, f
}

// serialEntropy wants room for 64 random bits. Whether they are random can't be seen.
func serialEntropy(s *subject, _ *Options) (verdict, fault) {
	const least = 8
	if len(s.Serial) >= least {
		return fine, fault{}
	}
	return breach, fault{message: fmt.Sprintf("has a serial number of %d octets: too short for 64 random bits", len(s.Serial)),
		expected: fmt.Sprintf("%d octets or more", least), actual: fmt.Sprintf("%d octets", len(s.Serial))}
}

// validityEncoding wants UTCTime up to 2049 and GeneralizedTime from 2050, each in its one form, and the end after the beginning.
func validityEncoding(s *subject, _ *Options) (verdict, fault) {
	for i, t := range [...]*cert.Time{&s.NotBefore, &s.NotAfter} {
		field, want, size := [...]string{"notBefore", "notAfter"}[i], cert.TagUTCTime, len("YYMMDDHHMMSSZ")
		if t.IsZero() {
			return breach, fault{message: "has a " + field + " that is no time", expected: "a time", actual: fmt.Sprintf("%q", t.Raw[:min(len(t.Raw), 40)])}
		}
		if t.Year() >= 2050 {
			want, size = cert.TagGeneralizedTime, len("YYYYMMDDHHMMSSZ")
		}
		switch {
		case t.Tag != want:
			return breach, fault{message: "has a " + field + " in " + t.Format("2006") + " that is a " + t.Tag.String(), expected: want.String(), actual: t.Tag.String()}
		case len(t.Raw) != size || t.Raw[size-1] != 'Z':
			return breach, fault{message: "has a " + field + " in an odd form", expected: "whole seconds and Z", actual: fmt.Sprintf("%q", t.Raw[:min(len(t.Raw), 40)])}
		}
	}
	if s.NotAfter.Before(s.NotBefore.Time) {
		return breach, fault{message: "ends before it begins: it is never valid",
			expected: "a notAfter after " + s.NotBefore.Format(time.RFC3339), actual: s.NotAfter.Format(time.RFC3339)}
	}
	return fine, fault{}
}

const day = 24 * time.Hour

// maxPeriods are how long a server's certificate may be valid, by when it was issued. Before version 2.0, of the Baseline
// Requirements: versions 1.5.7 (825 days) and 1.7.1 (398 days).
var maxPeriods = [...]struct {
	from string
	days int
}{
	{"2029-03-15", 47}, {"2027-03-15", 100}, {"2026-03-15", 200}, {"2020-09-01", 398}, {"2018-03-01", 825},
}

// validityPeriod compares the period with the longest that was allowed when the certificate was issued. Both ends belong to it.
func validityPeriod(s *subject, _ *Options) (verdict, fault) {
	if s.NotBefore.IsZero() || s.NotAfter.IsZero() {
		return unconcerned, fault{}
	}
	issued := s.NotBefore.Format(time.DateOnly)
	for _, p := range maxPeriods {
		if issued < p.from {
			continue
		}
		// Years of four digits may lie further apart than a Duration reaches, so seconds are compared.
		seconds := s.NotAfter.Unix() - s.NotBefore.Unix() + 1
		if seconds <= int64(p.days)*int64(day/time.Second) {
			return fine, fault{}
		}
		days := (seconds-1)/int64(day/time.Second) + 1
		return breach, fault{message: fmt.Sprintf("is valid for %d days, begun on %s", days, issued),
			expected: fmt.Sprintf("at most %d days, as it was issued on or after %s", p.days, p.from), actual: fmt.Sprintf("%d days", days)}
	}
	return unconcerned, fault{}
}
