package verify

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// sameAnswers holds what is found with a memory, and where only faults are asked for, against what is found without.
func sameAnswers(t *testing.T, name string, req Request, m *Memory) {
	t.Helper()
	want := Verify(req)
	req.Memory = m
	got := Verify(req)
	if got.Verdict != want.Verdict || !reflect.DeepEqual(got.Findings, want.Findings) || !slices.Equal(got.Path.Failed, want.Path.Failed) {
		t.Errorf("%s: %s and %+v with a memory, %s and %+v without", name, got.Verdict, got.Findings, want.Verdict, want.Findings)
	}
	req.OnlyFaults = true
	got = Verify(req)
	faults := slices.DeleteFunc(slices.Clone(want.Findings), func(f finding.Finding) bool { return !f.Asks() })
	if got.Verdict != want.Verdict || got.Trusted != want.Trusted || !slices.EqualFunc(got.Findings, faults, func(a, b finding.Finding) bool { return reflect.DeepEqual(a, b) }) {
		t.Errorf("%s: %s and the faults %+v, %s and %+v where all is asked for", name, got.Verdict, got.Findings, want.Verdict, faults)
	}
}

func TestAMemoryChangesNoFinding(t *testing.T) {
	m := NewMemory()
	requests := ways(t)
	for range 2 { // what was learned from one is used for the others, then for all
		for i, req := range requests {
			for _, rules := range AllRules() {
				req.Rules = rules
				sameAnswers(t, fmt.Sprint("way ", i, " by ", rules), req, m)
			}
		}
	}
}

func TestAMemoryChangesNoFindingOfAnyMixOfMutations(t *testing.T) {
	m, random := NewMemory(), rand.New(rand.NewPCG(6, 28))
	for range 200 {
		b, names := randomChain(t, random, mutations())
		sameAnswers(t, fmt.Sprint(names), b.request, m)
	}
}

func TestAMemoryChangesNoFindingOfPKITS(t *testing.T) {
	dir, cases := pkitsCases(t)
	m := NewMemory()
	for _, c := range cases {
		sameAnswers(t, c.Name, c.request(t, dir), m)
	}
}

func TestAMemoryChangesNoFindingOfLimbo(t *testing.T) {
	m := NewMemory()
	for _, c := range testpeer.Limbo(t) {
		sameAnswers(t, c.ID, limboRequest(t, &c), m)
	}
}

func TestGoroutinesLearnTogether(t *testing.T) {
	m, requests := NewMemory(), ways(t)
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range requests {
				req := requests[(i+g*len(requests)/4)%len(requests)]
				want := Verify(req).Verdict
				req.Memory = m
				if got := Verify(req).Verdict; got != want {
					t.Errorf("%s, and %s without a memory", got, want)
				}
			}
		})
	}
	all.Wait()
}

func TestAMemoryKnowsIssuersAndWhatTheySigned(t *testing.T) {
	b := plainPlan(2).build(t)
	b.request.Memory = NewMemory()
	Verify(b.request)
	m := b.request.Memory
	for i, der := range b.all {
		if _, ok := m.certificates.Get(sha256.Sum256(der)); ok != (i > 0) {
			t.Errorf("certificate %d is known: %t", i, ok)
		}
		if i > 0 {
			err, ok := m.signatures.Get(signing{sha256.Sum256(b.all[i-1]), sha256.Sum256(der)})
			if err != nil || !ok {
				t.Errorf("the signature of certificate %d is known: %t, %v", i-1, ok, err)
			}
		}
	}
	hash := sha256.Sum256(b.all[1])
	clear(b.all[1]) // it was a part of a message; what is remembered is a copy
	if f, ok := m.certificates.Get(hash); !ok || sha256.Sum256(f.Raw) != hash {
		t.Error("what is remembered has changed")
	}
}

// A list of names of two bytes each takes many times its size.
func TestACertificateWithManyNamesWeighsWhatItTakes(t *testing.T) {
	p := plainPlan(1)
	p.certs[1].template.DNSNames = slices.Repeat([]string{"a"}, 5000)
	der := p.make(t)[1]
	f := (*Memory)(nil).read(der)
	if got, least := f.weight(), len(f.names)*int(reflect.TypeFor[cert.GeneralName]().Size()); len(f.names) != 5000 || got < least {
		t.Errorf("%d names weigh %d, less than %d", len(f.names), got, least)
	}
}
