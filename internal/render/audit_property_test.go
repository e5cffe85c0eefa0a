package render

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// pieces are what texts of the properties are made of: whatever means something in some format, and what may make it mean something.
var pieces = []string{
	"a", "w", "www", ".", "1", " ", "  ", "_", "*", "**", "`", "``", "~", "~~", "|", "\\", "\\|", "[", "]", "(", ")", "](", "<", ">", "<b>", "</code>", "<!--", "-->",
	"&", "&amp;", "&#42;", ";", "@", "@user", "#", "#1", "$", "$$", ":", ":+1:", "http://", "https://x.y/", "mailto:a@b.c", "!", "![", "-", "+", "=", "^", "{", "}", "{0}",
	"%", "%0A", "::", "::error::", ",", "'", "\"", "\n", "\r", "\t", "\x1b[0m", "\u202e", "\xff", "é", "日本", "x86-64", "TLS_RSA_*", "1. ", "- ", "> ",
}

// texts are as many texts of such pieces, the same in each run.
func texts(n int) []string {
	r := rand.New(rand.NewPCG(5, 4))
	list := make([]string, n)
	for i := range list {
		for range 1 + r.IntN(8) {
			list[i] += pieces[r.IntN(len(pieces))]
		}
	}
	return list
}

// TestAnyTextIsItselfInMarkdown puts many texts into cells, as words and as code, and reads them back out of what GitHub's renderer makes of it.
func TestAnyTextIsItselfInMarkdown(t *testing.T) {
	list := texts(1500)
	var b strings.Builder
	b.WriteString("| a | b |\n| --- | --- |\n")
	for _, s := range list {
		b.WriteString("| x" + mdText(s) + "x | x" + mdCode(s) + "x |\n")
	}
	row := -1
	walk(rendered(t, b.String()), func(n *html.Node) {
		if n.Type != html.ElementNode {
			return
		}
		switch n.Data {
		case "tr":
			row++
		case "td":
			if got, want := textOf(n), "x"+safetext.Visible(list[row-1])+"x"; got != want {
				t.Errorf("%q is shown as %q", want, got)
			}
		case "html", "head", "body", "table", "thead", "tbody", "th", "code", "span":
		default:
			t.Errorf("<%s> in row %d: %q", n.Data, row, list[row-1])
		}
	})
	if row != len(list) {
		t.Errorf("%d rows of %d", row, len(list))
	}
}

// TestAnyTextIsItselfInLabels has texts as names of targets, and reads them back with the parser of Prometheus's client.
func TestAnyTextIsItselfInLabels(t *testing.T) {
	testpeer.NeedFile(t, "/usr/lib/python3/dist-packages/prometheus_client/parser.py")
	run := sampleRun(t)
	run.Targets = nil
	want := map[string]bool{}
	for _, s := range texts(500) {
		run.Targets = append(run.Targets, policy.Report{Target: s, Outcome: policy.OutcomeUnreachable})
		want[safetext.Visible(s)] = true
	}
	const program = `
import sys, json
from prometheus_client.parser import text_string_to_metric_families
print(json.dumps([s.labels["target"] for f in text_string_to_metric_families(sys.stdin.read()) for s in f.samples if s.name == "tlsprobe_audit_up"]))`
	var got []string
	if err := json.Unmarshal([]byte(python(t, program, audited(t, "prometheus", run, 6, AuditOptions{}))), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Errorf("%d series, not %d", len(got), len(want))
	}
	for _, s := range got {
		if !want[s] {
			t.Errorf("%q is no target", s)
		}
	}
}

// unescaped is what the runner of GitHub Actions makes of the value of a command.
func unescaped(s string) string {
	return strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",").Replace(s)
}

func FuzzWordsOfSinks(f *testing.F) {
	for _, s := range hostileWords {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		visible := safetext.Visible(s)
		if got := commandProperty(s); strings.ContainsAny(got, ":,\r\n") || unescaped(got) != visible {
			t.Errorf("property %q of %q", got, s)
		}
		if got := commandData(visible); strings.ContainsAny(got, "\r\n") || unescaped(got) != visible {
			t.Errorf("message %q of %q", got, s)
		}
		cell := csvCell(s)
		if strings.TrimPrefix(cell, "'") != strings.TrimPrefix(visible, "'") || cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
			t.Errorf("cell %q of %q", cell, s)
		}
		for _, got := range []string{mdText(s), mdCode(s), labelValue(s), sarifWords(s).Text, fileURI(s, "")} {
			if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
				t.Errorf("%q of %q", got, s)
			}
		}
		if got := mdText(s); strings.ContainsAny(got, "|`\\[]*") || strings.Contains(got, "://") {
			t.Errorf("Markdown %q of %q", got, s)
		}
		if got := sarifWords(s).Text; strings.Contains(got, "](") || strings.Count(got, "{")%2 != 0 {
			t.Errorf("message %q of %q", got, s)
		}
	})
}
