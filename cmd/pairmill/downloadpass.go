package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"pairmill/crawler/list"
	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// begin brings the output folder into the state from which the command goes on: its run is there, and is this one.
func (d *downloading) begin(ctx context.Context) error {
	if err := d.wiped(ctx); err != nil {
		return err
	}
	// After a crash the supervisor repeats the command: what was begun anew then goes on.
	if d.cmd.IncrementalMode == "overwrite" && !sandboxed() {
		if err := d.wipe(ctx); err != nil {
			return err
		}
	}
	before, there, err := d.before(ctx)
	switch {
	case err != nil:
		return err
	case there:
		return d.compare(ctx, before)
	}
	if err := d.foreign(ctx); err != nil {
		return err
	}
	text, err := specfile.Marshal(d.spec)
	if err != nil {
		return err
	}
	return d.opened.begin(ctx, text, schemas.Generation{Version: schemas.Version, To: d.cmd.Sample})
}

// before reads the spec of the run that is there already.
func (d *downloading) before(ctx context.Context) (spec schemas.Spec, there bool, err error) {
	key := store.SpecKey(d.run)
	text, err := store.ReadAll(ctx, d.store, key, specfile.MaxSize)
	if errors.Is(err, store.ErrNotExist) {
		return spec, false, nil
	}
	if err != nil {
		return spec, false, err
	}
	spec, err = specfile.Parse(key, text)
	return spec, true, err
}

// compare refuses a command whose shards would differ from those that are there. How requests are made may change: it
// counts from the next pass on.
func (d *downloading) compare(ctx context.Context, before schemas.Spec) error {
	now := d.spec
	now.Fetch = sameManner(now.Fetch, before.Fetch)
	if d.cmd.IncrementalMode == "extend" {
		list := *before.Source.List
		list.Inputs, list.Format = now.Source.List.Inputs, now.Source.List.Format
		before.Source.List = &list
	}
	var differ, manner []string
	differences("", reflect.ValueOf(before), reflect.ValueOf(now), &differ)
	_, planned, err := readListing(ctx, d.store, d.run, 0)
	if err != nil {
		return err
	}
	if alone := !d.place.remote() && d.cmd.NATS == ""; len(differ) > 0 && !planned && alone {
		return d.anew(ctx) // nothing came of the other settings: the list was not there, or not as they said
	}
	differences("fetch", reflect.ValueOf(before.Fetch), reflect.ValueOf(d.spec.Fetch), &manner)
	if len(differ) == 0 && len(manner) > 0 {
		d.p.log.Warn("these settings count from the next pass on (retry, a larger sample, extend); this one goes on as it was begun",
			"changed", strings.Join(manner, "; "))
	}
	if len(differ) > 0 {
		return usage(fmt.Errorf("%s was begun with other settings: %s\nrepeat them, choose another --output_folder, or --incremental_mode overwrite",
			d.place, strings.Join(differ, "; ")))
	}
	if d.cmd.IncrementalMode == "extend" {
		return nil
	}
	return d.sameInput(ctx)
}

// sameInput refuses a list that has changed since it was read: its rows would not be those that stand in the shards.
func (d *downloading) sameInput(ctx context.Context) error {
	plan, ok, err := readListing(ctx, d.store, d.run, 0)
	if !ok || err != nil {
		return err
	}
	now, err := d.files(ctx)
	if err != nil {
		return err
	}
	if !slices.Equal(now, plan.Files) {
		return usage(fmt.Errorf("%s has changed since %s was begun from it: --incremental_mode extend adds it behind what is there, overwrite begins again",
			d.cmd.URLList, d.place))
	}
	return nil
}

// files are the list's, as they are now.
func (d *downloading) files(ctx context.Context) ([]list.File, error) {
	r, err := list.New(openFiles(), *d.spec.Source.List)
	if err != nil {
		return nil, usage(err)
	}
	now, err := r.Files(ctx)
	if err != nil {
		return nil, usage(fmt.Errorf("find the list: %w", err))
	}
	return now, nil
}

