package metrics

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"pairmill/cluster"
	"pairmill/schemas"
)

// ofTheTarget are labels that Prometheus sets itself.
var ofTheTarget = []string{"job", "instance", "namespace", "pod"}

// closed are labels whose values the code lists; those of others stand in the metric's help, or are not ours.
func closed(label string) (values []string) {
	switch label {
	case "stage":
		for _, s := range schemas.Stages() {
			values = append(values, string(s))
		}
	case "reason":
		for _, r := range schemas.Reasons() {
			values = append(values, string(r))
		}
		values = append(values, keptLabel)
	}
	return values
}

// series are the metrics by the names under which Prometheus finds their values, those of the Go runtime and the process
// included.
func series(t *testing.T) map[string]Metric {
	t.Helper()
	all := map[string]Metric{}
	for _, m := range Metrics() {
		if !m.Histogram {
			all[m.Name] = m
			continue
		}
		for _, suffix := range []string{"_sum", "_count"} {
			all[m.Name+suffix] = m
		}
		bucket := m
		bucket.Labels = append(slices.Clone(m.Labels), "le")
		all[m.Name+"_bucket"] = bucket
	}
	families, err := New("", cluster.RoleWorker).registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if name := f.GetName(); strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_") {
			all[name] = Metric{Name: name}
		}
	}
	if len(all) < 30 {
		t.Fatalf("%d metrics", len(all))
	}
	return all
}

var (
	nameRE     = regexp.MustCompile(`\b((?:pairmill|process|go)_[a-z_]+)(?:\{([^}]*)\})?`)
	matcherRE  = regexp.MustCompile(`([a-z_]+)\s*(=~|!=|!~|=)\s*"([^"]*)"`)
	groupingRE = regexp.MustCompile(`\b(?:by|on|without|ignoring)\s*\(([^)]*)\)`)
	wordRE     = regexp.MustCompile(`[a-z_]+`)
)

// problems says what an expression asks for that is not there.
func problems(all map[string]Metric, expr string) (found []string) {
	var labels []string // of all metrics of the expression
	for _, m := range nameRE.FindAllStringSubmatch(expr, -1) {
		metric, there := all[m[1]]
		if !there {
			found = append(found, "no metric "+m[1])
			continue
		}
		labels = append(labels, metric.Labels...)
		for _, matcher := range matcherRE.FindAllStringSubmatch(m[2], -1) {
			label, value := matcher[1], matcher[3]
			switch {
			case slices.Contains(ofTheTarget, label):
			case !slices.Contains(metric.Labels, label):
				found = append(found, m[1]+" has no label "+label)
			case strings.HasPrefix(value, "$"): // chosen in the dashboard
			default:
				known := append(closed(label), wordRE.FindAllString(metric.Help, -1)...)
				for _, v := range strings.Split(value, "|") {
					if !slices.Contains(known, v) {
						found = append(found, m[1]+" never has "+label+" "+v)
					}
				}
			}
		}
	}
	for _, g := range groupingRE.FindAllStringSubmatch(expr, -1) {
		for _, label := range wordRE.FindAllString(g[1], -1) {
			if !slices.Contains(labels, label) && !slices.Contains(ofTheTarget, label) {
				found = append(found, "nothing has a label "+label)
			}
		}
	}
	return found
}

// legendRE finds labels in what is shown of a series.
var legendRE = regexp.MustCompile(`\{\{\s*(?:\$labels\.)?([a-z_]+)\s*\}\}`)

func labelsOf(all map[string]Metric, expr string) []string {
	labels := slices.Clone(ofTheTarget)
	for _, m := range nameRE.FindAllStringSubmatch(expr, -1) {
		labels = append(labels, all[m[1]].Labels...)
	}
	return labels
}

