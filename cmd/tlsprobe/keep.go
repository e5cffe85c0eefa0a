package main

import (
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/spf13/pflag"

	"github.com/tlsprobe/tlsprobe/internal/capture"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// keepOptions are the flags that say what is kept of a probe beside what is shown.
type keepOptions struct {
	save        string
	keylog      string
	pcap        string
	showSecrets bool
}

func (o *keepOptions) register(f *pflag.FlagSet) {
	f.StringVar(&o.save, "save", "", "write the trace to `FILE`, for tlsprobe show")
	f.StringVar(&o.pcap, "pcap", "", "write a capture to `FILE`.pcapng, for Wireshark; with --show-secrets it decrypts at once")
	f.StringVar(&o.keylog, "keylog", "", "append the secrets to `FILE`, a key log (default $SSLKEYLOGFILE)")
	f.BoolVar(&o.showSecrets, "show-secrets", false, "put the derived secrets into what is shown, saved and captured")
	under(f, "What to keep", "save", "pcap", "keylog", "show-secrets")
}

// The permissions of files: what holds secrets is for the user alone.
const (
	openMode   = 0o644
	secretMode = 0o600
)

// mode is the permissions of what may hold secrets.
func (o *keepOptions) mode() os.FileMode {
	if o.showSecrets {
		return secretMode
	}
	return openMode
}

// maxCapture is how many bytes of a connection a capture keeps.
const maxCapture = 64 << 20

// keeper keeps what the flags ask for.
type keeper struct {
	app     *App
	options *keepOptions

	saved, pcap *os.File
	logFile     *os.File
	logs        []*capture.KeyLogWriter
	secrets     bytes.Buffer // the key log for the capture
	tap         *capture.Tap
}

// openKept opens the files, so that one that can't be written is told before anything is connected to. On an error none is open.
func openKept(app *App, o *keepOptions, output string) (*keeper, error) {
	k := &keeper{app: app, options: o}
	if err := k.open(output); err != nil {
		_ = k.close()
		return nil, err
	}
	return k, nil
}

func (k *keeper) open(output string) (err error) {
	o := k.options
	if err := distinctFiles(namedFile{"-o", output}, namedFile{"--save", o.save}, namedFile{"--pcap", o.pcap}, namedFile{"--keylog", o.keylog}); err != nil {
		return err
	}
	if o.save != "" {
		if k.saved, err = createFile(o.save, o.mode()); err != nil {
			return usage("--save names a file to write; on stdout: --json", "create the file of the trace: %w", err)
		}
	}
	if o.pcap != "" {
		if k.pcap, err = createFile(o.pcap, o.mode()); err != nil {
			return usage("--pcap names a file to write, such as trace.pcapng", "create the capture: %w", err)
		}
		k.tap = capture.NewTap(k.app.Now, maxCapture)
		if o.showSecrets {
			k.logs = append(k.logs, capture.NewKeyLogWriter(&k.secrets))
		}
	}
	return k.openLog()
}

// openLog opens the key log. One that only the environment asks for is no reason to fail.
func (k *keeper) openLog() (err error) {
	name, asked := k.options.keylog, true
	if name == "" {
		name, asked = k.app.Env("SSLKEYLOGFILE"), false
	}
	if name == "" {
		return nil
	}
	k.logFile, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, secretMode)
	switch {
	case err == nil:
		k.logs = append(k.logs, capture.NewKeyLogWriter(k.logFile))
		return nil
	case asked:
		return usage("--keylog names a file to append to", "open the key log: %w", err)
	}
	k.app.say("note: no key log is written: SSLKEYLOGFILE: %s\n", safetext.Visible(err.Error()))
	k.logFile = nil
	return nil
}

type namedFile struct{ flag, name string }

// distinctFiles refuses one file for two purposes.
func distinctFiles(files ...namedFile) error {
	for i, a := range files {
		switch {
		case a.name == "":
			continue
		case a.name == "-" && i > 0:
			return usage("give it a file; on stdout is what is shown, with --json the trace", "%s does not write to stdout", a.flag)
		}
		for _, b := range files[:i] {
			if a.name == b.name {
				return usage("give each a file of its own", "%s and %s both name %s", b.flag, a.flag, a.name)
			}
		}
	}
	return nil
}

// createFile creates a file anew. One that was there, with more permissions than a secret has, loses them.
func createFile(name string, mode os.FileMode) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil || mode != secretMode {
		return f, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&^secretMode != 0 {
		err = f.Chmod(mode)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// install makes the probe keep what is asked for.
func (k *keeper) install(p *probe.Options) {
	p.ShowSecrets = k.options.showSecrets
	if k.tap != nil {
		p.Tap = k.tap.Wrap
	}
	if len(k.logs) > 0 {
		p.KeyLog = func(clientRandom []byte, s keys.Secret) {
			for _, l := range k.logs {
				l.Secret(clientRandom, s)
			}
		}
	}
}

// finish writes what is written at the end, and closes all files. The first error is returned; the rest is written all the same.
func (k *keeper) finish(t *trace.Trace) error {
	var all []error
	if k.saved != nil {
		all = append(all, trace.Write(k.saved, t))
	}
	if k.pcap != nil {
		all = append(all, k.capture(t))
	}
	for _, l := range k.logs {
		all = append(all, l.Err())
	}
	all = append(all, k.close())
	for _, err := range all {
		if err != nil {
			return usage("it needs a place that can be written to, with room for it", "%w", err)
		}
	}
	return nil
}

// capture writes the capture, and says what it lacks.
func (k *keeper) capture(t *trace.Trace) error {
	var keyLog []byte
	if k.options.showSecrets {
		keyLog = k.secrets.Bytes()
	}
	err := k.tap.WritePcapng(k.pcap, t, keyLog)
	switch n := k.tap.Left(); {
	case errors.Is(err, capture.ErrNoConnection):
		k.app.say("note: there was no connection, and no packet is in the capture\n")
		return nil
	case err == nil && n > 0:
		k.app.say("note: the capture ends early: %d more bytes passed than the %d MiB that it keeps\n", n, maxCapture>>20)
	}
	return err
}

func (k *keeper) close() (first error) {
	for _, f := range []*os.File{k.saved, k.pcap, k.logFile} {
		if f == nil {
			continue
		}
		if err := f.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// createOutput creates what -o names.
func createOutput(name string, mode os.FileMode) (io.WriteCloser, error) {
	f, err := createFile(name, mode)
	if err != nil {
		return nil, usage("-o names a file to write; - is stdout", "create the output file: %w", err)
	}
	return f, nil
}
