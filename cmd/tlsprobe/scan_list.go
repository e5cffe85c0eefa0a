package main

import (
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/tlsprobe/tlsprobe/internal/scan"
)

// targetList is where the targets of a scan come from.
type targetList struct {
	parts []iter.Seq2[scan.Line, error]
	file  *os.File     // nil: there is none, or it is stdin
	seen  atomic.Int64 // targets so far, those that are left out too; who reads them may still be at it when the scan has ended
}

// targets opens the lists: first the arguments, in their order, then the file.
func (o *scanOptions) targets(app *App, args []string) (*targetList, error) {
	l := &targetList{}
	for _, a := range args {
		if a == "-" {
			l.parts = append(l.parts, scan.Lines(app.Stdin))
		} else {
			l.parts = append(l.parts, scan.Arguments([]string{a}))
		}
	}
	switch o.file {
	case "":
	case "-":
		l.parts = append(l.parts, scan.Lines(app.Stdin))
	default:
		f, err := os.Open(o.file)
		if err != nil {
			return nil, usage("- is stdin", "-f: %s: %w", o.file, pathless(err))
		}
		l.file = f
		l.parts = append(l.parts, scan.Lines(f))
	}
	return l, nil
}

func (l *targetList) close() {
	if l.file != nil {
		_ = l.file.Close() // only read
	}
}

// lines yields all targets. They are read as they are taken.
func (l *targetList) lines() iter.Seq2[scan.Line, error] {
	return func(yield func(scan.Line, error) bool) {
		for _, part := range l.parts {
			for line, err := range part {
				l.seen.Add(1)
				if !yield(line, err) {
					return
				}
			}
		}
	}
}

// The variables that say which part of the list is this program's: Kubernetes sets the first for indexed jobs.
const (
	envIndex = "JOB_COMPLETION_INDEX"
	envCount = "JOB_COMPLETIONS"
)

// part reads which part of the list is to be scanned.
func (o *scanOptions) part(app *App) (scan.Shard, error) {
	index, count := app.Env(envIndex), app.Env(envCount)
	switch {
	case o.given("shard"):
		i, n, found := strings.Cut(o.shard, "/")
		if !found {
			return scan.Shard{}, usage("such as 0/4, the first of four", "--shard: %q is not I/N", o.shard)
		}
		return shardOf("--shard", i, n)
	case o.given("shards") && index == "":
		return scan.Shard{}, usage("set it, or say --shard I/N", "--shards: $%s does not say which part of them is to be scanned", envIndex)
	case o.given("shards"):
		return shardOf("--shards and $"+envIndex, index, strconv.Itoa(o.shards))
	case index != "" && count != "":
		return shardOf("$"+envIndex+" and $"+envCount, index, count)
	case index != "":
		return scan.Shard{}, usage("--shards N, or --shard 0/1 for the whole list", "$%s is set, and nothing says how many parts the list has", envIndex)
	}
	return scan.Shard{}, nil
}

// shardOf reads the two numbers of a part; of is where they come from.
func shardOf(of, index, count string) (scan.Shard, error) {
	i, err := strconv.Atoi(index)
	n, err2 := strconv.Atoi(count)
	if err != nil || err2 != nil || i < 0 || i >= n {
		return scan.Shard{}, usage("I/N with I from 0 to N-1, such as 0/4, the first of four", "%s: there is no part %.20q of %.20q", of, index, count)
	}
	return scan.Shard{Index: i, Count: n}, nil
}

// openScan opens what results go to, and returns the targets whose results are in there already.
func (o *scanOptions) openScan(app *App) (io.WriteCloser, *scan.Done, error) {
	if o.resume == "" {
		out, err := o.open(app)
		return out, &scan.Done{}, err
	}
	f, err := os.OpenFile(o.resume, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, nil, usage("it is created where it is not there", "--resume: %s: %w", o.resume, pathless(err))
	}
	done, whole, err := scan.ReadDone(f, o.settings)
	if err == nil {
		err = f.Truncate(whole) // what was being written when that run was killed
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err == nil {
		return f, done, nil
	}
	_ = f.Close() // nothing was written
	var p *fs.PathError
	switch {
	case errors.Is(err, scan.ErrSettings):
		return nil, nil, usage("give the flags of that run, or another file", "--resume: %s: %w", o.resume, err)
	case errors.As(err, &p):
		return nil, nil, usage("it must be a file, to be read and written", "--resume: %s: %w", o.resume, pathless(err))
	}
	return nil, nil, unreadable("--resume takes what tlsprobe scan printed", "--resume: %s: %w", o.resume, err)
}
