package explain

// Winners returns the patterns that match a path and are the most specific among those.
func Winners(path string) []string {
	steps := normalise(path, nil)
	var won []string
	most := -1
	for _, p := range pathTable().all {
		if !matches(p.path, steps) || p.weight < most {
			continue
		}
		if p.weight > most {
			most, won = p.weight, nil
		}
		won = append(won, p.path)
	}
	return won
}

// BadPaths returns the lines of the table of paths that can't be read.
func BadPaths() []string {
	var bad []string
	for _, p := range pathTable().all {
		if _, ok := readLine(p.line); !ok {
			bad = append(bad, p.line)
		}
	}
	return bad
}

// BadCodes returns the lines of the table of code points that can't be read.
func BadCodes() []string { return codeTable().bad }

// Codes returns every entry.
func Codes() []Entry { return codeTable().all }

// ReadAll reads both tables anew.
func ReadAll() { readPatterns(pathText); readCodes(codeText) }
