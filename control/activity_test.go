package control

import (
	"errors"
	"log/slog"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"pairmill/cluster"
	"pairmill/internal/metrics"
	"pairmill/schemas"
	"pairmill/workers"
)

// TestActivity: what a worker says of itself while two jobs run, when one has ended, and long after.
func TestActivity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newActivity(metrics.New("x", cluster.RoleWorker), slog.New(slog.DiscardHandler))
		fetch := schemas.NewJob("r1", schemas.TaskFetch, "g00000", "00001", "")
		embed := schemas.NewJob("r2", schemas.TaskEmbed, "g00000", "00001", "")
		a.Started(fetch, 2)
		time.Sleep(5 * time.Second)
		a.Started(embed, 1)
		for i := range 20 {
			item := workers.Item{Bytes: 100}
			if i%4 == 0 {
				item.Reason = schemas.Timeout
			}
			a.Row(fetch, item)
		}
		a.Row(embed, workers.Item{})
		var m cluster.Member
		a.tell(&m)
		wantJobs := []cluster.Running{
			{Run: "r1", Job: fetch.ID(), Task: schemas.TaskFetch, Attempt: 2, For: 5 * time.Second, Rows: 20},
			{Run: "r2", Job: embed.ID(), Task: schemas.TaskEmbed, Attempt: 1, Rows: 1},
		}
		wantRuns := []cluster.Rate{
			{Run: "r1", Stage: schemas.StageFetch, Rows: 20, Bytes: 2000, PerSec: 20, Reasons: map[schemas.Reason]int64{schemas.Timeout: 5}},
			{Run: "r2", Stage: schemas.StageEmbed, Rows: 1, PerSec: 1, Reasons: map[schemas.Reason]int64{}},
		}
		if !reflect.DeepEqual(m.Jobs, wantJobs) || !reflect.DeepEqual(m.Runs, wantRuns) {
			t.Errorf("jobs %+v\nruns %+v", m.Jobs, m.Runs)
		}
		a.Committed(schemas.Commit{Job: fetch})
		a.Ended(fetch)
		a.Retried(embed, 1, errors.New("x"))
		a.Ended(embed)
		time.Sleep(20 * time.Second)
		m = cluster.Member{}
		if a.tell(&m); len(m.Jobs) != 0 || len(m.Runs) != 2 || m.Runs[0].PerSec != 0 || m.Runs[0].Rows != 20 {
			t.Errorf("afterwards: %+v", m)
		}
		time.Sleep(forgetWork)
		m = cluster.Member{}
		if a.tell(&m); len(m.Runs) != 0 || len(a.rates) != 0 {
			t.Errorf("long afterwards: %+v", m)
		}
	})
}
