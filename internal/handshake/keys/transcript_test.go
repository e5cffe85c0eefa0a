package keys

import (
	"bytes"
	"crypto"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"testing"
)

func TestTranscriptSumsTheSameWheneverTheHashIsChosen(t *testing.T) {
	messages := [][]byte{[]byte("client hello"), []byte("server hello"), []byte("certificate"), {}}
	all := bytes.Join(messages, nil)
	m, s := md5.Sum(all), sha1.Sum(all)
	s256, s384 := sha256.Sum256(all), sha512.Sum384(all)
	want := map[crypto.Hash][]byte{
		crypto.MD5SHA1: append(m[:], s[:]...), crypto.SHA256: s256[:], crypto.SHA384: s384[:], crypto.SHA1: s[:],
	}
	for at := range len(messages) + 1 {
		for _, chosen := range []crypto.Hash{crypto.MD5SHA1, crypto.SHA256, crypto.SHA384} {
			tr := NewTranscript(100)
			for i := range len(messages) + 1 {
				if i == at {
					if err := tr.Choose(chosen); err != nil {
						t.Fatal(err)
					}
				}
				if i < len(messages) {
					if err := tr.Add(messages[i]); err != nil {
						t.Fatal(err)
					}
				}
			}
			for h, w := range want {
				got, err := tr.Sum(h)
				if err != nil {
					t.Fatal(err)
				}
				equal(t, fmt.Sprint(chosen, h), got, w)
			}
			tr.Release()
			got, err := tr.Sum(chosen)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "after release", got, want[chosen])
			if _, err := tr.Sum(crypto.SHA512); !errors.Is(err, ErrTranscriptReleased) {
				t.Errorf("sum of released messages: %v", err)
			}
		}
	}
}

func TestSumWithExtraLeavesTheTranscriptAsItIs(t *testing.T) {
	tr := NewTranscript(100)
	if err := errors.Join(tr.Choose(crypto.SHA256), tr.Add([]byte("ab"))); err != nil {
		t.Fatal(err)
	}
	want := sha256.Sum256([]byte("abcd"))
	equal(t, "with extra", sum(t, tr, []byte("c"), []byte("d")), want[:])
	clone, err := tr.Clone()
	if err != nil {
		t.Fatal(err)
	}
	if err := clone.Add([]byte("cd")); err != nil {
		t.Fatal(err)
	}
	equal(t, "clone", sum(t, clone), want[:])
	want = sha256.Sum256([]byte("ab"))
	equal(t, "original", sum(t, tr), want[:])
}

func TestTranscriptRefusesMoreThanItMayKeep(t *testing.T) {
	tr := NewTranscript(5)
	if err := tr.Add([]byte("12345")); err != nil {
		t.Fatal(err)
	}
	if err := tr.Add([]byte("6")); !errors.Is(err, ErrTranscriptTooLong) {
		t.Errorf("sixth byte: %v", err)
	}
	if got := string(tr.Bytes()); got != "12345" {
		t.Errorf("kept %q", got)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	s := Secret{Name: "master_secret", Bytes: []byte("0123456789")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		if got := fmt.Sprintf(verb, s); got != "master_secret (10 bytes)" {
			t.Errorf("%s: %q", verb, got)
		}
		if got := fmt.Sprintf(verb, &s); got != "master_secret (10 bytes)" {
			t.Errorf("%s: %q", verb, got)
		}
	}
}
