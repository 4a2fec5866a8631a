package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"pairmill/control/api"
	"pairmill/control/client"
	"pairmill/schemas"
)

// fleet is a cluster: NATS, one control plane, workers, and a store in a folder.
type fleet struct {
	*servers
	control *program
	again   func() (*program, error) // starts a control plane in its place
	workers []*program
	checks  []string // addresses of metrics: the control plane's, then the workers'
	client  *client.Client
}

func startFleet(ctx context.Context, o options, dir string, workers int, args ...string) (f *fleet, err error) {
	at, err := freeAddresses(1 + workers)
	if err != nil {
		return nil, err
	}
	f = &fleet{checks: at}
	defer func() {
		if err != nil {
			f.end()
		}
	}()
	if f.servers, err = startServers(ctx, o.nats, dir, 1); err != nil {
		return f, err
	}
	env := []string{"PAIRMILL_NATS=" + f.URL, "PAIRMILL_STORE=" + filepath.Join(dir, "store"), "PAIRMILL_MIN_FREE=0"}
	f.again = func() (*program, error) { return start(dir, "serve", env, o.pairmill, "serve", "--listen", at[0]) }
	if f.control, err = f.again(); err != nil {
		return f, err
	}
	if err := healthy(ctx, "http://"+at[0]+"/readyz"); err != nil {
		return f, f.control.failure(err.Error())
	}
	for i := range workers {
		w, err := start(dir, fmt.Sprint("worker-", i), env, append([]string{o.pairmill, "worker", "--listen", at[1+i]}, args...)...)
		if err != nil {
			return f, err
		}
		f.workers = append(f.workers, w)
	}
	for i, w := range f.workers {
		if err := healthy(ctx, "http://"+at[1+i]+"/readyz"); err != nil {
			return f, w.failure(err.Error())
		}
	}
	f.client, err = client.New(client.Config{Server: "http://" + at[0]})
	return f, err
}

func (f *fleet) end() {
	for _, w := range f.workers {
		w.end()
	}
	if f.control != nil {
		f.control.end()
	}
	if f.servers != nil {
		f.servers.end()
	}
}

// reread puts a new control plane in the place of the old one and waits until it knows of so many jobs of the only run, which
// is done.
func (f *fleet) reread(ctx context.Context, jobs int) (seconds float64, err error) {
	f.control.end()
	began := time.Now()
	if f.control, err = f.again(); err != nil {
		return 0, err
	}
	if err := healthy(ctx, "http://"+f.checks[0]+"/healthz"); err != nil {
		return 0, f.control.failure(err.Error())
	}
	list, err := f.client.Runs(ctx)
	if err != nil || len(list.Runs) != 1 {
		return 0, fmt.Errorf("one run is expected, there are %d: %w", len(list.Runs), err)
	}
	for ; ; time.Sleep(20 * time.Millisecond) {
		got, err := f.client.Status(ctx, list.Runs[0].Run)
		if err != nil {
			return 0, err
		}
		n := 0
		for _, stage := range got.Stages {
			n += stage.Jobs.Done
		}
		if !got.Partial && n == jobs {
			return time.Since(began).Seconds(), nil
		}
		if time.Since(began) > 5*time.Minute {
			return 0, fmt.Errorf("a new control plane knows of %d of %d jobs after 5 minutes", n, jobs)
		}
	}
}

// done is how a run went.
type done struct {
	Seconds float64
	Queued  int // fetch jobs in the queue, the most that was seen
	Jobs    int // of all stages
	Rows    int64
}

// do submits a spec and waits for its end.
func (f *fleet) do(ctx context.Context, text string) (d done, err error) {
	began := time.Now()
	s, err := f.client.Submit(ctx, api.Submission{Spec: text})
	if err != nil {
		return d, err
	}
	for {
		got, err := f.client.Status(ctx, s.Run)
		if err != nil {
			return d, err
		}
		d = done{Seconds: time.Since(began).Seconds(), Queued: d.Queued, Rows: got.Rows.Kept}
		for _, stage := range got.Stages {
			d.Jobs += stage.Jobs.Done
			if stage.Stage == schemas.StageFetch {
				d.Queued = max(d.Queued, stage.Jobs.Queued)
			}
		}
		switch got.State {
		case schemas.RunDone:
			return d, nil
		case schemas.RunStopped, schemas.RunCancelled:
			return d, fmt.Errorf("run %s is %s", s.Run, got.State)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// figures reads what the processes have counted, added up over all of them: by name with its labels, and by name alone.
func (f *fleet) figures() (map[string]float64, error) {
	sum := map[string]float64{}
	for _, at := range f.checks {
		resp, err := http.Get("http://" + at + "/metrics")
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			line := lines.Text()
			i := strings.LastIndex(line, " ")
			if i < 0 || strings.HasPrefix(line, "#") {
				continue
			}
			x, err := strconv.ParseFloat(line[i+1:], 64)
			if err != nil {
				return nil, errors.Join(fmt.Errorf("metrics of %s: %w", at, err), resp.Body.Close())
			}
			name, labels, _ := strings.Cut(line[:i], "{")
			sum[name] += x
			if labels != "" {
				sum[name+"{"+labels] += x
			}
		}
		if err := errors.Join(lines.Err(), resp.Body.Close()); err != nil {
			return nil, err
		}
	}
	return sum, nil
}

// trial is a new cluster, and a list for it of the rows that were asked for, on a web of its own.
type trial struct {
	*fleet
	dir, list string
}

// try has a trial used, and removes what it leaves. The web has so many hosts, which answer late.
func (o options) try(ctx context.Context, name string, hosts int, late time.Duration, workers int, args []string, use func(trial) error) error {
	dir, remove, err := below(o, name)
	if err != nil {
		return err
	}
	defer remove()
	w, err := serveWeb(hosts, late)
	if err != nil {
		return err
	}
	defer w.end()
	list := filepath.Join(dir, "list.txt")
	if err := w.list(list, o.rows); err != nil {
		return err
	}
	f, err := startFleet(ctx, o, dir, workers, args...)
	if err != nil {
		return err
	}
	defer f.end()
	return use(trial{f, dir, list})
}

// download downloads the list in shards of so many rows. All rows must be kept, or there is nothing to compare.
func (x trial) download(ctx context.Context, o options, name string, shard int) (done, error) {
	d, err := x.do(ctx, spec(name, source{x.list, "txt", ""}, shard))
	if err == nil && d.Rows != int64(o.rows) {
		err = fmt.Errorf("%d of %d rows were kept: no fair measurement", d.Rows, o.rows)
	}
	return d, err
}

// below makes a folder for one measurement, and returns what removes it.
func below(o options, name string) (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp(o.dir, "bench-scale-"+name+"-")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}
