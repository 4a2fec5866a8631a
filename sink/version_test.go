package sink

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pairmill/store"
	"pairmill/store/faulty"
	"pairmill/store/mem"
)

// Eight runs claim at once, each of them twice: every run gets one version, and no version has two runs.
func TestClaimRaces(t *testing.T) {
	t.Parallel()
	s := mem.New()
	var mu sync.Mutex
	runs := map[string]map[string]bool{} // by version
	var wg sync.WaitGroup
	for i := range 8 {
		for range 2 {
			wg.Go(func() {
				run := fmt.Sprintf("run-%d", i)
				v, err := Claim(t.Context(), s, "birds", run, 0)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if runs[v] == nil {
					runs[v] = map[string]bool{}
				}
				runs[v][run] = true
			})
		}
	}
	wg.Wait()
	versions := map[string]string{} // by run
	for v, of := range runs {
		for run := range of {
			if other, ok := versions[run]; ok || len(of) != 1 {
				t.Errorf("%s belongs to %v, and %s has %s too", v, of, run, other)
			}
			versions[run] = v
		}
	}
	if len(versions) != 8 {
		t.Errorf("versions %v", versions)
	}
	for run, v := range versions {
		if again, err := Claim(t.Context(), s, "birds", run, 0); again != v || err != nil {
			t.Errorf("%s claims %s, then %s, %v", run, v, again, err)
		}
	}
	if v, err := Claim(t.Context(), s, "birds", "ninth", 0); v != "v0009" || err != nil {
		t.Errorf("ninth run: %s, %v", v, err)
	}
	if v, err := Claim(t.Context(), s, "bees", "run-0", 0); v != "v0001" || err != nil {
		t.Errorf("another dataset: %s, %v", v, err)
	}
	for range 2 { // a further generation of a run is another version, and stays it
		if v, err := Claim(t.Context(), s, "bees", "run-0", 1); v != "v0002" || err != nil {
			t.Errorf("the run's second generation: %s, %v", v, err)
		}
	}
}

func TestClaimAfterFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range []faulty.Fault{faulty.Fail, faulty.Lost} {
		for n := range 2 { // the list, the write
			inner := mem.New()
			s := faulty.New(inner, faulty.At(n+1, fault))
			if _, err := Claim(t.Context(), s, "birds", "mine", 0); !errors.Is(err, faulty.ErrInjected) {
				t.Errorf("call %d %s: error %v", n+1, fault, err)
			}
			if v, err := Claim(t.Context(), s, "birds", "mine", 0); v != "v0001" || err != nil {
				t.Errorf("again: %s, %v", v, err)
			}
		}
	}
}

func TestClaimRefusesWhatIsNoClaim(t *testing.T) {
	t.Parallel()
	for key, content := range map[string]string{"latest.json": `{"v":1,"run":"x"}`, "v0001.json": `{`} {
		s := mem.New()
		if _, err := s.Put(t.Context(), "datasets/birds/claims/"+key, store.Bytes([]byte(content))); err != nil {
			t.Fatal(err)
		}
		if _, err := Claim(t.Context(), s, "birds", "mine", 0); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: error %v", key, err)
		}
	}
}
