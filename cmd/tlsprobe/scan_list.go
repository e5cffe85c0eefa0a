package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/scan"
)

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
