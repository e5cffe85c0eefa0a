package policy_test

import (
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/policy"
)

func TestEveryBuiltInPolicyParses(t *testing.T) {
	for _, name := range policy.Builtins() {
		p, err := policy.Builtin(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Log(name, len(p.Rules))
	}
}
