package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"pairmill/bench/process"
	"pairmill/control/api"
	"pairmill/schemas"
)

// planned is what it took to plan a list.
type planned struct {
	Rows             int
	ListBytes        int64
	Seconds          float64
	CPU              float64 // seconds, of the worker
	Worker           int64   // resident bytes at most, as the two that follow
	Control          int64
	NATS             int64
	Shards           int
	Queued           int // fetch jobs in the queue at the end
	Objects          int // in the store
	StoredBytes      int64
	PerFile, PerPart int // rows
}

const (
	fileRows = 5_000_000 // rows of one file of the list
	partRows = 10_000    // rows of a shard, as img2dataset's
)

// plan has a list planned by one worker that does nothing else, so that no picture is asked for.
func plan(ctx context.Context, o options) (any, error) {
	dir, remove, err := below(o, "plan")
	if err != nil {
		return nil, err
	}
	defer remove()
	p := planned{Rows: o.rows, PerFile: fileRows, PerPart: partRows}
	lists := filepath.Join(dir, "list")
	began := time.Now()
	if p.ListBytes, err = longList(lists, o.rows); err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "a list of %d rows, %.1f GB, written in %.0f s\n", o.rows, float64(p.ListBytes)/1e9, time.Since(began).Seconds())
	f, err := startFleet(ctx, o, dir, 1, "--stages", "plan", "--concurrency", "2")
	if err != nil {
		return nil, err
	}
	defer f.end()
	memory := []*process.Memory{
		process.Watch(f.workers[0].cmd.Process.Pid), process.Watch(f.control.cmd.Process.Pid), process.Watch(f.programs[0].cmd.Process.Pid),
	}
	if err := p.wait(ctx, f, spec("plan", source{lists, "csv", "caption"}, partRows)); err != nil {
		return nil, f.workers[0].failure(err.Error())
	}
	p.CPU = f.workers[0].cpu().Seconds()
	p.Worker, p.Control, p.NATS = memory[0].Stop(), memory[1].Stop(), memory[2].Stop()
	if p.Objects, p.StoredBytes, err = size(filepath.Join(dir, "store")); err != nil {
		return nil, err
	}
	fmt.Printf("%d rows (%.1f GB of csv) planned in %.0f s, %.0f rows/s; %.2f µs of CPU per row\n", p.Rows, float64(p.ListBytes)/1e9, p.Seconds, float64(p.Rows)/p.Seconds, p.CPU/float64(p.Rows)*1e6)
	fmt.Printf("%d shards planned, %d fetch jobs queued; %d objects, %.1f GB in the store\n", p.Shards, p.Queued, p.Objects, float64(p.StoredBytes)/1e9)
	fmt.Printf("resident at most: worker %d MiB, control plane %d MiB, NATS %d MiB\n", p.Worker>>20, p.Control>>20, p.NATS>>20)
	return p, nil
}

// wait submits a spec and waits until its fetches are planned and queued.
func (p *planned) wait(ctx context.Context, f *fleet, text string) error {
	began := time.Now()
	s, err := f.client.Submit(ctx, api.Submission{Spec: text})
	if err != nil {
		return err
	}
	for said := time.Now(); ; time.Sleep(time.Second) {
		got, err := f.client.Status(ctx, s.Run)
		if err != nil {
			return err
		}
		if got.State != schemas.RunQueued && got.State != schemas.RunRunning {
			return fmt.Errorf("run %s is %s", s.Run, got.State)
		}
		done := false
		for _, stage := range got.Stages {
			if time.Since(said) > 30*time.Second && stage.Stage == schemas.StagePlan {
				said = time.Now()
				fmt.Fprintf(os.Stderr, "%4.0f s: %d jobs done\n", time.Since(began).Seconds(), stage.Jobs.Done)
			}
			if stage.Stage == schemas.StageFetch && stage.Jobs.Queued > 0 {
				p.Shards, p.Queued, done = stage.Jobs.Planned, stage.Jobs.Queued, true
			}
			if stage.Stage == schemas.StagePlan && stage.Jobs.Queued > 0 {
				done = false
				break
			}
		}
		if done {
			p.Seconds = time.Since(began).Seconds()
			return nil
		}
	}
}

// longList writes files with a URL and a caption in each row. Hosts are loopback addresses, of which some hold much of the
// list, as on the web; nothing listens there.
func longList(dir string, rows int) (bytes int64, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	r := rand.New(rand.NewPCG(1, 1))
	hosts := rand.NewZipf(r, 1.2, 10, 1<<20)
	for from := 0; from < rows; from += fileRows {
		n, err := listFile(filepath.Join(dir, fmt.Sprintf("%05d.csv", from/fileRows)), r, hosts, from, min(from+fileRows, rows))
		if err != nil {
			return 0, err
		}
		bytes += n
	}
	return bytes, nil
}

func listFile(name string, r *rand.Rand, hosts *rand.Zipf, from, to int) (int64, error) {
	file, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprintln(w, "url,caption")
	for i := from; i < to; i++ {
		h := hosts.Uint64()
		fmt.Fprintf(w, "http://127.%d.%d.%d:9/media/%d/%08x.jpg,a picture of %x on a %x beside the %x\n", 100+h>>16, h>>8&255, h&255, i, r.Uint32(), r.Uint32(), r.Uint32(), r.Uint32())
	}
	err = errors.Join(w.Flush(), file.Close())
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// size counts the files below a folder.
func size(dir string) (files int, bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			files, bytes = files+1, bytes+info.Size()
		}
		return err
	})
	return files, bytes, err
}
