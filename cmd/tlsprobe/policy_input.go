package main

import (
	"errors"

	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// openPolicy returns a policy by the name of a built-in one or by its file, and the file; empty for a built-in one.
func openPolicy(app *App, flag, name string) (*policy.Policy, string, error) {
	file := ""
	p, err := policy.Load(name, func(path string) ([]byte, error) {
		if path == name {
			file = name
		}
		return readInput(app, flag, path)
	})
	return p, file, policyError(app, err)
}

// policyError turns the mistakes of a policy into wrong use.
func policyError(app *App, err error) error {
	var mistakes policy.Errors
	if errors.As(err, &mistakes) {
		return usage("tlsprobe policy check FILE tells more", "%w", err)
	}
	if errors.Is(err, policy.ErrNotFound) {
		return usage("tlsprobe policy list, or the name of a file", "%w", err)
	}
	return err
}
