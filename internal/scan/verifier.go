package scan

import (
	"container/list"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// Verdict is what verification came to.
type Verdict struct {
	Word     string // accept, reject or inconclusive; empty: there was nothing to verify
	Trusted  bool
	Findings []finding.Finding
}

// Verifier judges chains, and remembers its last verdicts: a list often leads to the same chain under the same name again. What was
// asked again within a minute by the clock is answered from memory. It is used by several goroutines.
type Verifier struct {
	Store *verify.Store
	Time  time.Time // of verification; zero: when it is made

	mu    sync.Mutex
	by    map[question]*list.Element
	order list.List // of answers, the one asked for last first
	size  int
}

// question is the SHA-256 of everything that a verdict depends on.
type question [sha256.Size]byte

// answer is a remembered verdict.
type answer struct {
	question question
	verdict  Verdict
	size     int
}

// maxRemembered bounds the memory of remembered verdicts, in bytes, as far as they can be weighed.
const maxRemembered = 8 << 20

// of returns what verifies the chain of one connection, and leaves the verdict in v. all asks for every finding, otherwise there are
// those that fail, warn or are unknown.
func (r *Verifier) of(hostname string, now func() time.Time, all bool, v *Verdict) func(*handshake.VerifyChain) ([]finding.Finding, bool) {
	return func(c *handshake.VerifyChain) ([]finding.Finding, bool) {
		at := r.Time
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
	if v, ok := r.recall(q); ok {
		return v
	}
	res := verify.Verify(verify.Request{
		Chain: c.Chain, Hostname: hostname, Time: at, Store: r.Store, Staples: c.Staples, SCTs: c.SCTs, Rules: verify.RulesClient,
	})
	v := Verdict{Word: res.Verdict.String(), Trusted: res.Trusted, Findings: res.Findings}
	if len(c.Chain) == 0 {
		v.Word = ""
	}
	if !all {
		v.Findings = open(res.Findings)
	}
	v.Findings = slices.Clip(v.Findings)
	r.remember(q, v)
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

func (r *Verifier) recall(q question) (Verdict, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.by[q]
	if e == nil {
		return Verdict{}, false
	}
	r.order.MoveToFront(e)
	return e.Value.(*answer).verdict, true
}

func (r *Verifier) remember(q question, v Verdict) {
	a := &answer{q, v, weigh(v.Findings)}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil {
		r.by = make(map[question]*list.Element)
	}
	if r.by[q] != nil || a.size > maxRemembered/8 {
		return
	}
	r.by[q] = r.order.PushFront(a)
	r.size += a.size
	for r.size > maxRemembered {
		last := r.order.Remove(r.order.Back()).(*answer)
		delete(r.by, last.question)
		r.size -= last.size
	}
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