// readListing reads what a pass found out about its list; ok is false while it has not.
func readListing(ctx context.Context, s store.Store, run string, generation int) (plan list.Plan, ok bool, err error) {
	job := schemas.NewJob(run, schemas.TaskPlan, schemas.GroupAll, schemas.GroupAll, "")
	job.Generation = generation
	rec, err := ledger.Read(ctx, s, job)
	if errors.Is(err, store.ErrNotExist) {
		return plan, false, nil
	}
	if err != nil {
		return plan, false, err
	}
	for _, o := range rec.Of(schemas.RoleListing) {
		err := ledger.ReadJSON(ctx, s, o.Key, &plan)
		return plan, err == nil, err
	}
	return plan, false, nil
}

// anew begins a run again of which nothing was planned yet.
func (d *downloading) anew(ctx context.Context) error {
	if err := d.wipe(ctx); err != nil {
		return err
	}
	text, err := specfile.Marshal(d.spec)
	if err != nil {
		return err
	}
	return d.opened.begin(ctx, text, schemas.Generation{Version: schemas.Version, To: d.cmd.Sample})
}

// sameManner takes over from b what does not decide what a shard is.
func sameManner(a, b schemas.Fetch) schemas.Fetch {
	b.PartRows = a.PartRows
	return b
}

// differences names the settings in which two specs differ.
func differences(path string, a, b reflect.Value, out *[]string) {
	if a.Kind() == reflect.Pointer && !a.IsNil() && !b.IsNil() {
		a, b = a.Elem(), b.Elem()
	}
	if a.Kind() == reflect.Struct {
		for i := range a.NumField() {
			key, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("yaml"), ",")
			differences(strings.TrimPrefix(path+"."+key, "."), a.Field(i), b.Field(i), out)
		}
		return
	}
	if (a.Kind() == reflect.Slice || a.Kind() == reflect.Map) && a.Len() == 0 && b.Len() == 0 {
		return
	}
	if !reflect.DeepEqual(a.Interface(), b.Interface()) {
		*out = append(*out, fmt.Sprintf("%s was %v, is %v", path, a.Interface(), b.Interface()))
	}
}

// extend plans a further pass if the command asks for rows that none has taken.
func (d *downloading) extend(ctx context.Context) (more bool, err error) {
	gens, err := ledger.Generations(ctx, d.store, d.run)
	if err != nil {
		return false, err
	}
	before, _, err := d.before(ctx)
	if err != nil {
		return false, err
	}
	next := schemas.Generation{Version: schemas.Version, Number: len(gens), To: d.cmd.Sample}
	if !reflect.DeepEqual(before.Source.List.Inputs, d.spec.Source.List.Inputs) {
		next.List = d.spec.Source.List
	}
	changed, err := d.changed(ctx, gens, next.List)
	switch {
	case err != nil:
		return false, err
	case changed: // another list under the same name
		next.List = d.spec.Source.List
	default:
		next.From = taken(gens, next.List)
	}
	if next.From >= next.To {
		return false, nil
	}
	if f := d.spec.Fetch; !reflect.DeepEqual(f, before.Fetch) {
		next.Fetch = &f
	}
	return true, ledger.PutGeneration(ctx, d.store, d.run, next)
}

// changed tells whether a list that a pass has read is another one now. Only extend takes it then.
func (d *downloading) changed(ctx context.Context, gens schemas.Generations, l *schemas.List) (bool, error) {
	if d.cmd.IncrementalMode != "extend" {
		return false, nil
	}
	for n := len(gens) - 1; n >= 0; n-- {
		if gens[n].IsRetry() || !sameInputs(gens[n].List, l) && !sameInputs(gens[n].List, d.spec.Source.List) {
			continue
		}
		plan, ok, err := readListing(ctx, d.store, d.run, n)
		if !ok || err != nil {
			return false, err
		}
		now, err := d.files(ctx)
		return !slices.Equal(now, plan.Files), err
	}
	return false, nil
}

func sameInputs(a, b *schemas.List) bool {
	if a == nil || b == nil {
		return a == b
	}
	return reflect.DeepEqual(a.Inputs, b.Inputs)
}

// absolute makes a local path independent of the folder that the command runs in.
func absolute(path string) string {
	if strings.Contains(path, "://") {
		return path
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
