package verify

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
)

// delivery is the check of one delivered shard against the run shard that it was made of.
type delivery struct {
	*jobs
	shard   runShard
	fetched schemas.Commit
	name    string // which all its files begin with

	tar, table, stats schemas.Object // delivered; without a key where there is none
}

// deliver checks what a delivery made.
func (j *jobs) deliver(ctx context.Context, rec schemas.Commit) {
	job := rec.Job
	job.Task = schemas.TaskFetch
	key := store.CommitKey(job)
	fetched, _, err := readCanonical[schemas.Commit](ctx, j.c, key)
	tables, tars := fetched.Of(schemas.RoleTable), fetched.Of(schemas.RoleTar)
	if err != nil || j.c.broken[key] || len(tables) != 1 || len(tars) != 1 {
		return // it has been reported
	}
	d := delivery{jobs: j, fetched: fetched, shard: runShard{table: tables[0], tar: tars[0], style: j.style(ctx)}}
	j.counts(ctx, rec, schemas.Counts{Rows: tars[0].Rows})
	if !d.objects(rec) {
		return
	}
	d.tars()
	if !d.shard.style.known {
		j.c.reads(ctx, d.table)
		j.c.parses(ctx, d.stats.Key)
		return
	}
	complete := false
	d.shard.rows, complete = d.rows(ctx)
	if d.tar.Key != "" && j.c.broken[d.tar.Key] && complete {
		other := d.shard
		other.tar = d.tar
		j.c.shardTar(ctx, other)
	}
	if complete {
		d.sidecar(ctx)
	}
	if j.set.spec.Deliver != nil && j.set.spec.Deliver.Format == schemas.DeliverFiles {
		d.files(ctx)
	}
}

// rows reads the run shard's table, whose own check says what is wrong with it.
func (d *delivery) rows(ctx context.Context) ([]schemas.Row, bool) {
	if d.c.torn[d.shard.table.Key] {
		return nil, false
	}
	return readAll[schemas.Row](ctx, d.c, d.shard.table)
}

// objects tells the objects of a delivery apart; what is not there, or too much, is reported.
func (d *delivery) objects(rec schemas.Commit) bool {
	for _, o := range rec.Of(schemas.RoleDelivered) {
		switch base, ext := strings.TrimSuffix(o.Key, path.Ext(o.Key)), path.Ext(o.Key); ext {
		case ".tar":
			d.tar = o
		case ".parquet":
			d.table, d.name = o, base
		case ".json":
			d.stats = o
		}
	}
	p := whole(store.CommitKey(rec.Job))
	number, err := strconv.Atoi(d.name)
	if err != nil || schemas.PartName(number) != rec.Job.Name || d.stats.Key != d.name+"_stats.json" || d.tar.Key != "" && d.tar.Key != d.name+".tar" {
		d.c.reportAt(p, Record, "objects", "files of shard "+rec.Job.Name, d.name)
		return false
	}
	n := 2
	if d.tar.Key != "" {
		n++
	}
	equal(d.c, p, Record, "objects", n, len(rec.Objects))
	if spec := d.set.spec; spec != nil && spec.Deliver != nil {
		equal(d.c, p, Record, "name", fmt.Sprintf("%0*d", spec.Deliver.Digits, number), d.name)
		equal(d.c, p, Record, "a .tar", spec.Deliver.Format == schemas.DeliverWebDataset, d.tar.Key != "")
	}
	return true
}

// tars checks that the delivered tar is the run shard's.
func (d *delivery) tars() {
	if d.tar.Key == "" {
		return
	}
	p := whole(d.c.by)
	equal(d.c, p, SHA256, "sha256 of "+d.tar.Key, d.shard.tar.SHA256, d.tar.SHA256)
	equal(d.c, p, Size, "size of "+d.tar.Key, d.shard.tar.Size, d.tar.Size)
	equal(d.c, p, Rows, "rows of "+d.tar.Key, d.shard.tar.Rows, d.tar.Rows)
}

// files holds the files of a shard's folder against the members of its tar.
func (d *delivery) files(ctx context.Context) {
	c, tar := d.c, d.shard.tar.Key
	if c.torn[tar] {
		return
	}
	named, n := map[string]bool{}, int64(0)
	for s, err := range samples(ctx, c.store, tar) {
		if err != nil || c.err != nil {
			return // the fetch's check says what is wrong
		}
		p := at{tar, n, s.Key}
		n++
		for _, m := range s.Members {
			key := d.name + "/" + s.Key + "." + m.Ext
			named[key] = true
			d.file(ctx, p, key, m.Data)
		}
	}
	for info, err := range c.store.List(ctx, d.name+"/") {
		if err != nil {
			c.fail(err)
			return
		}
		c.garbage(info, named[info.Key] || c.broken[tar])
	}
}

func (d *delivery) file(ctx context.Context, p at, key string, want []byte) {
	c := d.c
	if c.broken[p.object] && !c.exists(ctx, key) {
		return // a changed name in the tar
	}
	o, err := c.store.Open(ctx, key)
	if err != nil {
		c.unopened(ctx, naming{Key: key, By: p.object, Role: schemas.RoleDelivered}, err)
		return
	}
	defer o.Close()
	sum, size, err := store.HashOf(ctx, o)
	if err != nil {
		c.unreadable(ctx, whole(key), "", err)
		return
	}
	c.cfg.Progress(key, size)
	agree(c, p, whole(key), Size, "size", int64(len(want)), size)
	agree(c, p, whole(key), SHA256, "sha256", sumOf(want), sum.String())
}
