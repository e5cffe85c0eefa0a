package trace

import "testing"

func TestEveryFieldIsFoundByItsPath(t *testing.T) {
	for _, tr := range samples(t) {
		for _, e := range tr.Events {
			if e.Tree == nil {
				continue
			}
			for i := range e.Tree.Nodes {
				path := e.Tree.Path(i)
				if got := e.Fields().Find(path); got.Index() != e.Tree.Find(path) || got.Path() != path {
					t.Errorf("%s: node %d, want %d", path, got.Index(), e.Tree.Find(path))
				}
				if got := e.Fields().Find(path + "x"); got.Path() == path {
					t.Errorf("%sx was found", path)
				}
			}
		}
	}
}

func TestFieldsThatAreNotThereAnswer(t *testing.T) {
	var e *Event
	f := e.Fields().At("a", "b").Item(3).Find("c")
	if _, ok := f.Num(); ok || f.OK() || f.Code() != nil || f.Bytes() != nil || f.Raw() != nil || f.Len() != 0 || f.Path() != "" {
		t.Error("something was found")
	}
	if _, ok := f.Text(); ok {
		t.Error("text was found")
	}
}

func TestStepsCostNoAllocation(t *testing.T) {
	for _, e := range samples(t)["0x304"].Events {
		if e.Kind != "client_hello" || e.Layer != LayerMessage {
			continue
		}
		n := testing.AllocsPerRun(10, func() {
			if !e.Fields().At("extensions", "server_name", "server_name_list").Item(0).At("host_name").OK() {
				t.Error("no host_name")
			}
		})
		if n != 0 {
			t.Errorf("%g allocations", n)
		}
	}
}
