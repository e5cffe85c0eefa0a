package render

import (
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// rendered is Markdown as GitHub's own renderer, cmark-gfm, makes HTML of it, read by a parser of HTML.
func rendered(t *testing.T, markdown string) *html.Node {
	t.Helper()
	c := exec.Command(testpeer.Need(t, "cmark-gfm"), "--unsafe", "-e", "table", "-e", "autolink", "-e", "strikethrough", "-e", "tagfilter", "-e", "tasklist")
	c.Stdin = strings.NewReader(markdown)
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(strings.NewReader(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// walk visits the nodes of a document.
func walk(n *html.Node, visit func(*html.Node)) {
	visit(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, visit)
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	walk(n, func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	})
	return b.String()
}

// ourElements are the elements that we write, or Markdown that we write.
var ourElements = " html head body h2 h3 p ul li table thead tbody tr th td code span br strong em a details summary "

func TestMarkdownShowsWordsAndMeansNothingElse(t *testing.T) {
	for name, run := range runs(t) {
		cells := map[string]bool{}
		doc := rendered(t, audited(t, "markdown", run, 1, AuditOptions{}))
		walk(doc, func(n *html.Node) {
			switch {
			case n.Type == html.CommentNode, n.Type == html.ElementNode && !strings.Contains(ourElements, " "+n.Data+" "):
				t.Errorf("%s: <%s>", name, n.Data)
			case n.Type == html.TextNode && len(n.Data) > 1 && strings.ContainsAny(n.Data, "@#"):
				t.Errorf("%s: %q may mention somebody, or something", name, n.Data)
			case n.Data == "a" && n.Type == html.ElementNode && !strings.HasPrefix(attribute(n, "href"), "https://www.rfc-editor.org/rfc/rfc"):
				t.Errorf("%s: a link to %q", name, attribute(n, "href"))
			case n.Data == "tr" && n.Type == html.ElementNode:
				count := 0
				for c := n.FirstChild; c != nil; c = c.NextSibling {
					count += count1(c.Data == "td" || c.Data == "th")
				}
				if count != 6 && count != 8 {
					t.Errorf("%s: a row of %d cells: %q", name, count, textOf(n))
				}
			case n.Data == "code" && n.Type == html.ElementNode:
				cells[textOf(n)] = true
			}
		})
		if name != "sample" {
			continue
		}
		for i, words := range hostileWords {
			if want := safetext.Visible(words); !cells[want] && i%8 != 5 {
				t.Errorf("%q is not shown as it is", want)
			}
		}
	}
}

func TestMarkdownIsShortEnoughForAComment(t *testing.T) {
	run := sampleRun(t)
	for range 200 {
		run.Targets = append(run.Targets, run.Targets[0], run.Targets[2])
	}
	got := audited(t, "markdown", run, 1, AuditOptions{})
	if len(got) > 65536 {
		t.Errorf("%d bytes", len(got))
	}
	if !strings.Contains(got, " left out, to keep this short enough") {
		t.Error("it does not say that something is missing")
	}
	if open, closed := strings.Count(got, "<details>"), strings.Count(got, "</details>"); open != closed {
		t.Errorf("%d are opened, %d closed", open, closed)
	}
}

func TestHelpOfSARIFRulesMeansNothingElse(t *testing.T) {
	run := sampleRun(t)
	run.Targets = []policy.Report{run.Targets[2]}
	for _, rule := range sarifOf(t, run, AuditOptions{}).Tool.Driver.Rules {
		walk(rendered(t, rule.Help.Markdown), func(n *html.Node) {
			if n.Type == html.ElementNode && !strings.Contains(" html head body p code span ", " "+n.Data+" ") {
				t.Errorf("<%s> in %q", n.Data, rule.Help.Markdown)
			}
		})
	}
}
