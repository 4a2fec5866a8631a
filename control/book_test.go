package control

import (
	"context"
	"errors"
	"strings"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/faulty"
	"pairmill/store/mem"
)

func pausing(_ []schemas.Control, number int) (*schemas.Control, error) {
	return &schemas.Control{Version: schemas.Version, Number: number, Action: schemas.ActionPause}, nil
}

func TestBookReadsByItsIndex(t *testing.T) {
	t.Parallel()
	s, lists := mem.New(), 0
	counted := faulty.New(s, func(op faulty.Op, key string, _ int) faulty.Fault {
		if op == faulty.List {
			lists++
		}
		return faulty.None
	})
	theirs, ours := newRunBook(s), newRunBook(counted)
	for _, run := range []string{"a", "a", "b", "a"} {
		if _, err := theirs.append(t.Context(), run, pausing); err != nil {
			t.Fatal(err)
		}
	}
	all, err := ours.all(t.Context(), false)
	if err != nil || len(all) != 2 || len(all["a"]) != 3 || len(all["b"]) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	lists = 0
	if _, err := ours.all(t.Context(), false); err != nil || lists != 1 {
		t.Errorf("looking again: %d lists, %v; want the index alone", lists, err)
	}
	if _, err := theirs.append(t.Context(), "b", pausing); err != nil {
		t.Fatal(err)
	}
	lists = 0
	if all, err = ours.all(t.Context(), false); err != nil || lists != 2 || len(all["b"]) != 2 {
		t.Errorf("after one decision: %d lists, %v, %v", lists, all, err)
	}
}

// TestBookIsMended: whoever dies between a decision and its mark leaves one that only a new leader finds, or whoever decides
// the same again.
func TestBookIsMended(t *testing.T) {
	t.Parallel()
	for name, mend := range map[string]func(ctx context.Context, b *book[schemas.Control]) error{
		"by a new leader": func(ctx context.Context, b *book[schemas.Control]) error {
			all, err := b.all(ctx, true)
			if err == nil && len(all["a"]) != 2 {
				err = errors.New("not found")
			}
			return err
		},
		"by the next who decides": func(ctx context.Context, b *book[schemas.Control]) error {
			_, err := b.append(ctx, "a", func(all []schemas.Control, _ int) (*schemas.Control, error) { return nil, nil })
			if err != nil {
				return err
			}
			all, err := newRunBook(b.store).all(ctx, false)
			if err == nil && len(all["a"]) != 2 {
				err = errors.New("not marked")
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := mem.New()
			if _, err := newRunBook(s).append(t.Context(), "a", pausing); err != nil {
				t.Fatal(err)
			}
			dying := faulty.New(s, func(op faulty.Op, key string, _ int) faulty.Fault {
				if op == faulty.Put && key == store.RunMark("a", 2) {
					return faulty.Fail
				}
				return faulty.None
			})
			if _, err := newRunBook(dying).append(t.Context(), "a", pausing); err == nil {
				t.Fatal("the mark was written")
			}
			if all, err := newRunBook(s).all(t.Context(), false); err != nil || len(all) != 1 {
				t.Fatalf("%v, %v", all, err)
			}
			if err := mend(t.Context(), newRunBook(s)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestBookWithForeignObjects: what cannot be read is told, and does not hide the rest.
func TestBookWithForeignObjects(t *testing.T) {
	t.Parallel()
	s := mem.New()
	for _, run := range []string{"good", "bad"} {
		if _, err := newRunBook(s).append(t.Context(), run, pausing); err != nil {
			t.Fatal(err)
		}
	}
	for key, text := range map[string]string{store.RunsPrefix + "notes.txt": "x", store.Numbered(store.ControlPrefix("bad"), 2): "{}", store.RunMark("bad", 2): "{}"} {
		if _, err := s.Put(t.Context(), key, store.Bytes([]byte(text))); err != nil {
			t.Fatal(err)
		}
	}
	all, err := newRunBook(s).all(t.Context(), false)
	if err == nil || !strings.Contains(err.Error(), "notes.txt") || !strings.Contains(err.Error(), store.Numbered(store.ControlPrefix("bad"), 2)) {
		t.Errorf("error %v, want both keys in it", err)
	}
	if len(all) != 1 || len(all["good"]) != 1 {
		t.Errorf("read %v", all)
	}
}
