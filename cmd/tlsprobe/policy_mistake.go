package main

import (
	"errors"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
)

// sayMistakes says what is wrong with a policy, which is exit code 2. Other errors it returns as they are.
func (app *App) sayMistakes(err error) error {
	var mistakes policy.Errors
	if !errors.As(err, &mistakes) {
		return err
	}
	for _, m := range mistakes {
		app.sayMistake(m)
	}
	return &exitError{code: exitUsage}
}

// sayMistake says what is wrong with a policy: where, what, the line with a caret, and what to write instead.
func (app *App) sayMistake(m *policy.Error) {
	app.say("%s\n", safetext.Visible(m.Error()))
	if line, caret := marked(m.Text, m.Column); line != "" {
		app.say("    %s\n", line)
		if caret != "" {
			app.say("    %s\n", caret)
		}
	}
	if m.Hint != "" {
		app.say("hint: %s\n", safetext.Visible(m.Hint))
	}
}

// What of a line is shown, in characters.
const (
	shownAll    = 100 // at most
	shownBefore = 60  // the column, where it is longer
)

// marked is a line made visible, and a caret under a column of it, counted in characters from 1. Of a long line what is around it is
// shown. A column that is not in the line has no caret.
func marked(text string, column int) (line, caret string) {
	trimmed := strings.TrimLeft(text, " ")
	column -= len(text) - len(trimmed)
	runes := []rune(trimmed)
	at := column - 1
	if at < 0 || at > len(runes) {
		return safetext.VisibleCut(trimmed, shownAll, "…"), ""
	}
	start := 0
	if len(runes) > shownAll {
		start = max(0, at-shownBefore)
	}
	end := min(len(runes), start+shownAll)
	before, after := safetext.Visible(string(runes[start:at])), safetext.Visible(string(runes[at:end]))
	if start > 0 {
		before = "…" + before
	}
	if end < len(runes) {
		after += "…"
	}
	return before + after, strings.Repeat(" ", safetext.Width(before)) + "^"
}
