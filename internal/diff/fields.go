package diff

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/explain"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// comparer compares the fields of one message with those of its counterpart.
type comparer struct {
	*comparison
	group *Group
	// told are the paths that a change of a fact stands for.
	told []string
}

// fields compares two fields that stand for each other.
func (c *comparer) fields(a, b trace.Fields, path string) {
	if c.isTold(path) || bytes.Equal(a.Raw(), b.Raw()) && a.Node().Kind == b.Node().Kind {
		return
	}
	class := classOf(path)
	if !c.all {
		switch class {
		case explain.GREASE, explain.Derived, explain.Time:
			c.pass(path, class)
			return
		}
		if belowPresence(path) {
			c.pass(path, explain.Time)
			return
		}
	}
	switch {
	case isValue(a) != isValue(b):
		c.change(path, Changed, class, summaryOf(a), summaryOf(b))
	case isValue(a):
		c.values(a, b, path, class)
	case isList(a) || isList(b):
		c.list(a, b, path)
	default:
		c.named(a, b, path)
	}
}

// values compares two leaves. The fresh ones differ only if they do in shape.
func (c *comparer) values(a, b trace.Fields, path string, class explain.Class) {
	x, y := a.Code(), b.Code()
	switch {
	case x != nil && y != nil && x.GREASE && y.GREASE && !c.all:
		return
	case class == explain.Ephemeral && !c.all:
		c.shapes(a, b, path)
		return
	}
	c.change(path, Changed, class, wordOf(a), wordOf(b))
}

// shapes compares what is fresh each time.
func (c *comparer) shapes(a, b trace.Fields, path string) {
	if k := a.Node().Kind; k == wire.Uint || k == wire.Code {
		c.pass(path, explain.Ephemeral)
		return
	}
	m, n := len(a.Bytes()), len(b.Bytes())
	if m == n || m > 0 && n > 0 && comparesPresence(path) {
		c.pass(path, explain.Ephemeral)
		return
	}
	c.change(path, Changed, explain.Ephemeral, sizeWord(m), sizeWord(n))
}

func sizeWord(n int) string {
	if n == 0 {
		return "empty"
	}
	return strconv.Itoa(n) + "B"
}

func isList(f trace.Fields) bool {
	for range f.Items() {
		return true
	}
	return false
}

// keyed is a child with what it is aligned by.
type keyed struct {
	field trace.Fields
	key   string
	step  string // of the path, with a dot in front of a name
}

// named compares the children of a struct or a block of extensions, aligned by their names. The order of extensions means nothing but
// for pre_shared_key, which comes last (RFC 8446, Section 4.2): it is told, and no difference.
func (c *comparer) named(a, b trace.Fields, path string) {
	left, right := childrenOf(a), childrenOf(b)
	p := pair(keysOf(left), keysOf(right))
	for _, at := range p.merged(len(left), len(right)) {
		c.member(left, right, at, path)
	}
	if len(p.outOfIt) > 0 {
		c.order(left, right, p, path, c.all)
	}
}

// childrenOf returns the children of a struct.
func childrenOf(f trace.Fields) []keyed {
	var list []keyed
	counts := make(map[string]int)
	for child := range f.Children() {
		n := child.Node()
		key := n.Name
		if isGREASEName(key) {
			key = grease
		}
		counts[key]++
		list = append(list, keyed{child, withOrdinal(key, counts[key]), "." + withOrdinal(n.Name, int(n.Ord))})
	}
	return list
}

// isGREASEName tells the step of an extension with a reserved number: 0x?a?a. RFC 8701, Section 2.
func isGREASEName(name string) bool {
	return len(name) == 6 && strings.HasPrefix(name, "0x") && name[3] == 'a' && name[5] == 'a' && name[2] == name[4]
}

func keysOf(list []keyed) []string {
	keys := make([]string, len(list))
	for i := range list {
		keys[i] = list[i].key
	}
	return keys
}

// member compares what stands at one place of two aligned lists.
func (c *comparer) member(left, right []keyed, at [2]int, path string) {
	switch i, j := at[0], at[1]; {
	case i < 0:
		c.lone(right[j].field, path+right[j].step, Added)
	case j < 0:
		c.lone(left[i].field, path+left[i].step, Removed)
	default:
		c.fields(left[i].field, right[j].field, path+right[j].step)
	}
}

// lone tells of a field that only one of the two has.
func (c *comparer) lone(f trace.Fields, path string, kind Kind) {
	class := classOf(path)
	if c.isTold(path) {
		return
	}
	if class == explain.Derived && !c.all && isValue(f) {
		c.pass(path, class)
		return
	}
	text := summaryOf(f)
	if class == explain.Ephemeral && isValue(f) {
		text = sizeWord(len(f.Bytes()))
	}
	if kind == Added {
		c.add(path, Change{Kind: Added, B: &text, Class: class.String(), Counts: true})
	} else {
		c.add(path, Change{Kind: Removed, A: &text, Class: class.String(), Counts: true})
	}
}

// list compares lists by the values of their members.
func (c *comparer) list(a, b trace.Fields, path string) {
	if strings.HasSuffix(path, ".certificate_list") {
		c.certificates(a, b, path)
		return
	}
	left, right := itemsOf(a, path), itemsOf(b, path)
	p := pair(keysOf(left), keysOf(right))
	var gone, fresh []string
	for _, at := range p.merged(len(left), len(right)) {
		if word, ok := wordAt(left, at[0]); at[1] < 0 && ok {
			gone = append(gone, word)
		} else if word, ok := wordAt(right, at[1]); at[0] < 0 && ok {
			fresh = append(fresh, word)
		} else {
			c.member(left, right, at, path)
		}
	}
	c.words(gone, path, Removed)
	c.words(fresh, path, Added)
	if len(p.outOfIt) > 0 {
		c.order(left, right, p, path, true)
	}
}

