package verify

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// Store is a set of roots. It is indexed by subject without reading the certificates: only those
// that a chain names are ever parsed. A Store may be used by several at once.
type Store struct {
	name    string
	origin  string
	date    time.Time
	note    string
	roots   []root
	bySubj  map[string][]int32 // by the subject's DER
	skipped int                // entries that are no certificates

	// rest reads what wasn't read at once, since most chains do without it: the directories beside a file. nil for nothing.
	rest     func() ([]root, string)
	restOnce sync.Once
	full     *Store

	canonical sync.Once
	byCanon   map[string][]int32 // by the subject's canonical form, made when a name isn't found as it stands
}

// root is one certificate of a store.
type root struct {
	der []byte
	// constraint is what X.509 can't express, such as a date after which nothing issued counts; nil for none.
	constraint func([]*x509.Certificate) error
}

// storeTooOld is the age from which a store is said to be old.
const storeTooOld = 400 * 24 * time.Hour

// newStore indexes roots by subject. What has no subject is counted and left out.
func newStore(name, origin string, date time.Time, roots []root) *Store {
	s := &Store{name: name, origin: origin, date: date, roots: roots, bySubj: make(map[string][]int32, len(roots))}
	backing := make([]int32, len(roots)) // one allocation for the lists of one
	for i := range roots {
		subject, err := cert.RawSubjectOf(roots[i].der)
		if err != nil {
			s.skipped++
			continue
		}
		backing[i] = int32(i)
		if same, ok := s.bySubj[string(subject)]; ok {
			s.bySubj[string(subject)] = append(same, int32(i))
			continue
		}
		s.bySubj[string(subject)] = backing[i : i+1 : i+1]
	}
	return s
}

// Of returns a store of the given certificates in DER, for callers that have them at hand. The slices must not change.
func Of(name string, certificates ...[]byte) *Store {
	roots := make([]root, len(certificates))
	for i, der := range certificates {
		roots[i].der = der
	}
	return newStore(name, "", time.Time{}, roots)
}

// Name returns what the store is called: "system", "bundled", or the file's name.
func (s *Store) Name() string { return s.name }

// Origin returns where the roots were read: a path, or the module's name; empty for a store made in memory.
func (s *Store) Origin() string { return s.origin }

// Date returns when the roots were put together: the file's modification time, or the bundle's date; zero if it isn't known.
func (s *Store) Date() time.Time { return s.date }

// Note returns what there is to say about the store, such as why it isn't the one that was asked for; often empty.
func (s *Store) Note() string { return s.note }

// Count returns the number of certificates that were read.
func (s *Store) Count() int {
	if s == nil {
		return 0
	}
	return len(s.roots) - s.skipped
}

// Skipped returns the number of entries that are no certificates.
func (s *Store) Skipped() int { return s.skipped }

// String returns the store in a few words: "bundled roots, 2026-10-30".
func (s *Store) String() string {
	if s == nil {
		return "no roots"
	}
	text := "roots of " + s.name
	if s.Public() {
		text = s.name + " roots"
	}
	if !s.date.IsZero() {
		text += s.date.UTC().Format(", 2006-01-02")
	}
	return text
}

// Public reports whether the roots are those that systems and browsers trust: nobody's own.
func (s *Store) Public() bool { return s != nil && (s.name == systemName || s.name == bundledName) }

// age says how old the store is at a time, if it is worth saying.
func (s *Store) age(now time.Time) string {
	if s == nil || s.date.IsZero() || now.Sub(s.date) < storeTooOld {
		return ""
	}
	return fmt.Sprintf("; these roots are %d months old", int(now.Sub(s.date).Hours()/24/30))
}

// whole returns the store with what wasn't read at first; s itself if that is nothing.
func (s *Store) whole() *Store {
	if s == nil || s.rest == nil {
		return s
	}
	s.restOnce.Do(func() {
		s.full = s
		seen := make(map[string]bool, len(s.roots))
		for _, r := range s.roots {
			seen[string(r.der)] = true
		}
		roots := slices.Clip(s.roots)
		more, origin := s.rest()
		for _, r := range more {
			if !seen[string(r.der)] {
				seen[string(r.der)] = true
				roots = append(roots, r)
			}
		}
		if len(roots) > len(s.roots) {
			s.full = newStore(s.name, s.origin+string(filepath.ListSeparator)+origin, s.date, roots)
		}
	})
	return s.full
}

// find returns the indexes of the roots with a subject.
func (s *Store) find(subject cert.Name) []int32 {
	if s == nil {
		return nil
	}
	if found, ok := s.bySubj[string(subject.Raw)]; ok {
		return found
	}
	s.canonical.Do(s.indexCanonical)
	return s.byCanon[subject.Canonical()]
}

func (s *Store) indexCanonical() {
	s.byCanon = make(map[string][]int32, len(s.bySubj))
	for raw, indexes := range s.bySubj {
		key := cert.Name{Raw: []byte(raw)}.Canonical()
		s.byCanon[key] = append(s.byCanon[key], indexes...)
	}
}

// contains returns the index of a certificate in the store, -1 if it isn't there.
func (s *Store) contains(c *cert.Certificate) int32 {
	if s == nil {
		return -1
	}
	for _, i := range s.bySubj[string(c.Subject.Raw)] {
		if bytes.Equal(s.roots[i].der, c.Raw) {
			return i
		}
	}
	return -1
}
