package audit

import "slices"

// choice is something that the server chose, and the connection that shows it.
type choice[T comparable] struct {
	value      T
	connection int
	answer     answer
	offered    []T // in the order of the hello; nil where nothing follows from it
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
		found = append(found, choice[T]{value: v, connection: end.connection, answer: end})
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
	list := lastFirst(found, exception)
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

// lastFirst is what was found, the last place first.
func lastFirst[T comparable](found []T, exception func(T) bool) []T {
	list := slices.Clone(found)
	slices.Reverse(list)
	// The first place of the server must not lead, or a choice of it would say nothing.
	if at := slices.IndexFunc(list[:len(list)-1], func(v T) bool { return !exception(v) }); at > 0 {
		v := list[at]
		list = slices.Insert(slices.Delete(list, at, at+1), 0, v)
	}
	return list
}

// telling is how many choices that all follow the client are no accident any more. The hellos have
// their lists by turns forwards and backwards: no order that anybody configures goes to and fro like that.
const telling = 3

// followed tells from the choices whose order counts, and by which connection; PreferUnknown where they do not tell.
func followed[T comparable](found []choice[T]) (Preference, int) {
	all := values(found)
	told := 0
	for _, c := range found {
		if c.offered == nil {
			continue
		}
		had := slices.DeleteFunc(slices.Clone(c.offered), func(v T) bool { return !slices.Contains(all, v) })
		if len(had) < 2 {
			continue // it had no choice
		}
		if had[0] != c.value {
			return PreferServer, c.connection
		}
		told++
	}
	if told >= telling {
		return PreferClient, found[len(found)-1].connection
	}
	return PreferUnknown, 0
}
