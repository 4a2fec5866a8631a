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
	if d.cmd.IncrementalMode == "overwrite" {
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
	return d.opened.begin(ctx, text, d.cmd.Sample)
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

// wipe removes the run and what it delivered, and nothing else.
func (d *downloading) wipe(ctx context.Context) error {
	for rec, err := range ledger.Run(ctx, d.store, d.run) {
		if err != nil {
			return fmt.Errorf("overwrite: %w (remove the folder yourself)", err)
		}
		for _, o := range rec.Of(schemas.RoleDelivered) {
			if err := d.undeliver(ctx, o.Key); err != nil {
				return err
			}
		}
	}
	var keys []string
	for info, err := range d.store.List(ctx, store.Run(d.run)) {
		if err != nil {
			return err
		}
		keys = append(keys, info.Key)
	}
	// The spec goes last: a folder with it is a run, and a wipe that was interrupted is begun again.
	for i := len(keys) - 1; i >= 0; i-- {
		if keys[i] != store.SpecKey(d.run) {
			if err := d.store.Delete(ctx, keys[i]); err != nil {
				return err
			}
		}
	}
	return d.store.Delete(ctx, store.SpecKey(d.run))
}

// undeliver removes a delivered file and, with a shard's table, the folder of its members.
func (d *downloading) undeliver(ctx context.Context, key string) error {
	if shard, ok := strings.CutSuffix(key, ".parquet"); ok {
		var members []string
		for info, err := range d.store.List(ctx, shard+"/") {
			if err != nil {
				return err
			}
			members = append(members, info.Key)
		}
		for _, m := range members {
			if err := d.store.Delete(ctx, m); err != nil {
				return err
			}
		}
	}
	return d.store.Delete(ctx, key)
}

// foreign refuses a folder that holds somebody else's shards.
func (d *downloading) foreign(ctx context.Context) error {
	for info, err := range d.store.List(ctx, "") {
		if err != nil {
			return err
		}
		if strings.HasSuffix(info.Key, "_stats.json") || strings.HasSuffix(info.Key, ".tar") && !strings.Contains(info.Key, "/") {
			return usage(fmt.Errorf("%s holds %s, which no run here made: `pairmill adopt` takes such a folder over; otherwise choose another --output_folder",
				d.place, info.Key))
		}
	}
	return nil
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
	_, planned, err := readListing(ctx, d.store, d.run)
	if err != nil {
		return err
	}
	if len(differ) > 0 && !planned {
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
	plan, ok, err := readListing(ctx, d.store, d.run)
	if !ok || err != nil {
		return err
	}
	var now []list.File
	for _, pattern := range d.spec.Source.List.Inputs {
		found, err := openFiles().Find(ctx, pattern)
		if err != nil {
			return usage(fmt.Errorf("find the list: %w", err))
		}
		now = append(now, found...)
	}
	if !slices.Equal(now, plan.Files) {
		return usage(fmt.Errorf("%s has changed since %s was begun from it: --incremental_mode extend adds it behind what is there, overwrite begins again",
			d.cmd.URLList, d.place))
	}
	return nil
}

// readListing reads what the first pass found out about its list; ok is false while it has not.
func readListing(ctx context.Context, s store.Store, run string) (plan list.Plan, ok bool, err error) {
	rec, err := ledger.Read(ctx, s, schemas.NewJob(run, schemas.TaskPlan, schemas.GroupAll, schemas.GroupAll, ""))
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
	return d.opened.begin(ctx, text, d.cmd.Sample)
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
	next.From = taken(gens, next.List)
	if d.cmd.IncrementalMode == "extend" && !d.cmd.extended {
		// The list is added again even if it is the same: that is what the mode means.
		d.cmd.extended, next.From = true, 0
		next.List = d.spec.Source.List
	}
	if next.From >= next.To {
		return false, nil
	}
	if f := d.spec.Fetch; !reflect.DeepEqual(f, before.Fetch) {
		next.Fetch = &f
	}
	return true, ledger.PutGeneration(ctx, d.store, d.run, next)
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
