package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// wipingKey marks a run that is being removed. It goes last, so that whoever comes next ends a removal that was interrupted
// instead of going on with half a run.
func wipingKey(run string) string { return store.Run(run) + "generations-wiped.json" }

// wiped ends a removal that was interrupted.
func (d *downloading) wiped(ctx context.Context) error {
	half, err := ledger.Exists(ctx, d.store, wipingKey(d.run))
	if !half || err != nil {
		return err
	}
	return d.wipe(ctx)
}

// wipe removes the run and what it delivered or was about to deliver, and nothing else.
func (d *downloading) wipe(ctx context.Context) error {
	before, there, err := d.before(ctx)
	if err != nil {
		return fmt.Errorf("overwrite: %w (remove the folder yourself)", err)
	}
	blob, err := ledger.JSON(before.Deliver)
	if err != nil {
		return err
	}
	if there {
		if _, err := d.store.Put(ctx, wipingKey(d.run), blob); err != nil {
			return err
		}
	}
	var deliver *schemas.Deliver
	half, err := ledger.Exists(ctx, d.store, wipingKey(d.run))
	if half && err == nil {
		err = ledger.ReadJSON(ctx, d.store, wipingKey(d.run), &deliver)
	}
	if !half || err != nil {
		return err
	}
	if deliver != nil {
		if err := d.undeliver(ctx, *deliver); err != nil {
			return err
		}
	}
	keys, err := d.keys(ctx, store.Run(d.run))
	if err != nil {
		return err
	}
	for _, key := range keys {
		if key == wipingKey(d.run) {
			continue
		}
		if err := d.store.Delete(ctx, key); err != nil {
			return err
		}
	}
	return d.store.Delete(ctx, wipingKey(d.run))
}

// undeliver removes the files of every shard that was planned, whether its delivery is recorded or not. The plans go after
// them.
func (d *downloading) undeliver(ctx context.Context, form schemas.Deliver) error {
	plans, err := d.keys(ctx, store.Run(d.run)+"groups/"+string(schemas.TaskFetch)+"/")
	if err != nil {
		return err
	}
	for _, key := range plans {
		var g schemas.Group
		if err := ledger.ReadJSON(ctx, d.store, key, &g); err != nil {
			return err
		}
		for _, name := range g.Jobs {
			n, err := strconv.Atoi(name)
			if err != nil {
				continue
			}
			if err := d.remove(ctx, fmt.Sprintf("%0*d", form.Digits, n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// remove removes a delivered shard, its stats first: without them it is not whole.
func (d *downloading) remove(ctx context.Context, shard string) error {
	members, err := d.keys(ctx, shard+"/")
	if err != nil {
		return err
	}
	for _, key := range append([]string{shard + "_stats.json", shard + ".tar", shard + ".parquet"}, members...) {
		if err := d.store.Delete(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// keys lists what is to be removed before anything is.
func (d *downloading) keys(ctx context.Context, prefix string) (keys []string, err error) {
	for info, err := range d.store.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, info.Key)
	}
	return keys, nil
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
