package main

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// registry is one file of the directory registry: a header of "key: value" lines, then one row a line.
type registry struct {
	file   string // without its suffix
	header map[string]string
	rows   []row
}

// row is one entry of a registry.
type row struct {
	value       uint16
	id          string // instead of a value, where values are strings
	name        string
	recommended string // Y, N, D or empty
	dtls        string // Y, N or empty
	reference   string
	attributes  map[string]string // key=value; a bare key has the value "true"
}

// columns is the number of columns of a row before its attributes.
const columns = 5

func parseRegistry(file string, text []byte) (*registry, error) {
	r := &registry{file: file, header: map[string]string{}}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var err error
		if strings.Contains(line, "|") {
			err = r.addRow(line)
		} else {
			err = r.addHeader(line)
		}
		if err != nil {
			return nil, fmt.Errorf("%s.txt:%d: %w", file, n, err)
		}
	}
	for _, key := range []string{"registry", "type", "source", "as-of"} {
		if r.header[key] == "" {
			return nil, fmt.Errorf("%s.txt: no %q in the header", file, key)
		}
	}
	return r, lines.Err()
}

func (r *registry) addHeader(line string) error {
	key, value, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("neither a header nor a row: %q", line)
	}
	r.header[key] = strings.TrimSpace(value)
	return nil
}

func (r *registry) addRow(line string) error {
	cells := strings.Split(line, "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	if len(cells) != columns && len(cells) != columns+1 {
		return fmt.Errorf("%d columns", len(cells))
	}
	e := row{name: cells[1], recommended: cells[2], dtls: cells[3], reference: cells[4], attributes: map[string]string{}}
	if err := r.setValue(&e, cells[0]); err != nil {
		return err
	}
	if e.name == "" || e.reference == "" {
		return fmt.Errorf("%s has no name or no reference", cells[0])
	}
	if recommendations[e.recommended] == "" || dtls[e.dtls] == "" {
		return fmt.Errorf("%s: recommended %q, DTLS-OK %q", e.name, e.recommended, e.dtls)
	}
	if len(cells) > columns {
		for _, attribute := range strings.Fields(cells[columns]) {
			key, v, ok := strings.Cut(attribute, "=")
			if !ok {
				v = "true"
			}
			e.attributes[key] = v
		}
	}
	r.rows = append(r.rows, e)
	return nil
}

// setValue reads the first column, and sees that the rows are in order.
func (r *registry) setValue(e *row, cell string) error {
	var last row
	first := len(r.rows) == 0
	if !first {
		last = r.rows[len(r.rows)-1]
	}
	if r.header["values"] == "strings" {
		if e.id = cell; !first && last.id >= cell {
			return fmt.Errorf("%s is not in order", cell)
		}
		return nil
	}
	bits := 16
	if r.is8Bit() {
		bits = 8
	}
	value, err := strconv.ParseUint(cell, 0, bits)
	if e.value = uint16(value); err == nil && !first && last.value >= e.value {
		err = fmt.Errorf("%s is not in order", cell)
	}
	return err
}

// is8Bit tells whether the registry's code points are single bytes.
func (r *registry) is8Bit() bool { return r.header["bits"] == "8" }

// find gives the row of a name.
func (r *registry) find(name string) (row, bool) {
	for _, e := range r.rows {
		if e.name == name {
			return e, true
		}
	}
	return row{}, false
}
