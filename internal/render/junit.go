package render

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/diff"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
)

// The elements of the XML that CI servers read as test results. There is no standard; these are what all of them know.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Name    string       `xml:"name,attr"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string           `xml:"name,attr"`
		Tests      int              `xml:"tests,attr"`
		Failures   int              `xml:"failures,attr"`
		Errors     int              `xml:"errors,attr"`
		Skipped    int              `xml:"skipped,attr,omitempty"`
		Time       string           `xml:"time,attr,omitempty"`      // seconds
		Timestamp  string           `xml:"timestamp,attr,omitempty"` // of the start, in UTC without a zone
		Properties *junitProperties `xml:"properties,omitempty"`
		Cases      []junitCase      `xml:"testcase"`
	}
	junitProperties struct {
		List []junitProperty `xml:"property"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitMessage `xml:"failure,omitempty"`
		Error   *junitMessage `xml:"error,omitempty"`
		Skipped *junitMessage `xml:"skipped,omitempty"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// CheckJUnit writes how servers compare with a lock as JUnit's XML: a suite for each server, a case for each fact. What got worse is a
// failure, with changed also what only changed; a server that was not reached is an error. Its errors are those of w.
func CheckJUnit(w io.Writer, d *diff.CheckDocument, changed bool) error {
	out := junitSuites{Name: "tlsprobe check " + safetext.Visible(d.Lock)}
	for i := range d.Endpoints {
		out.Suites = append(out.Suites, checkSuite(&d.Endpoints[i], changed))
	}
	return writeJUnit(w, &out)
}

func writeJUnit(w io.Writer, out *junitSuites) error {
	text, err := xml.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	if _, err := io.WriteString(w, xml.Header+string(text)+"\n"); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	return nil
}

func checkSuite(e *diff.CheckEndpoint, changed bool) junitSuite {
	s := junitSuite{Name: safetext.Visible(e.Target)}
	if e.State == diff.CheckNotReached {
		message := "not reached" + prefixed(": ", safetext.Visible(errorText(e.Error)))
		s.Cases = append(s.Cases, junitCase{Class: s.Name, Name: "reached", Error: &junitMessage{Message: message, Text: message}})
		s.Tests, s.Errors = 1, 1
		return s
	}
	for _, fact := range e.Facts {
		c := junitCase{Class: s.Name, Name: fact}
		var said []string
		fails := false
		for i := range e.Changes {
			if ch := &e.Changes[i]; ch.Fact == fact {
				said = append(said, safetext.Visible(changeLine(ch)))
				fails = fails || changed || ch.Verdict() == diff.Worse
			}
		}
		switch text := strings.Join(said, "\n"); {
		case fails:
			c.Failure = &junitMessage{Message: said[0], Text: text}
			s.Failures++
		default:
			c.Out = text
		}
		s.Cases = append(s.Cases, c)
	}
	s.Tests = len(s.Cases)
	return s
}

// changeLine is a change on one line.
func changeLine(ch *diff.Change) string {
	line := ch.Label + ": " + changeText(ch)
	for _, m := range ch.Meanings {
		line += "; " + string(m.Verdict) + ": " + m.Words
	}
	return line
}
