package check

import (
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
)

// asked is when queries are asked: the series of these tests begin two hours before, with a value each minute.
var asked = time.Unix(0, 0).Add(2 * time.Hour)

// query asks Prometheus' engine about series, one on each line.
func query(t *testing.T, series, q string) promql.Vector {
	t.Helper()
	stored := promqltest.LoadedStorage(t, "load 1m\n"+indented(series))
	engine := promqltest.NewTestEngine(t, false, 5*time.Minute, 1_000_000)
	asks, err := engine.NewInstantQuery(t.Context(), stored, nil, q, asked)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	defer asks.Close()
	result := asks.Exec(t.Context())
	if len(result.Warnings) > 0 {
		t.Errorf("%s: %v", q, result.Warnings)
	}
	v, err := result.Vector()
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	return append(promql.Vector(nil), v...)
}

func indented(series string) string {
	var b strings.Builder
	for line := range strings.Lines(series) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString("  " + line + "\n")
		}
	}
	return b.String()
}

func alerts(t *testing.T) map[string]rulefmt.Rule {
	t.Helper()
	groups, errs := rulefmt.ParseFile("../prometheus/alerts.yaml", false, model.LegacyValidation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	all := map[string]rulefmt.Rule{}
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			all[r.Alert] = r
		}
	}
	return all
}