// wordAt returns an item that is a value, or holds one and nothing else, in a word.
func wordAt(list []keyed, i int) (string, bool) {
	if i < 0 {
		return "", false
	}
	f := list[i].field
	if parts := partsOf(f); !isValue(f) && len(parts) == 1 {
		f = parts[0]
	}
	return wordOf(f), isValue(f)
}

// words tells of the values that only one of two lists has, all at once.
func (c *comparer) words(list []string, path string, kind Kind) {
	const most = 12
	if len(list) == 0 {
		return
	}
	text := strings.Join(list[:min(len(list), most)], ", ")
	if len(list) > most {
		text += fmt.Sprintf(" and %d more", len(list)-most)
	}
	ch := Change{Label: listLabel(path), Kind: kind, Class: classOf(path + "[0]").String(), Counts: true}
	if text = clip(text); kind == Added {
		ch.B = &text
	} else {
		ch.A = &text
	}
	c.add(path, ch)
}

// listLabel is what a list is called: the extension that it is all of, or its own name.
func listLabel(path string) string {
	label := labelOf(path)
	if i := strings.LastIndexByte(label, '.'); i >= 0 && strings.Contains(path, ".extensions.") {
		return label[:i]
	}
	return label
}

// itemsOf returns the items of a list with what they are aligned by.
func itemsOf(f trace.Fields, path string) []keyed {
	var list []keyed
	ephemeral := classOf(path+"[0]") == explain.Ephemeral
	for item := range f.Items() {
		i := int(item.Node().Index)
		list = append(list, keyed{item, itemKey(item, i, ephemeral), "[" + strconv.Itoa(i) + "]"})
	}
	return list
}

// itemKey is what an item is known by: its value, or the code that it begins with; the place of one that is fresh each time.
func itemKey(item trace.Fields, i int, ephemeral bool) string {
	if code := item.Code(); code != nil {
		return codeKey(code)
	}
	if ephemeral {
		return "#" + strconv.Itoa(i)
	}
	for child := range item.Children() {
		if code := child.Code(); code != nil {
			return codeKey(code)
		}
		break
	}
	return "=" + string(item.Raw())
}

func codeKey(code *trace.Code) string {
	if code.GREASE {
		return grease
	}
	return strconv.FormatUint(code.Value, 10)
}

// order tells which members stand elsewhere.
func (c *comparer) order(left, right []keyed, p pairing, path string, counts bool) {
	const most = 3
	var was, is []string
	for n, k := range p.outOfIt {
		if n == most {
			is = append(is, fmt.Sprintf("and %d more", len(p.outOfIt)-n))
			break
		}
		q := p.pairs[k]
		name := itemName(right[q[1]])
		was = append(was, fmt.Sprintf("%s at %d", name, q[0]+1))
		is = append(is, fmt.Sprintf("%s at %d", name, q[1]+1))
	}
	x, y := clip(strings.Join(was, ", ")), clip(strings.Join(is, ", "))
	c.add(path, Change{Label: listLabel(path), Kind: Moved, A: &x, B: &y, Class: classOf(path).String(), Counts: counts, Why: unless(counts, WhyOrder)})
}

func itemName(k keyed) string {
	if strings.HasPrefix(k.step, ".") {
		return clip(k.step[1:])
	}
	return summaryOf(k.field)
}

// change adds a change of a value.
func (c *comparer) change(path string, kind Kind, class explain.Class, a, b string) {
	if a == b { // what differs is no part of what is shown: say at least that it does
		b += " (other bytes)"
	}
	c.add(path, Change{Kind: kind, A: &a, B: &b, Class: class.String(), Counts: true})
}

// add adds a change to the group, if its path is selected.
func (c *comparer) add(path string, ch Change) {
	ch.Path = path
	if ch.Label == "" {
		ch.Label = labelOf(path)
	}
	if !c.all && len(c.follow) > 0 && anyCovers(c.follow, stepsOf(path)) {
		ch.Counts, ch.Why = false, WhyFollows
	}
	c.comparison.add(c.group, ch)
}

// maxPassed bounds the names of fields that differ without a difference.
const maxPassed = 16

// pass notes a field whose difference is none.
func (c *comparer) pass(path string, class explain.Class) {
	if class == explain.Derived {
		return
	}
	name := path[strings.LastIndexByte(path, '.')+1:]
	if name == "bytes" {
		return
	}
	if len(c.group.Passed) < maxPassed && !slices.Contains(c.group.Passed, name) && c.selector.selects(path) {
		c.group.Passed = append(c.group.Passed, clip(name))
	}
}

// isTold reports whether a fact has told what there is to say about a path.
func (c *comparer) isTold(path string) bool {
	for _, t := range c.told {
		if strings.HasPrefix(path, t) && (len(path) == len(t) || path[len(t)] == '.' || path[len(t)] == '[') {
			return true
		}
	}
	return false
}

// labelOf is a short name of a path within its message: without the message and the block of extensions.
func labelOf(path string) string {
	_, rest := cutStep(path)
	rest = strings.TrimPrefix(rest, "extensions.")
	if rest == "" {
		return path
	}
	return clip(rest)
}
