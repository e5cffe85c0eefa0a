package render

import "strings"

// Environment returns the value of a variable, empty where it is not set: os.Getenv, or a test's.
type Environment func(name string) string

// UseColor decides whether output is coloured: what --color says (always or never; auto and empty
// say nothing) stands over NO_COLOR, that over FORCE_COLOR and CLICOLOR_FORCE, that over TERM=dumb,
// that over whether it goes to a terminal. A variable that forces does so unless it is empty or 0.
func UseColor(flag string, env Environment, terminal bool) bool {
	switch {
	case flag == "always":
		return true
	case flag == "never", env("NO_COLOR") != "":
		return false
	case forces(env("FORCE_COLOR")), forces(env("CLICOLOR_FORCE")):
		return true
	case env("TERM") == "dumb":
		return false
	}
	return terminal
}

func forces(value string) bool { return value != "" && value != "0" }

// UseASCII decides whether output keeps to ASCII: with --ascii, or in a locale that is not UTF-8. The
// first of LC_ALL, LC_CTYPE and LANG that is set names the locale (POSIX.1-2017, Base Definitions,
// Section 8.2); with none of them set it is the C locale. Windows has no such variables, and its
// consoles are written to in Unicode.
func UseASCII(flag bool, goos string, env Environment) bool {
	if flag {
		return true
	}
	for _, name := range [...]string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := env(name); locale != "" {
			return !isUTF8(locale)
		}
	}
	return goos != "windows"
}

func isUTF8(locale string) bool {
	locale = strings.ToLower(locale)
	return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
}
