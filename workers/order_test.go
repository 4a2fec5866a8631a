package workers_test

import (
	"bytes"
	"fmt"
	"testing"

	"pairmill/store/mem"
	"pairmill/workers/workerstest"
)

// The order in which seeds are listed, how candidates are cut into parts, and how many hash buckets there are say how
// work is divided, not what comes out.
func TestContentDoesNotDependOnDivision(t *testing.T) {
	t.Parallel()
	site := workerstest.Site(t)
	first, second := fmt.Sprintf("%q", site.URL("a.test", "/")), fmt.Sprintf("%q", site.URL("b.test", "/"))
	base := workerstest.Spec(site, "")
	swapped := bytes.Replace(base, []byte(first+", "+second), []byte(second+", "+first), 1)
	var want string
	for name, spec := range map[string][]byte{
		"as it is":     base,
		"seeds turned": swapped,
		"small parts":  bytes.Replace(base, []byte("part_rows: 4"), []byte("part_rows: 1"), 1),
		"large parts":  bytes.Replace(base, []byte("part_rows: 4"), []byte("part_rows: 1000"), 1),
		"five buckets": append(bytes.Clone(base), "dedup: {buckets: 5}\n"...),
		"one lane":     bytes.Replace(base, []byte("lanes: 3"), []byte("lanes: 1"), 1),
	} {
		if name != "as it is" && bytes.Equal(spec, base) {
			t.Fatalf("%s: the spec did not change", name)
		}
		s := mem.New()
		if err := (workerstest.Pipeline{Store: s, Spec: spec}).Drive(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, _ := outcome(t, s)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s: content manifest\n%s\nwant\n%s", name, got, want)
		}
	}
}
