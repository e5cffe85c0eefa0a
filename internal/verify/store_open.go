package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

const (
	systemName  = "system"
	bundledName = "bundled"
	bundlePath  = "golang.org/x/crypto/x509roots/fallback"
	// bundledDate is the date in the version of the module with the bundle; a test holds it to go.mod.
	bundledDate = "2026-10-30"
	// maxStoreFile bounds the size of a file with roots.
	maxStoreFile = 64 << 20
	maxDirFiles  = 10_000
)

// ErrNoCertificates is the error for a file of roots without a certificate in it.
var ErrNoCertificates = errors.New("no certificates in it")

// errNoSystemStore says that no file of the system was found.
var errNoSystemStore = errors.New("no file or directory of roots found")

// Bundled returns Mozilla's roots as they are built in, with the dates after which Mozilla no longer trusts what some of them
// issue.
func Bundled() *Store {
	roots := make([]root, 0, 160)
	for r := range bundle.Roots() {
		roots = append(roots, root{r.Certificate, r.Constraint})
	}
	date, _ := time.Parse(time.DateOnly, bundledDate) // zero, that is unknown, if it can't be read
	return newStore(bundledName, bundlePath, date, roots)
}

// File returns the roots in a file: PEM, or DER of one or more certificates. The error wraps [ErrNoCertificates] or what the
// system says.
func File(path string) (*Store, error) {
	roots, modified, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading roots from %s: %w", path, err)
	}
	return newStore(filepath.Base(path), path, modified, roots), nil
}

// readFile returns the certificates of a file and when it was modified.
func readFile(path string) ([]root, time.Time, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, time.Time{}, reason(err)
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		return nil, time.Time{}, reason(err)
	}
	if info.Size() > maxStoreFile {
		return nil, time.Time{}, fmt.Errorf("%d bytes, more than %d", info.Size(), maxStoreFile)
	}
	data, err := readAtMost(f, info.Size())
	if err != nil {
		return nil, time.Time{}, reason(err)
	}
	certificates := readCertificates(data)
	if len(certificates) == 0 {
		return nil, time.Time{}, ErrNoCertificates
	}
	roots := make([]root, len(certificates))
	for i, der := range certificates {
		roots[i].der = der
	}
	return roots, info.ModTime(), nil
}

// reason drops the path from an error that the caller names it in.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// places is where a system keeps its roots.
type places struct {
	files, dirs []string
	note        string // why there are none
	named       bool   // by the environment
}

// systemPlaces returns where roots are kept on this kind of system. The same places as crypto/x509 looks in, root_linux.go and
// root_bsd.go. Without cgo the stores of macOS and Windows can't be listed: only their own verifiers know them.
func systemPlaces(goos string) places {
	switch goos {
	case "windows":
		return places{note: "Windows fetches its roots when its own verifier needs them, so they can't be listed"}
	case "darwin", "ios":
		return places{note: "macOS keeps its roots where only its own verifier sees them all"}
	case "freebsd", "openbsd", "netbsd", "dragonfly":
		return places{
			files: []string{
				"/usr/local/etc/ssl/cert.pem", "/etc/ssl/cert.pem", "/usr/local/share/certs/ca-root-nss.crt",
				"/etc/openssl/certs/ca-certificates.crt",
			},
			dirs: []string{"/etc/ssl/certs", "/usr/local/share/certs", "/etc/openssl/certs"},
		}
	}
	return places{
		files: []string{
			"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Gentoo, Arch
			"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL 6
			"/etc/ssl/ca-bundle.pem",                            // openSUSE
			"/etc/pki/tls/cacert.pem",                           // OpenELEC
			"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL 7
			"/etc/ssl/cert.pem",                                 // Alpine
		},
		dirs: []string{"/etc/ssl/certs", "/etc/pki/tls/certs", "/system/etc/security/cacerts"},
	}
}