func TestProblemsAreFound(t *testing.T) {
	t.Parallel()
	all := series(t)
	for expr, want := range map[string]string{
		`sum(rate(pairmill_row_total[5m]))`:                                   "no metric pairmill_row_total",
		`pairmill_runs{status="running"}`:                                     "pairmill_runs has no label status",
		`pairmill_runs{state="halted"}`:                                       "pairmill_runs never has state halted",
		`sum by (reasons) (pairmill_rows_total)`:                              "nothing has a label reasons",
		`pairmill_jobs_running{stage="fetsh"}`:                                "pairmill_jobs_running never has stage fetsh",
		`pairmill_job_seconds{task="fetch"}`:                                  "no metric pairmill_job_seconds",
		`sum by (le, task) (rate(pairmill_job_seconds_bucket[5m]))`:           "",
		`max by (namespace) (pairmill_runs{state=~"paused|done",job="x"})`:    "",
		`pairmill_rows_total{reason!="kept"} and on (instance) go_goroutines`: "",
	} {
		if got := strings.Join(problems(all, expr), ", "); got != want {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
}

// TestAlertsAndDashboard: what deploy/ asks Prometheus for is what processes tell.
func TestAlertsAndDashboard(t *testing.T) {
	t.Parallel()
	all := series(t)
	used := map[string]bool{}
	check := func(where, expr string, shown ...string) {
		for _, p := range problems(all, expr) {
			t.Errorf("%s: %s in %s", where, p, expr)
		}
		for _, m := range nameRE.FindAllStringSubmatch(expr, -1) {
			used[all[m[1]].Name] = true
		}
		for _, text := range shown {
			for _, m := range legendRE.FindAllStringSubmatch(text, -1) {
				if !slices.Contains(labelsOf(all, expr), m[1]) {
					t.Errorf("%s shows the label %s, which %s has not", where, m[1], expr)
				}
			}
		}
	}
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Annotations map[string]string
			}
		}
	}
	read(t, "../../deploy/prometheus/alerts.yaml", yaml.Unmarshal, &rules)
	for _, r := range rules.Groups[0].Rules {
		check(r.Alert, r.Expr, r.Annotations["summary"])
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr, LegendFormat string }
		}
		Templating struct {
			List []struct{ Name, Type string }
		}
	}
	text := read(t, "../../deploy/grafana/pairmill.json", json.Unmarshal, &board)
	for _, p := range board.Panels {
		for _, q := range p.Targets {
			check(p.Title, q.Expr, q.LegendFormat)
		}
	}
	for _, m := range regexp.MustCompile(`label_values\(([^)]*), ([a-z]+)\)`).FindAllStringSubmatch(text, -1) {
		check("variable "+m[2], strings.ReplaceAll(m[1], `\"`, `"`), "{{"+m[2]+"}}")
	}
	if len(rules.Groups[0].Rules) < 11 || len(board.Panels) < 20 {
		t.Errorf("%d alerts, %d panels", len(rules.Groups[0].Rules), len(board.Panels))
	}
	for _, m := range Metrics() {
		if !used[m.Name] {
			t.Errorf("neither an alert nor the dashboard uses %s", m.Name)
		}
	}
}

// read decodes a file and returns its text.
func read(t *testing.T, path string, decode func([]byte, any) error, to any) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = decode(text, to)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return string(text)
}

// TestTableOfMetrics: docs/cluster.md names each metric with its labels, and no other.
func TestTableOfMetrics(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/cluster.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(pairmill_[a-z_]+)` \\| ([a-z, ]*)\\|").FindAllStringSubmatch(string(text), -1) {
		listed[row[1]] = strings.TrimSpace(row[2])
	}
	for _, m := range Metrics() {
		labels, there := listed[m.Name]
		if want := strings.Join(m.Labels, ", "); !there || labels != want {
			t.Errorf("docs/cluster.md has %s with the labels %q (%t), want %q", m.Name, labels, there, want)
		}
		delete(listed, m.Name)
	}
	for name := range listed {
		t.Errorf("docs/cluster.md has %s, which nobody tells", name)
	}
}
