package policy

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"regexp/syntax"
	"slices"
)

// maxRegexp bounds a regular expression, in bytes; RE2 takes time in proportion to it and to the text.
const maxRegexp = 1000

// ready makes an operator ready for facts of a kind. The error says what is wrong with its operands.
func ready(op *Operator, kind Kind) (*test, error) {
	row := operatorNamed(op.Name)
	if row == nil {
		return nil, fmt.Errorf("there is no operator %q", op.Name)
	}
	t := &test{row: row, op: op, kind: kind, least: math.Inf(-1), most: math.Inf(1)}
	switch row.takes {
	case takesOne:
		return t, t.bound()
	case takesCount:
		return t, t.bounds()
	case takesRegexp:
		return t, t.compile()
	case takesBefore:
		if len(op.Those) == 0 {
			return nil, errors.New("it lacks those")
		}
	case takesFlag:
		return t, t.flag()
	}
	if len(op.Operands) == 0 {
		return nil, errors.New("its list is empty")
	}
	return t, nil
}

// bound reads the operand of min and max.
func (t *test) bound() error {
	if len(t.op.Operands) != 1 {
		return errors.New("it takes one value")
	}
	n, ok := orderOf(t.kind, t.op.Operands[0])
	switch {
	case !ok && t.kind != KindVersion && t.kind != KindNumber:
		return errors.New("these values have no order")
	case !ok:
		return fmt.Errorf("%q is no %s", cutText(t.op.Operands[0], 60), t.kind)
	}
	t.least, t.most = n, n
	return nil
}

// bounds reads those of count.
func (t *test) bounds() error {
	if len(t.op.Operands) != 2 || t.op.Operands[0] == "" && t.op.Operands[1] == "" {
		return errors.New("it takes min, max or both")
	}
	for i, to := range []*float64{&t.least, &t.most} {
		o := t.op.Operands[i]
		if o == "" {
			continue
		}
		n, ok := orderOf(KindNumber, o)
		if !ok || n < 0 || n != math.Trunc(n) {
			return fmt.Errorf("%q is no number of things", cutText(o, 60))
		}
		*to = n
	}
	if t.least > t.most {
		return fmt.Errorf("min %s is more than max %s", t.op.Operands[0], t.op.Operands[1])
	}
	return nil
}

func (t *test) compile() (err error) {
	if len(t.op.Operands) != 1 {
		return errors.New("it takes one regular expression")
	}
	if len(t.op.Operands[0]) > maxRegexp {
		return fmt.Errorf("the regular expression has more than %d bytes", maxRegexp)
	}
	var wrong *syntax.Error
	if t.pattern, err = regexp.Compile(t.op.Operands[0]); errors.As(err, &wrong) {
		return fmt.Errorf("%s: %s", wrong.Code, cutText(wrong.Expr, 60))
	}
	return err
}

// flag turns present: false into absent, and the other way round.
func (t *test) flag() error {
	switch {
	case slices.Equal(t.op.Operands, []string{"true"}):
		return nil
	case slices.Equal(t.op.Operands, []string{"false"}):
		t.row = operatorNamed(opposite(t.row.name))
		return nil
	}
	return errors.New("it takes true or false")
}

// mayBreak reports whether a value that is not known yet might break it.
func (t *test) mayBreak() bool {
	if t.row.takes == takesCount {
		return !math.IsInf(t.most, 1)
	}
	return t.row.moreBreaks
}
