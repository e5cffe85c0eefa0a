package main

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/ct"
)

func TestTheTableIsAsTheProgramWritesIt(t *testing.T) {
	want, err := os.ReadFile("../logs.txt")
	if err != nil {
		t.Fatal(err)
	}
	got, err := render(ct.BuiltIn())
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("run go generate: %v", err)
	}
}

func TestStampsOfNoTimeAreADash(t *testing.T) {
	if stamp(time.Time{}) != "-" || stamp(time.Unix(0, 0).UTC()) != "1970-01-01T00:00:00Z" {
		t.Error(stamp(time.Time{}), stamp(time.Unix(0, 0).UTC()))
	}
}
