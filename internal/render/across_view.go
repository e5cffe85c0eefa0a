package render

import (
	"io"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/diff"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Across writes which of several servers are alike, and what tells the odd ones apart. exit is the code that the program is about to
// end with. Its errors are those of w.
func Across(w io.Writer, d *diff.AcrossDocument, exit int, o Options) error {
	c := newCanvas(w, o)
	if !o.Quiet {
		for i := range d.Clusters {
			c.cluster(i, &d.Clusters[i])
		}
		for _, u := range d.Unreached {
			c.print(span{"? ", dubious}, plain(quoted(u.Endpoint)), span{"  not reached" + prefixed(": ", errorText(u.Error)), dubious})
		}
		for i := range d.Clusters {
			c.clusterDiff(i, d.Clusters[i].Diff, o.Verbosity > 0)
		}
		c.blank()
	}
	st := good
	switch d.Result {
	case diff.AcrossDiffers:
		st = bad
	case diff.AcrossIncomplete:
		st = dubious
	}
	c.print(span{c.pad(acrossTotals(d), 52), st}, span{" exit " + strconv.Itoa(exit), faint})
	return c.close()
}

func errorText(e *trace.Error) string {
	if e == nil {
		return ""
	}
	return e.Message
}

// cluster lists servers that are alike, and what they negotiated.
func (c *canvas) cluster(i int, cl *diff.Cluster) {
	const most = 16
	mark, st := "  ", ordinary
	if i > 0 {
		mark, st = "~ ", dubious
	}
	c.print(span{mark, st}, span{"cluster " + strconv.Itoa(i+1), strong}, plain("  "+count(len(cl.Endpoints), "endpoint", "endpoints")+"  "+summaryLine(cl)))
	for k, name := range cl.Endpoints {
		if k == most {
			c.print(span{"    and " + strconv.Itoa(len(cl.Endpoints)-k) + " more", faint})
			break
		}
		c.print(plain("    " + quoted(name)))
	}
}

func summaryLine(cl *diff.Cluster) string {
	parts := []string{codeText(cl.Summary.Version), codeText(cl.Summary.CipherSuite), codeText(cl.Summary.Group)}
	if list := cl.Summary.Certificates; len(list) > 0 {
		until, _, _ := strings.Cut(list[0].NotAfter, "T")
		parts = append(parts, quoted(list[0].Subject)+prefixed(" until ", until))
	}
	if cl.Outcome != trace.OK {
		parts = append(parts, string(cl.Outcome))
	}
	return sentence(parts...)
}

// clusterDiff tells in what a cluster differs from the largest one.
func (c *canvas) clusterDiff(i int, d *diff.Document, all bool) {
	if d == nil {
		return
	}
	c.blank()
	c.print(span{"cluster " + strconv.Itoa(i+1), strong}, plain(" differs from cluster 1:"))
	for k := range d.Groups {
		if g := &d.Groups[k]; all || g.State != diff.StateSame {
			c.diffGroup(g, all)
		}
	}
	c.diffParting(d)
}

func acrossTotals(d *diff.AcrossDocument) string {
	n := 0
	for _, cl := range d.Clusters {
		n += len(cl.Endpoints)
	}
	unreached := ""
	if k := len(d.Unreached); k > 0 {
		unreached = ", " + strconv.Itoa(k) + " not reached"
	}
	switch {
	case n == 0:
		return "none was reached"
	case d.Result == diff.AcrossDiffers:
		return count(n, "endpoint", "endpoints") + " in " + strconv.Itoa(len(d.Clusters)) + " clusters" + unreached
	case n == 1:
		return "1 endpoint: nothing to compare it with" + unreached
	}
	return "all " + strconv.Itoa(n) + " endpoints the same" + unreached
}
