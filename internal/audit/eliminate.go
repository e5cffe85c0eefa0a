package audit

import "slices"

// choice is something that the server chose, and the connection that shows it.
type choice[T comparable] struct {
	value      T
	connection int
	answer     answer
}

// eliminate asks with all, then without what was chosen, until the server chooses nothing more: what is
// left it does not have. A server with an order of its own shows it, and one that follows the client
// shows the client's. It returns the answer that ended it.
func eliminate[T comparable](all []T, try func([]T) answer, chosen func(*answer) (T, bool)) (found []choice[T], end answer) {
	rest := slices.Clone(all)
	for len(rest) > 0 {
		end = try(rest)
		if end.outcome != accepted {
			return found, end
		}
		v, ok := chosen(&end)
		at := slices.Index(rest, v)
		if !ok || at < 0 {
			end.outcome, end.reason = ambiguous, "its answer does not say what it chose"
			return found, end
		}
		found = append(found, choice[T]{v, end.connection, end})
		rest = slices.Delete(rest, at, at+1)
	}
	return found, answer{outcome: refused, reason: "everything there is was chosen", connection: end.connection}
}

func values[T comparable](found []choice[T]) []T {
	list := make([]T, len(found))
	for i, c := range found {
		list[i] = c.value
	}
	return list
}

// Preference is whose order decides what is chosen.
type Preference string

// The preferences.
const (
	PreferServer  Preference = "server"
	PreferClient  Preference = "client"
	PreferUnknown Preference = "unknown"
	PreferNone    Preference = "none" // there is nothing to choose from
)

// whose asks with what was found, the last place first, and sees whether that decides. first tells what
// must not lead, as servers may make an exception for it.
func whose[T comparable](found []T, exception func(T) bool, try func([]T) answer, chosen func(*answer) (T, bool)) (Preference, answer) {
	if len(found) < 2 {
		return PreferNone, answer{outcome: accepted}
	}
	list := slices.Clone(found)
	slices.Reverse(list)
	// The first place of the server must not lead, or a choice of it would say nothing.
	if at := slices.IndexFunc(list[:len(list)-1], func(v T) bool { return !exception(v) }); at > 0 {
		v := list[at]
		list = slices.Insert(slices.Delete(list, at, at+1), 0, v)
	}
	a := try(list)
	v, ok := chosen(&a)
	switch {
	case a.outcome != accepted || !ok:
		return PreferUnknown, a
	case v == list[0]:
		return PreferClient, a
	}
	return PreferServer, a
}
