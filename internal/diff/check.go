package diff

import "github.com/tlsprobe/tlsprobe/internal/trace"

// CheckSchema names the version of [CheckDocument]. What it fixes changes only with a new number.
const CheckSchema = "tlsprobe.check/1"

// CheckDocument is how servers compare with a lock.
type CheckDocument struct {
	Schema    string          `json:"schema"`
	Tool      trace.Tool      `json:"tool"`
	Lock      string          `json:"lock"` // the file, as given
	Endpoints []CheckEndpoint `json:"endpoints"`
}

// CheckEndpoint is one server of a lock.
type CheckEndpoint struct {
	Target  string       `json:"target"`
	State   CheckState   `json:"state"`
	Error   *trace.Error `json:"error"`   // why it was not reached; null where it was
	Facts   []string     `json:"facts"`   // what was compared
	Changes []Change     `json:"changes"` // since it was locked
}

// CheckState is what became of a server.
type CheckState string

// The states, the gravest last.
const (
	CheckSame       CheckState = "same"
	CheckChanged    CheckState = "changed"   // neither can be said, or better
	CheckNotReached CheckState = "unreached" // nothing is known
	CheckWorse      CheckState = "worse"     // in some respect
)

// CheckTrace compares a server as it is now with what it is held to. A server that was not reached is never as it was.
func CheckTrace(e *LockedEndpoint, t *trace.Trace) CheckEndpoint {
	out := CheckEndpoint{Target: e.Target, State: CheckSame, Facts: []string{}, Changes: []Change{}}
	for _, f := range e.Facts {
		out.Facts = append(out.Facts, f.Key)
	}
	switch t.Outcome {
	case trace.Network, trace.Interrupted, trace.Internal:
		out.State, out.Error = CheckNotReached, t.Error
		return out
	}
	out.Changes = e.Check(t)
	for i := range out.Changes {
		if out.Changes[i].Verdict() == Worse {
			out.State = CheckWorse
			return out
		}
		out.State = CheckChanged
	}
	return out
}
