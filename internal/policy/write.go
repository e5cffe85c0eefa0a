package policy

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// WriteYAML writes a policy as a file that says all of it, without extending another: each rule with where it is from. What is beyond
// ASCII stands in double quotes, where escapes may take its place.
func WriteYAML(w io.Writer, p *Policy) error {
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(p.node()); err != nil {
		return fmt.Errorf("write the policy: %w", err)
	}
	return e.Close()
}

// WriteJSON writes the same as JSON, with the key schema.
func WriteJSON(w io.Writer, p *Policy) error {
	n := p.node()
	n.Content = append([]*yaml.Node{scalar("schema"), scalar(FileSchema)}, n.Content...)
	b, err := appendNode(nil, n)
	if err != nil {
		return fmt.Errorf("write the policy: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// scalar is a text, in double quotes where it is not plain ASCII.
func scalar(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		n.Style = yaml.DoubleQuotedStyle
	}
	if _, err := strconv.ParseUint(s, 10, 63); err == nil && (s == "0" || s[0] != '0') {
		n.Tag = "!!int"
	}
	return n
}

// keys is a mapping, a key behind the other; those without a value are left out.
type keys struct{ node *yaml.Node }

func newKeys(style yaml.Style) keys {
	return keys{&yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: style}}
}

func (k keys) add(key string, value *yaml.Node) {
	k.node.Content = append(k.node.Content, scalar(key), value)
}

func (k keys) text(key, value string) {
	if value != "" {
		k.add(key, scalar(value))
	}
}

func (k keys) list(key string, items []*yaml.Node) {
	if len(items) > 0 {
		k.add(key, &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: items})
	}
}

// node is the policy as the file would be.
func (p *Policy) node() *yaml.Node {
	k := newKeys(0)
	k.text("name", p.Name)
	k.text("version", p.Version)
	k.text("title", p.Title)
	k.text("date", p.Date)
	k.text("source", p.Source)
	var rules, waivers []*yaml.Node
	for i := range p.Rules {
		rules = append(rules, p.Rules[i].node())
	}
	for i := range p.Waivers {
		waivers = append(waivers, p.Waivers[i].node())
	}
	k.list("rules", rules)
	k.list("waivers", waivers)
	return k.node
}

func (r *Rule) node() *yaml.Node {
	k := newKeys(0)
	k.text("id", r.ID)
	k.text("title", r.Title)
	k.text("level", string(r.Level))
	k.text("severity", r.Severity.String())
	k.text("where", r.Where)
	k.add("expect", expectNode(r.Expect))
	var when []*yaml.Node
	for i := range r.When {
		w := newKeys(0)
		w.text("where", r.When[i].Where)
		w.add("expect", expectNode(r.When[i].Expect))
		when = append(when, w.node)
	}
	k.list("when", when)
	k.text("ref", r.Ref)
	k.text("fix", r.Fix)
	k.text("from", r.from())
	return k.node
}

// from says where a rule stands, and which one it changes.
func (r *Rule) from() string {
	place := Position{r.Position.File, r.Position.Line, 0}.String()
	if r.Base.Line > 0 {
		place += ", changes " + Position{r.Base.File, r.Base.Line, 0}.String()
	}
	return place
}

// expectNode is operators with their operands, on one line where there is room.
func expectNode(expect []Operator) *yaml.Node {
	length := 0
	for _, op := range expect {
		for _, o := range append(op.Operands, op.Those...) {
			length += len(o) + 2
		}
	}
	style := yaml.FlowStyle
	if length > 90 {
		style = 0
	}
	k := newKeys(style)
	for i := range expect {
		k.add(expect[i].Name, expect[i].node())
	}
	return k.node
}

func (op *Operator) node() *yaml.Node {
	row := operatorNamed(op.Name)
	switch {
	case row == nil || len(op.Operands) == 0:
	case row.takes == takesBefore:
		k := newKeys(0)
		k.list("these", scalars(op.Operands))
		k.list("those", scalars(op.Those))
		return k.node
	case row.takes == takesCount:
		k := newKeys(0)
		k.text("min", op.Operands[0])
		k.text("max", op.Operands[1])
		return k.node
	case row.takes == takesFlag:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: op.Operands[0]}
	case row.takes == takesOne || row.takes == takesRegexp:
		return scalar(op.Operands[0])
	}
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: scalars(op.Operands)}
}

func scalars(texts []string) (list []*yaml.Node) {
	for _, t := range texts {
		list = append(list, scalar(t))
	}
	return list
}

func (w *Waiver) node() *yaml.Node {
	k := newKeys(0)
	k.text("rule", w.Rule)
	k.text("target", w.Target)
	k.text("path", w.Path)
	k.text("reason", w.Reason)
	layout := time.RFC3339
	if w.Expires.Equal(w.Expires.Truncate(24 * time.Hour)) {
		layout = time.DateOnly
	}
	k.text("expires", w.Expires.UTC().Format(layout))
	return k.node
}

// appendNode appends a node as JSON, with texts as the documents have them.
func appendNode(b []byte, n *yaml.Node) (_ []byte, err error) {
	switch {
	case n.Kind == yaml.SequenceNode:
		b = append(b, '[')
		for i, item := range n.Content {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendNode(b, item); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case n.Kind == yaml.MappingNode:
		b = append(b, '{')
		for i, item := range n.Content {
			if i > 0 {
				b = append(b, ",:"[i%2])
			}
			if b, err = appendNode(b, item); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	case n.Tag == "!!int" || n.Tag == "!!bool":
		return append(b, n.Value...), nil
	}
	return trace.AppendDocument(b, n.Value)
}