// TestAlerts: each alert fires on what it is for, and not without it.
func TestAlerts(t *testing.T) {
	t.Parallel()
	all := alerts(t)
	cases := map[string]struct{ fires, silent []string }{
		"PairmillNoLeader": {
			fires:  []string{`pairmill_leader{instance="a"} 0x120`, `pairmill_members 1x120`, "pairmill_leader{instance=\"a\"} 1x110 _x10"},
			silent: []string{"pairmill_leader{instance=\"a\"} 0x120\npairmill_leader{instance=\"b\"} 1x120"},
		},
		"PairmillTwoLeaders": {
			fires:  []string{"pairmill_leader{instance=\"a\"} 1x120\npairmill_leader{instance=\"b\"} 0x110 1x10"},
			silent: []string{"pairmill_leader{namespace=\"x\"} 1x120\npairmill_leader{namespace=\"y\"} 1x120", "pairmill_leader{instance=\"a\"} 1x120\npairmill_leader{instance=\"b\"} 0x120"},
		},
		"PairmillNATSDown": {
			fires:  []string{"pairmill_nats_connected{instance=\"a\"} 1x120\npairmill_nats_connected{instance=\"b\"} 1x110 0x10"},
			silent: []string{`pairmill_nats_connected{instance="a"} 1x120`},
		},
		"PairmillStoreErrors": {
			fires:  []string{"pairmill_store_requests_total{instance=\"w\",op=\"put\",outcome=\"ok\"} 0+60x120\npairmill_store_requests_total{instance=\"c\",op=\"put\",outcome=\"error\"} 0+6x120"},
			silent: []string{"pairmill_store_requests_total{op=\"put\",outcome=\"ok\"} 0+60x120\npairmill_store_requests_total{op=\"put\",outcome=\"error\"} 0+1x120\npairmill_store_requests_total{op=\"put\",outcome=\"absent\"} 0+100x120"},
		},
		"PairmillStoreSlow": {
			fires:  []string{"pairmill_store_seconds_bucket{op=\"put\",le=\"2\"} 0+1x120\npairmill_store_seconds_bucket{op=\"put\",le=\"60\"} 0+10x120\npairmill_store_seconds_bucket{op=\"put\",le=\"+Inf\"} 0+10x120"},
			silent: []string{"pairmill_store_seconds_bucket{op=\"put\",le=\"2\"} 0+10x120\npairmill_store_seconds_bucket{op=\"put\",le=\"60\"} 0+10x120\npairmill_store_seconds_bucket{op=\"put\",le=\"+Inf\"} 0+10x120", "pairmill_store_seconds_bucket{op=\"list\",le=\"2\"} 0+1x120\npairmill_store_seconds_bucket{op=\"list\",le=\"60\"} 0+10x120\npairmill_store_seconds_bucket{op=\"list\",le=\"+Inf\"} 0+10x120"},
		},
		"PairmillDeadLetters": {fires: []string{`pairmill_dead_letters 0x60 2x60`}, silent: []string{`pairmill_dead_letters 0x120`}},
		"PairmillJobsQuarantined": {
			fires:  []string{`pairmill_jobs_total{task="fetch",outcome="given_up"} _x100 1x20`, `pairmill_jobs_total{task="fetch",outcome="given_up"} 1x100 2x20`},
			silent: []string{`pairmill_jobs_total{task="fetch",outcome="given_up"} 1x120`, `pairmill_jobs_total{task="fetch",outcome="retried"} 0+1x120`, `pairmill_jobs_total{task="fetch",outcome="given_up"} _x20 1x100`},
		},
		"PairmillRunStopped": {fires: []string{`pairmill_runs{state="stopped"} 0x100 1x20`}, silent: []string{"pairmill_runs{state=\"stopped\"} 0x120\npairmill_runs{state=\"done\"} 5x120"}},
		"PairmillRunAnomaly": {
			fires:  []string{`pairmill_run_halted{run="r",why="anomaly"} _x100 1x20`, "pairmill_run_halted{instance=\"a\",run=\"r\",why=\"anomaly\"} 1x120\npairmill_run_halted{instance=\"b\",run=\"r\",why=\"anomaly\"} 1x120"},
			silent: []string{`pairmill_run_halted{run="r",why="budget"} 1x120`, `pairmill_run_halted{run="r",why="anomaly"} 1x100 _x20`},
		},
		"PairmillRunBudget": {fires: []string{`pairmill_run_halted{run="r",why="budget"} _x100 1x20`}, silent: []string{`pairmill_run_halted{run="r",why="anomaly"} 1x120`}},
		"PairmillWorkerAnomaly": {
			fires:  []string{`pairmill_intake_paused{instance="w",why="anomaly"} 0x100 1x8 0 1x11`},
			silent: []string{`pairmill_intake_paused{instance="w",why="anomaly"} 0x110 1 0x9`, `pairmill_intake_paused{instance="w",why="disk"} 1x120`},
		},
		"PairmillIntakePaused": {fires: []string{`pairmill_intake_paused{why="disk"} 0x100 1x20`}, silent: []string{"pairmill_intake_paused{why=\"disk\"} 0x120\npairmill_intake_paused{why=\"drain\"} 1x120"}},
		"PairmillDiskLow": {
			fires:  []string{`pairmill_disk_free_bytes 1e9x120`, `pairmill_disk_free_bytes 20e9-100e6x120`},
			silent: []string{`pairmill_disk_free_bytes 20e9x120`, `pairmill_disk_free_bytes 100e9-10e6x120`},
		},
		"PairmillQueueNotDraining": {
			fires: []string{"pairmill_queue_jobs{instance=\"c\",stage=\"fetch\",run=\"r\"} 7x120\npairmill_runs{state=\"running\"} 1x120\npairmill_jobs_total{outcome=\"committed\",task=\"fetch\"} 5x120",
				"pairmill_queue_jobs{stage=\"fetch\",run=\"r\"} 7x120\npairmill_runs{state=\"running\"} 1x120"},
			silent: []string{"pairmill_queue_jobs{instance=\"c\",stage=\"fetch\",run=\"r\"} 7x120\npairmill_runs{instance=\"c\",state=\"running\"} 1x120\n" +
				"pairmill_jobs_total{instance=\"w1\",outcome=\"committed\",task=\"fetch\"} 0+1x120\npairmill_jobs_total{instance=\"w2\",outcome=\"committed\",task=\"fetch\"} 5x120",
				"pairmill_queue_jobs{stage=\"fetch\",run=\"r\"} 7x120\npairmill_runs{state=\"running\"} 0x120\npairmill_runs{state=\"paused\"} 1x120", `pairmill_runs{state="running"} 1x120`},
		},
		"PairmillWorkersGone": {
			fires:  []string{"pairmill_members{role=\"worker\"} 4x60 0x60\npairmill_members{role=\"control\"} 2x120\npairmill_queue_jobs{stage=\"fetch\",run=\"r\"} 7x120"},
			silent: []string{`pairmill_members{role="worker"} 0x120`, "pairmill_members{role=\"worker\"} 1x120\npairmill_queue_jobs{stage=\"fetch\",run=\"r\"} 7x120"},
		},
		"PairmillScheduleFailed": {
			fires:  []string{`pairmill_schedule_ticks_total{series="news",outcome="failed"} _x90 1x30`, `pairmill_schedule_ticks_total{series="news",outcome="failed"} 1x90 2x30`},
			silent: []string{`pairmill_schedule_ticks_total{series="news",outcome="failed"} 3x120`, `pairmill_schedule_ticks_total{series="news",outcome="submitted"} 0+1x120`},
		},
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range all {
		c, there := cases[name]
		if !there || len(c.fires) == 0 || len(c.silent) == 0 {
			t.Errorf("nothing is known here of the alert %s", name)
		}
		if r.Annotations["summary"] == "" || r.Annotations["runbook"] != "deploy/README.md#"+strings.ToLower(name) || !strings.Contains(string(readme), "\n### "+name+"\n") {
			t.Errorf("%s: summary and runbook %v", name, r.Annotations)
		}
	}
	for name, c := range cases {
		if all[name].Expr == "" {
			t.Errorf("there is no alert %s", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, series := range c.fires {
				if got := query(t, series, all[name].Expr); len(got) != 1 {
					t.Errorf("fires %d times on\n%s", len(got), series)
				}
			}
			for _, series := range c.silent {
				if got := query(t, series, all[name].Expr); len(got) != 0 {
					t.Errorf("fires on\n%s\n%v", series, got)
				}
			}
		})
	}
}

// scalesAsMeant asks a workload's query for scaling about the jobs of one stage.
func scalesAsMeant(t *testing.T, q string) {
	t.Helper()
	stage := strings.FieldsFunc(q, func(r rune) bool { return r == '"' || r == '|' })[1]
	leader := `pairmill_leader{namespace="` + namespace + `",pod="a"} 1x120` + "\n" + `pairmill_leader{namespace="` + namespace + `",pod="b"} 0x120` + "\n"
	jobs := func(stage string, n string) string {
		return `pairmill_queue_jobs{namespace="` + namespace + `",run="r` + n + `",stage="` + stage + `"} ` + n + "x120\n"
	}
	for _, c := range []struct {
		series string
		want   []float64
	}{
		{leader + jobs(stage, "5") + jobs(stage, "2") + jobs("other", "9"), []float64{7}},
		{leader + jobs("other", "9"), []float64{0}},
		{strings.ReplaceAll(leader, " 1x120", " 0x120"), nil},
		{jobs(stage, "5"), []float64{5}},
		{"", nil},
	} {
		got := query(t, c.series, q)
		if len(got) != len(c.want) || len(got) == 1 && got[0].F != c.want[0] {
			t.Errorf("%s is %v, want %v, on\n%s", q, got, c.want, c.series)
		}
	}
}

// busy is a cluster in which there is something of everything.
const busy = `
pairmill_build_info{instance="c",version="v1"} 1x120
pairmill_build_info{instance="w",version="v1"} 1x120
pairmill_leader{instance="c"} 0x60 1x60
pairmill_nats_connected{instance="w"} 1x120
pairmill_members{instance="c",role="worker"} 1x120
pairmill_runs{instance="c",state="running"} 1x120
pairmill_run_rows{instance="c",run="r",state="planned"} 100000x120
pairmill_run_rows{instance="c",run="r",state="in"} 0+100x120
pairmill_run_rows{instance="c",run="r",state="quarantined"} 1x120
pairmill_queue_jobs{instance="c",run="r",stage="fetch"} 9x120
pairmill_dead_letters{instance="c"} 0x120
pairmill_schedule_ticks_total{instance="c",series="news",outcome="submitted"} 0+1x120
pairmill_rows_total{instance="w",task="fetch",reason="kept"} 0+90x120
pairmill_rows_total{instance="w",task="fetch",reason="http_gone"} 0+10x120
pairmill_received_bytes_total{instance="w"} 0+1e6x120
pairmill_jobs_total{instance="w",task="fetch",outcome="committed"} 0+1x120
pairmill_jobs_total{instance="w",task="fetch",outcome="retried"} 0+1x120
pairmill_job_seconds_bucket{instance="w",task="fetch",le="60"} 0+1x120
pairmill_job_seconds_bucket{instance="w",task="fetch",le="+Inf"} 0+1x120
pairmill_jobs_running{instance="w",stage="fetch"} 2x120
pairmill_hosts_waiting{instance="w"} 3x120
pairmill_intake_paused{instance="w",why="disk"} 0x120
pairmill_disk_free_bytes{instance="w"} 5e10x120
pairmill_store_requests_total{instance="w",op="put",outcome="ok"} 0+1x120
pairmill_store_requests_total{instance="w",op="put",outcome="conflict"} 0+1x120
pairmill_store_seconds_bucket{instance="w",op="put",le="0.1"} 0+1x120
pairmill_store_seconds_bucket{instance="w",op="put",le="+Inf"} 0+1x120
process_resident_memory_bytes{instance="w"} 1e8x120
process_cpu_seconds_total{instance="w"} 0+30x120
process_open_fds{instance="w"} 50x120
go_goroutines{instance="w"} 40x120
`

// TestDashboard: Grafana finds its variables, and each query shows something of a cluster that is at work.
func TestDashboard(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../grafana/pairmill.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Panels []struct {
			ID      int
			Type    string
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ RefID, Expr string }
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	filled := strings.NewReplacer("$namespace", ".*", "$run", ".*", "$__rate_interval", "4m")
	ids, queries := map[int]bool{}, 0
	for i, p := range d.Panels {
		if ids[p.ID] || p.GridPos.W == 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%s: id %d at %+v", p.Title, p.ID, p.GridPos)
		}
		ids[p.ID] = true
		for _, other := range d.Panels[:i] {
			a, b := p.GridPos, other.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("%s lies on %s", p.Title, other.Title)
			}
		}
		if (len(p.Targets) == 0) != (p.Type == "row") {
			t.Errorf("%s asks for nothing", p.Title)
		}
		for _, target := range p.Targets {
			queries++
			q := filled.Replace(target.Expr)
			if strings.Contains(q, "$") {
				t.Errorf("%s: %s has a variable that the dashboard does not set", p.Title, target.Expr)
				continue
			}
			if got := query(t, busy, q); len(got) == 0 {
				t.Errorf("%s: %s shows nothing", p.Title, target.Expr)
			}
		}
	}
	if queries < 20 {
		t.Errorf("%d queries", queries)
	}
}
