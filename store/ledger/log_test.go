package ledger_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/mem"
)

const prefix = "runs/r1/control/"

func decision(number int, by string) *schemas.Control {
	return &schemas.Control{Version: schemas.Version, Number: number, Action: schemas.ActionPause, By: by}
}

// TestLogTakesEachDecisionOnce lets many processes append: no decision is lost, none has another's number.
func TestLogTakesEachDecisionOnce(t *testing.T) {
	t.Parallel()
	s := mem.New()
	const processes, each = 5, 8
	var all sync.WaitGroup
	for p := range processes {
		all.Go(func() {
			l := ledger.NewLog[schemas.Control](s, prefix)
			for i := range each {
				_, err := l.Append(t.Context(), func(_ []schemas.Control, number int) (*schemas.Control, error) {
					return decision(number, fmt.Sprint(p, i)), nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got, err := ledger.NewLog[schemas.Control](s, prefix).Load(t.Context())
	if err != nil || len(got) != processes*each {
		t.Fatalf("%d records, %v", len(got), err)
	}
	seen := map[string]bool{}
	for i, d := range got {
		if d.Number != i+1 || seen[d.By] {
			t.Errorf("record %d: %+v", i+1, d)
		}
		seen[d.By] = true
	}
}

func TestLogReadsOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	s := mem.New()
	ours, theirs := ledger.NewLog[schemas.Control](s, prefix), ledger.NewLog[schemas.Control](s, prefix)
	one := func(_ []schemas.Control, number int) (*schemas.Control, error) { return decision(number, "x"), nil }
	for i := range 3 {
		if all, err := theirs.Append(t.Context(), one); err != nil || len(all) != i+1 {
			t.Fatalf("%d records, %v", len(all), err)
		}
		if all, err := ours.Load(t.Context()); err != nil || len(all) != i+1 {
			t.Fatalf("%d records, %v", len(all), err)
		}
	}
	stop := errors.New("no")
	if _, err := ours.Append(t.Context(), func([]schemas.Control, int) (*schemas.Control, error) { return nil, stop }); !errors.Is(err, stop) {
		t.Errorf("a refusal: %v", err)
	}
	if all, err := ours.Append(t.Context(), func([]schemas.Control, int) (*schemas.Control, error) { return nil, nil }); err != nil || len(all) != 3 {
		t.Errorf("nothing to decide: %d records, %v", len(all), err)
	}
}

func TestLogRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, body, want string }{
		{"000002.json", `{"v":1,"number":2,"action":"pause"}`, "one is missing"},
		{"000001.json", `{"v":9,"number":1,"action":"pause"}`, "version 9"},
		{"000001.json", `{"v":1,"number":5,"action":"pause"}`, "number 5"},
		{"000001.json", `{"v":1`, "000001.json"},
		{"notes.json", `{}`, "want a number"},
	} {
		s := mem.New()
		if _, err := s.Put(t.Context(), prefix+c.key, store.Bytes([]byte(c.body))); err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.NewLog[schemas.Control](s, prefix).Load(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: error %v, want %q in it", c.key, c.body, err, c.want)
		}
	}
}
