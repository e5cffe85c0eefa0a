package diff

import (
	"cmp"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// AcrossSchema names the version of [AcrossDocument]. What it fixes changes only with a new number.
const AcrossSchema = "tlsprobe.across/1"

// AcrossDocument compares servers that should be the same: those with equal traces are a cluster.
type AcrossDocument struct {
	Schema    string       `json:"schema"`
	Tool      trace.Tool   `json:"tool"`
	Result    AcrossResult `json:"result"`
	Clusters  []Cluster    `json:"clusters"`  // the largest first
	Unreached []Unreached  `json:"unreached"` // of which nothing is known
}

// AcrossResult is a word for the whole.
type AcrossResult string

// The results.
const (
	AcrossSame       AcrossResult = "same"
	AcrossDiffers    AcrossResult = "differs"
	AcrossIncomplete AcrossResult = "incomplete" // those that were reached are the same
)

// Cluster is servers that answer alike.
type Cluster struct {
	Endpoints []string      `json:"endpoints"` // HOST at ADDRESS, in the order asked
	Summary   trace.Summary `json:"summary"`   // of the first of them
	Outcome   trace.Outcome `json:"outcome"`
	// Diff is how they differ from the largest cluster, which is A; null for that one itself.
	Diff *Document `json:"diff"`
}

// Unreached is a server that was not reached.
type Unreached struct {
	Endpoint string       `json:"endpoint"`
	Error    *trace.Error `json:"error"`
}

// Probed is a trace with the name of what it is of.
type Probed struct {
	Name  string
	Trace *trace.Trace
}

// Across clusters traces: each joins the first cluster from whose first member nothing tells it apart.
func Across(probed []Probed, o Options) *AcrossDocument {
	d := &AcrossDocument{Schema: AcrossSchema, Clusters: []Cluster{}, Unreached: []Unreached{}}
	var clusters []cluster
	for _, p := range probed {
		switch p.Trace.Outcome {
		case trace.Network, trace.Interrupted, trace.Internal:
			d.Unreached = append(d.Unreached, Unreached{p.Name, p.Trace.Error})
			continue
		}
		clusters = join(clusters, p, o)
	}
	slices.SortStableFunc(clusters, func(a, b cluster) int { return cmp.Compare(len(b.names), len(a.names)) })
	for i, c := range clusters {
		out := Cluster{Endpoints: c.names, Summary: c.side.Summary, Outcome: c.side.Outcome}
		if i > 0 {
			o.NameA, o.NameB = clusters[0].names[0], c.names[0]
			out.Diff = compareSides(clusters[0].side, c.side, o)
		}
		d.Clusters = append(d.Clusters, out)
	}
	switch {
	case len(clusters) > 1:
		d.Result = AcrossDiffers
	case len(d.Unreached) > 0 || len(clusters) == 0:
		d.Result = AcrossIncomplete
	default:
		d.Result = AcrossSame
	}
	return d
}

type cluster struct {
	side  *side
	names []string
}

func join(clusters []cluster, p Probed, o Options) []cluster {
	s := newSide(p.Trace, o.All)
	for i := range clusters {
		if compareSides(clusters[i].side, s, o).Result == Same {
			clusters[i].names = append(clusters[i].names, p.Name)
			return clusters
		}
	}
	return append(clusters, cluster{s, []string{p.Name}})
}