// System returns the roots of the system: those of the first of the usual files, and for chains that lead to none of them those
// of the usual directories. SSL_CERT_FILE names a file and SSL_CERT_DIR directories to read instead; where only one of them is
// set, nothing else is read. Where the system has no list of roots the bundled ones are returned, and [Store.Note] says why; the
// error is for names where nothing can be used.
func System() (*Store, error) {
	return openSystem(systemPlaces(runtime.GOOS), os.Getenv("SSL_CERT_FILE"), os.Getenv("SSL_CERT_DIR"))
}

func openSystem(at places, file, dirs string) (*Store, error) {
	named := file != "" || dirs != ""
	if named {
		at = places{dirs: filepath.SplitList(dirs), named: true}
		if file != "" {
			at.files = []string{file}
		}
	}
	s, err := readPlaces(at)
	switch {
	case err == nil:
		if file != "" && s.rest == nil && dirs != "" {
			s.note = "SSL_CERT_FILE can't be used, so only the directories of SSL_CERT_DIR were read"
		}
		return s, nil
	case named:
		return nil, fmt.Errorf("reading the roots that SSL_CERT_FILE and SSL_CERT_DIR name: %w", err)
	}
	s = Bundled()
	s.note = at.note
	if s.note == "" {
		s.note = "the system has no roots where they usually are"
	}
	return s, nil
}

// beyond returns the directories that may hold more than a bundle that was read. The usual bundle is made of what lies in its
// own directory: reading those 280 files, for each chain that is not trusted, took longer than the handshake.
func (at places) beyond(file string) []string {
	if at.named {
		return at.dirs
	}
	return slices.DeleteFunc(slices.Clone(at.dirs), func(dir string) bool { return dir == filepath.Dir(file) })
}

// readPlaces reads the first file that can be used, or else the directories.
func readPlaces(at places) (*Store, error) {
	problem := errNoSystemStore
	for _, file := range at.files {
		roots, date, err := readFile(file)
		if err != nil {
			problem = fmt.Errorf("%s: %w", file, err)
			continue
		}
		s := newStore(systemName, file, date, roots)
		if dirs := at.beyond(file); len(dirs) > 0 {
			s.rest = func() ([]root, string) {
				more, _, origin, _ := readDirs(dirs) // what can't be read there adds nothing
				return more, origin
			}
		}
		return s, nil
	}
	roots, date, origin, err := readDirs(at.dirs)
	switch {
	case len(roots) > 0:
		return newStore(systemName, origin, date, roots), nil
	case err != nil && len(at.files) == 0:
		problem = err
	}
	return nil, problem
}

// readDirs reads several directories, and says which of them had certificates. The error is the last one.
func readDirs(dirs []string) (roots []root, date time.Time, origin string, err error) {
	var had []string
	for _, dir := range dirs {
		more, modified, e := readDir(dir)
		if e != nil {
			err = e
		}
		if len(more) == 0 {
			continue
		}
		roots, had = append(roots, more...), append(had, dir)
		if modified.After(date) {
			date = modified
		}
	}
	return roots, date, strings.Join(had, string(filepath.ListSeparator)), err
}

// readDir reads the files of a directory, each certificate once however many names it has. Links within the directory are
// OpenSSL's names by hash for files that are there anyway.
func readDir(dir string) ([]root, time.Time, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("%s: %w", dir, reason(err))
	}
	var roots []root
	var latest time.Time
	seen := map[string]bool{}
	for _, e := range entries[:min(len(entries), maxDirFiles)] {
		path := filepath.Join(dir, e.Name())
		if e.IsDir() || e.Type()&fs.ModeSymlink != 0 && linksWithin(path) {
			continue
		}
		found, modified, err := readFile(path)
		if err != nil {
			continue // directories of roots hold other things too
		}
		for _, r := range found {
			if !seen[string(r.der)] {
				seen[string(r.der)] = true
				roots = append(roots, r)
			}
		}
		if modified.After(latest) {
			latest = modified
		}
	}
	return roots, latest, nil
}

func linksWithin(path string) bool {
	to, err := os.Readlink(path)
	return err == nil && !strings.ContainsRune(to, filepath.Separator)
}
