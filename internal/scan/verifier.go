package scan

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/recent"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// Verdict is what verification came to.
type Verdict struct {
	Word     string // accept, reject or inconclusive; empty: there was nothing to verify
	Trusted  bool
	Findings []finding.Finding
}

// Verifier judges chains, and remembers what it has learned: a list often leads to the same chain under the same name again, and
// oftener to the same authorities. A verdict that was asked for again within a minute by the clock is answered from memory. A
// Verifier is used by several goroutines.
type Verifier struct {
	store    *verify.Store
	time     time.Time // of verification; zero: when it is made
	memory   *verify.Memory
	verdicts *recent.Cache[question, Verdict]
}

// NewVerifier returns a Verifier that trusts the roots of a store, at a time; zero: at that of each verification.
func NewVerifier(store *verify.Store, at time.Time) *Verifier {
	return &Verifier{store: store, time: at, memory: verify.NewMemory(), verdicts: recent.New[question, Verdict](maxVerdicts)}
}

// question is the SHA-256 of everything that a verdict depends on.
type question [sha256.Size]byte

// maxVerdicts bounds the memory of remembered verdicts, in bytes, as far as they can be weighed.
const maxVerdicts = 8 << 20

// of returns what verifies the chain of one connection, and leaves the verdict in v. all asks for every finding, otherwise there are
// those that fail, warn or are unknown.
func (r *Verifier) of(hostname string, now func() time.Time, all bool, v *Verdict) func(*handshake.VerifyChain) ([]finding.Finding, bool) {
	return func(c *handshake.VerifyChain) ([]finding.Finding, bool) {
		at := r.time
		if at.IsZero() {
			at = now()
		}
		*v = r.ask(hostname, c, at, all)
		return v.Findings, v.Trusted
	}
}

// ask answers from memory or verifies.
func (r *Verifier) ask(hostname string, c *handshake.VerifyChain, at time.Time, all bool) Verdict {
	q := ask(hostname, c, at, all)
	if v, ok := r.verdicts.Get(q); ok {
		return v
	}
	res := verify.Verify(verify.Request{
		Chain: c.Chain, Hostname: hostname, Time: at, Store: r.store, Staples: c.Staples, SCTs: c.SCTs, Rules: verify.RulesClient,
		OnlyFaults: !all, Memory: r.memory,
	})
	v := Verdict{Word: res.Verdict.String(), Trusted: res.Trusted, Findings: slices.Clip(res.Findings)}
	if len(c.Chain) == 0 {
		v.Word = ""
	}
	r.verdicts.Put(q, v, weigh(v.Findings))
	return v
}

// ask sums up a question. Lengths keep its parts apart.
func ask(hostname string, c *handshake.VerifyChain, at time.Time, all bool) (q question) {
	h := sha256.New()
	number := func(n int64) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(n))
		h.Write(b[:])
	}
	text := func(b []byte) {
		number(int64(len(b)))
		h.Write(b)
	}
	number(at.Unix() / 60)
	if all {
		number(1)
	}
	text([]byte(hostname))
	for _, l := range [...][][]byte{c.Chain, c.Staples, c.SCTs} {
		number(int64(len(l)))
		for _, b := range l {
			text(b)
		}
	}
	return question(h.Sum(q[:0]))
}

// weigh estimates the memory of findings, in bytes.
func weigh(list []finding.Finding) int {
	const answer, each = 256, 256
	n := answer
	for i := range list {
		f := &list[i]
		n += each + len(f.Message) + len(f.Expected) + len(f.Actual) + len(f.Where.Path) + len(f.Fix)
	}
	return n
}
