package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
)

// A group's plan stands under a plain name because every job of the group looks it up to know when it was the last.
func groupKey(task schemas.Task, group string) string {
	return fmt.Sprintf("groups/%s/%s.json", task, group)
}

// FetchGroup returns the number of the fetch group whose plan stands at key, of any run.
func FetchGroup(key string) (n int, ok bool) {
	_, name, ok := strings.Cut(key, "/groups/"+string(schemas.TaskFetch)+"/")
	if !ok {
		return 0, false
	}
	return schemas.GroupIndex(strings.TrimSuffix(name, ".json"))
}

// PlanGroup writes what a group consists of: the jobs that must settle before its roll-up may run.
func PlanGroup(ctx context.Context, t *Tx, g schemas.Group) error {
	blob, err := JSON(g)
	if err != nil {
		return err
	}
	_, err = t.PutPlain(ctx, groupKey(g.Task, g.Name), blob, schemas.Object{Role: schemas.RoleGroup})
	return err
}

// ReadGroup returns a group's plan, or store.ErrNotExist while there is none.
func ReadGroup(ctx context.Context, s store.Store, run string, task schemas.Task, group string) (schemas.Group, error) {
	var g schemas.Group
	err := ReadJSON(ctx, s, store.Run(run)+groupKey(task, group), &g)
	return g, err
}

// endName names the record of how many fetch groups a run has when a generation is planned.
func endName(generation int) string {
	if generation == 0 {
		return "end"
	}
	return "end-" + schemas.GenerationName(generation)
}

// PlanEnd writes that a run has no more than n fetch groups, those of earlier generations included, until a further
// generation is planned. The generation is the one of the transaction's job.
func PlanEnd(ctx context.Context, t *Tx, n int) error {
	name := endName(t.Job().Generation)
	blob, err := JSON(schemas.Group{Version: schemas.Version, Task: schemas.TaskFetch, Name: name, Size: n})
	if err != nil {
		return err
	}
	_, err = t.PutPlain(ctx, groupKey(schemas.TaskFetch, name), blob, schemas.Object{Role: schemas.RoleGroup})
	return err
}

// ReadEnd returns how many fetch groups a run has with a generation; ok is false while more may come.
func ReadEnd(ctx context.Context, s store.Store, run string, generation int) (n int, ok bool, err error) {
	g, err := ReadGroup(ctx, s, run, schemas.TaskFetch, endName(generation))
	if errors.Is(err, store.ErrNotExist) {
		return 0, false, nil
	}
	return g.Size, err == nil, err
}

// HasGroup tells whether a group is planned.
func HasGroup(ctx context.Context, s store.Store, run string, task schemas.Task, group string) (bool, error) {
	return Exists(ctx, s, store.Run(run)+groupKey(task, group))
}
