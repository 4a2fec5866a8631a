package workers

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"pairmill/fetch"
	"pairmill/internal/extsort"
	"pairmill/schemas"
	"pairmill/store/ledger"
)

// scan turns one range of a list into candidates, or one group of tables into those to retry. Rows of heavy hosts go into
// a table of their own, host by host, so that the cut can give them shards of their own.
func (h *Handlers) scan(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	if run.Generation.IsRetry() {
		return h.scanTables(ctx, run, tx)
	}
	reader, err := h.listOf(run)
	if err != nil {
		return err
	}
	plan, err := h.runs.listing(ctx, job.Run, job.Generation)
	if err != nil {
		return err
	}
	i, err := strconv.Atoi(job.Name)
	if err != nil || i >= len(plan.Ranges) {
		return Permanent(fmt.Errorf("listing has %d ranges, none is called %q", len(plan.Ranges), job.Name))
	}
	s, err := newScanning(tx, plan.Heavy)
	if err != nil {
		return err
	}
	defer s.heavy.Close()
	for c, err := range reader.Rows(ctx, &plan, i) {
		if err != nil {
			return err
		}
		tx.Counts().Listed++
		if !run.Generation.Takes(c.ID) {
			continue
		}
		h.deps.Watch.Row(job, Item{URL: c.URL})
		if err := s.add(c); err != nil {
			return err
		}
	}
	return s.put(ctx, jobPath(job))
}

// scanning is one scan in work.
type scanning struct {
	tx    *ledger.Tx
	hosts map[string]int // heavy hosts, by their place in the plan
	light *rowSpool[schemas.Candidate]
	heavy *extsort.Sorter[heavyRow]
	seen  int64
}

// heavyRow is a row of a heavy host on its way to the others of its host.
type heavyRow struct {
	Host      int32             `parquet:"host"`
	Line      int64             `parquet:"line"`
	Candidate schemas.Candidate `parquet:"candidate"`
}

// survey says how many rows of each heavy host a scan found, in the order of its table.
type survey struct {
	Hosts []heavyHost `json:"hosts"`
}

type heavyHost struct {
	Host int   `json:"host"` // its place in the plan
	Rows int64 `json:"rows"`
}

func newScanning(tx *ledger.Tx, heavy []string) (*scanning, error) {
	s := &scanning{tx: tx, hosts: map[string]int{}}
	for i, host := range heavy {
		s.hosts[host] = i
	}
	s.heavy = extsort.New(func(a, b heavyRow) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Line, b.Line))
	}, extsort.Config{Dir: tx.Dir()})
	var err error
	s.light, err = newRowSpool[schemas.Candidate](tx)
	return s, err
}

func (s *scanning) add(c schemas.Candidate) error {
	s.seen++
	if len(s.hosts) > 0 {
		if host, ok := s.hosts[fetch.HostKey(c.URL)]; ok {
			size := int64(len(c.URL) + 2*len(c.Listed) + 300)
			return s.heavy.Add(heavyRow{int32(host), s.seen, c}, size)
		}
	}
	return s.light.add(c)
}

func (s *scanning) put(ctx context.Context, path string) error {
	if _, err := s.light.put(ctx, "candidates/"+path, schemas.Object{Role: schemas.RoleCandidates}); err != nil {
		return err
	}
	out, err := newRowSpool[schemas.Candidate](s.tx)
	if err != nil {
		return err
	}
	var found survey
	for row, err := range s.heavy.Sorted(ctx) {
		if err != nil {
			return err
		}
		if n := len(found.Hosts); n == 0 || found.Hosts[n-1].Host != int(row.Host) {
			found.Hosts = append(found.Hosts, heavyHost{Host: int(row.Host)})
		}
		found.Hosts[len(found.Hosts)-1].Rows++
		if err := out.add(row.Candidate); err != nil {
			return err
		}
	}
	if out.rows == 0 {
		return nil
	}
	o, err := out.put(ctx, "candidates/"+path+"-heavy", schemas.Object{Role: schemas.RoleCandidates, For: heavyTable})
	if err != nil {
		return err
	}
	_, err = putJSON(ctx, s.tx, "surveys/"+path+".json", found, schemas.Object{Role: schemas.RoleSurvey, For: o.Key})
	return err
}

// heavyTable marks a scan's table of heavy hosts.
const heavyTable = "heavy"
