package check

import (
	"regexp"
	"strings"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// workload is what makes pods: a Deployment or a StatefulSet.
type workload struct {
	name     string
	kind     string // Deployment, StatefulSet
	replicas *int32
	selector *meta.LabelSelector
	pod      core.PodTemplateSpec
	claims   []core.PersistentVolumeClaim
}

func (r rendered) workloads() (all []workload) {
	for _, d := range r.deployments {
		all = append(all, workload{d.Name, d.Kind, d.Spec.Replicas, d.Spec.Selector, d.Spec.Template, nil})
	}
	for _, s := range r.sets {
		all = append(all, workload{s.Name, s.Kind, s.Spec.Replicas, s.Spec.Selector, s.Spec.Template, s.Spec.VolumeClaimTemplates})
	}
	return all
}

// component is control, worker or nats.
func (w workload) component() string { return w.pod.Labels["app.kubernetes.io/component"] }

func (w workload) container() core.Container { return w.pod.Spec.Containers[0] }

// env is a container's variable, "" where it has none or a reference.
func (w workload) env(name string) string {
	for _, e := range w.container().Env {
		if e.Name == name {
			return e.Value
		}
	}
	return ""
}

func selects(t *testing.T, s *meta.LabelSelector, of map[string]string) bool {
	t.Helper()
	sel, err := meta.LabelSelectorAsSelector(s)
	if err != nil {
		t.Fatal(err)
	}
	return sel.Matches(labels.Set(of))
}

// everyRelease runs a check on the chart with each file of values.
func everyRelease(t *testing.T, check func(t *testing.T, r rendered)) {
	t.Parallel()
	for _, values := range valueFiles(t) {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(values, "values/"), ".yaml"), func(t *testing.T) {
			t.Parallel()
			r := render(t, values)
			if len(r.deployments) < 2 {
				t.Fatalf("%d deployments", len(r.deployments))
			}
			check(t, r)
		})
	}
}

func TestPodsAreConfined(t *testing.T) {
	everyRelease(t, func(t *testing.T, r rendered) {
		for _, w := range r.workloads() {
			p, c := w.pod.Spec.SecurityContext, w.container().SecurityContext
			if len(w.pod.Spec.Containers) != 1 || len(w.pod.Spec.InitContainers) != 0 {
				t.Errorf("%s: this test looks at one container", w.name)
			}
			if p == nil || !*p.RunAsNonRoot || *p.RunAsUser == 0 || *p.RunAsGroup == 0 || p.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
				t.Errorf("%s: the pod's security context is %+v", w.name, p)
			}
			if c == nil || *c.AllowPrivilegeEscalation || !*c.ReadOnlyRootFilesystem || len(c.Capabilities.Drop) != 1 || c.Capabilities.Drop[0] != "ALL" || len(c.Capabilities.Add) != 0 {
				t.Errorf("%s: the container's security context is %+v", w.name, c)
			}
			if a := w.pod.Spec.AutomountServiceAccountToken; a == nil || *a {
				t.Errorf("%s gets a token of the Kubernetes API, which it has no use for", w.name)
			}
			limits := w.container().Resources.Limits
			if w.env("PAIRMILL_STAGES") != "plan,crawl,fetch,dedup,embed,curate,publish" && limits.Memory().IsZero() {
				t.Errorf("%s has no limit of memory", w.name)
			}
			if w.env("PAIRMILL_DEVICE") == "cuda" {
				if gpus := limits["nvidia.com/gpu"]; gpus.IsZero() || !strings.HasSuffix(w.container().Image, ":cuda") {
					t.Errorf("%s: GPUs %v for the image %s", w.name, limits, w.container().Image)
				}
			}
		}
	})
}

// TestUserIsTheImages: what the image gives its user belongs to the user of the pod.
func TestUserIsTheImages(t *testing.T) {
	user := finalStage(t, "cpu").User
	everyRelease(t, func(t *testing.T, r rendered) {
		for _, w := range r.workloads() {
			p := w.pod.Spec.SecurityContext
			if got := p.RunAsUser; w.component() != "nats" && (user != "10001:10001" || *got != 10001 || *p.RunAsGroup != 10001 || *p.FSGroup != 10001) {
				t.Errorf("%s runs as %d, the image as %s", w.name, *got, user)
			}
		}
	})
}

// written are the folders that a container writes to.
func written(t *testing.T, w workload, r rendered) []string {
	t.Helper()
	if w.component() != "nats" {
		image := finalStage(t, "cpu")
		if cache := image.Env["XDG_CACHE_HOME"]; !strings.HasPrefix(cache, image.Volumes[0]+"/") {
			t.Errorf("the image spools to %s, outside of its volume %v", cache, image.Volumes)
		}
		return append([]string{"/tmp"}, image.Volumes...)
	}
	m := regexp.MustCompile(`store_dir: (\S+)`).FindStringSubmatch(r.configs[0].Data["nats.conf"])
	if m == nil {
		t.Fatal("no store_dir")
	}
	return []string{m[1]}
}

func TestWritesGoToVolumes(t *testing.T) {
	everyRelease(t, func(t *testing.T, r rendered) {
		for _, w := range r.workloads() {
			volumes := map[string]bool{}
			for _, v := range w.pod.Spec.Volumes {
				volumes[v.Name] = false
			}
			for _, c := range w.claims {
				volumes[c.Name] = false
			}
			mounted := map[string]bool{}
			for _, m := range w.container().VolumeMounts {
				if _, there := volumes[m.Name]; !there {
					t.Errorf("%s mounts %s, which is no volume", w.name, m.Name)
				}
				if _, twice := mounted[m.MountPath]; twice {
					t.Errorf("%s mounts two volumes at %s", w.name, m.MountPath)
				}
				volumes[m.Name], mounted[m.MountPath] = true, !m.ReadOnly
			}
			for name, used := range volumes {
				if !used {
					t.Errorf("%s: nobody mounts the volume %s", w.name, name)
				}
			}
			for _, dir := range written(t, w, r) {
				if !mounted[dir] {
					t.Errorf("%s writes to %s, and no volume is mounted there for writing", w.name, dir)
				}
			}
		}
	})
}

func TestProbes(t *testing.T) {
	everyRelease(t, func(t *testing.T, r rendered) {
		for _, w := range r.workloads() {
			c := w.container()
			for what, p := range map[string]*core.Probe{"startup": c.StartupProbe, "liveness": c.LivenessProbe, "readiness": c.ReadinessProbe} {
				if p == nil || p.HTTPGet == nil {
					t.Errorf("%s has no %s probe", w.name, what)
					continue
				}
				if _, there := ports(c)[p.HTTPGet.Port.StrVal]; !there {
					t.Errorf("%s: the %s probe asks the port %s, which is not there", w.name, what, p.HTTPGet.Port.String())
				}
				want := map[string]string{"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}[what]
				if w.component() == "nats" {
					want = "/healthz"
				}
				if path, _, _ := strings.Cut(p.HTTPGet.Path, "?"); path != want {
					t.Errorf("%s: the %s probe asks %s", w.name, what, p.HTTPGet.Path)
				}
			}
			// What answers only when it has joined its cluster must not be killed while it still waits for that.
			if window := time.Duration(c.StartupProbe.PeriodSeconds*c.StartupProbe.FailureThreshold) * time.Second; window <= duration(t, w, "PAIRMILL_JOIN_TIMEOUT", 30*time.Second) {
				t.Errorf("%s has %s to start", w.name, window)
			}
		}
	})
}

func ports(c core.Container) map[string]int32 {
	all := map[string]int32{}
	for _, p := range c.Ports {
		all[p.Name] = p.ContainerPort
	}
	return all
}

func duration(t *testing.T, w workload, name string, otherwise time.Duration) time.Duration {
	t.Helper()
	text := w.env(name)
	if text == "" {
		return otherwise
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("%s: %s: %v", w.name, name, err)
	}
	return d
}

// handBack is what a worker takes after its grace period, unless PAIRMILL_DRAIN_TIMEOUT says another time in all.
const handBack = 15 * time.Second

func TestTimeToEnd(t *testing.T) {
	everyRelease(t, func(t *testing.T, r rendered) {
		for _, w := range r.workloads() {
			has := 30 * time.Second // Kubernetes' own
			if s := w.pod.Spec.TerminationGracePeriodSeconds; s != nil {
				has = time.Duration(*s) * time.Second
			}
			needs := 10 * time.Second
			if w.component() == "worker" {
				needs = duration(t, w, "PAIRMILL_DRAIN_TIMEOUT", duration(t, w, "PAIRMILL_GRACE", 30*time.Second)+handBack)
			}
			if has <= needs {
				t.Errorf("%s is killed after %s and may need %s", w.name, has, needs)
			}
		}
	})
}

func TestSelectorsFindTheirPods(t *testing.T) {
	everyRelease(t, func(t *testing.T, r rendered) {
		all := r.workloads()
		for _, w := range all {
			found := 0
			for _, other := range all {
				if selects(t, w.selector, other.pod.Labels) {
					found++
				}
			}
			if found != 1 || !selects(t, w.selector, w.pod.Labels) {
				t.Errorf("the selector of %s finds the pods of %d workloads", w.name, found)
			}
			for _, c := range w.pod.Spec.TopologySpreadConstraints {
				if !selects(t, c.LabelSelector, w.pod.Labels) {
					t.Errorf("%s spreads other pods than its own", w.name)
				}
			}
			budgets := []policy.PodDisruptionBudget{}
			for _, b := range r.budgets {
				if selects(t, b.Spec.Selector, w.pod.Labels) {
					budgets = append(budgets, b)
				}
			}
			if len(budgets) != 1 || budgets[0].Spec.MaxUnavailable == nil {
				t.Errorf("%s has %d disruption budgets", w.name, len(budgets))
			}
		}
		for _, s := range r.services {
			found := 0
			for _, w := range all {
				if !labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(w.pod.Labels)) {
					continue
				}
				found++
				for _, p := range s.Spec.Ports {
					name := p.TargetPort.StrVal
					if name == "" {
						name = p.Name
					}
					if got := ports(w.container())[name]; got == 0 || p.TargetPort.StrVal == "" && got != p.Port {
						t.Errorf("service %s leads to the port %s of %s, which is %d", s.Name, name, w.name, got)
					}
				}
			}
			if found != 1 {
				t.Errorf("service %s leads to %d workloads", s.Name, found)
			}
		}
		for _, m := range r.podMonitors {
			found := 0
			for _, w := range all {
				if selects(t, &m.Spec.Selector, w.pod.Labels) {
					found++
					if ports(w.container())[m.Spec.PodMetricsEndpoints[0].Port] == 0 || w.component() == "nats" {
						t.Errorf("%s is asked for metrics", w.name)
					}
				}
			}
			if found != len(r.deployments) {
				t.Errorf("%d of %d workloads are asked for metrics", found, len(r.deployments))
			}
		}
	})
}

// TestPoolsDoEverything: a stage that no pool works on would keep every run from ending.
func TestPoolsDoEverything(t *testing.T) {
	everyRelease(t, func(t *testing.T, r rendered) {
		does := map[string]bool{}
		for _, w := range r.workloads() {
			if w.component() != "worker" {
				continue
			}
			scaled := false
			for _, s := range r.scaledObjects {
				scaled = scaled || s.Spec.ScaleTargetRef.Name == w.name
			}
			if scaled != (w.replicas == nil) {
				t.Errorf("%s: scaled %t, replicas %v: two would fight over their number", w.name, scaled, w.replicas)
			}
			for _, s := range strings.Split(w.env("PAIRMILL_STAGES"), ",") {
				does[s] = true
			}
		}
		for _, s := range stages(t) {
			if !does[s] {
				t.Errorf("nobody works on %s", s)
			}
		}
	})
}

// stages are the stages that the program knows.
func stages(t *testing.T) []string {
	t.Helper()
	text, err := output(t, nil, binary(t), "worker", "--stages", "none", "--store", t.TempDir())
	m := regexp.MustCompile(`want some of \[([a-z ]+)\]`).FindStringSubmatch(text)
	if err == nil || m == nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return strings.Fields(m[1])
}

func TestScaling(t *testing.T) {
	everyRelease(t, func(t *testing.T, r rendered) {
		if wanted := strings.HasSuffix(t.Name(), "/keda") || strings.HasSuffix(t.Name(), "/gpu"); wanted != (len(r.scaledObjects) > 0) {
			t.Errorf("%d workloads are scaled", len(r.scaledObjects))
		}
		for _, s := range r.scaledObjects {
			for _, w := range r.workloads() {
				if w.name != s.Spec.ScaleTargetRef.Name {
					continue
				}
				m := s.Spec.Triggers[0].Metadata
				if want := `stage=~"` + strings.ReplaceAll(w.env("PAIRMILL_STAGES"), ",", "|") + `"`; !strings.Contains(m["query"], want) {
					t.Errorf("%s works on %s and is scaled by %s", w.name, w.env("PAIRMILL_STAGES"), m["query"])
				}
				if *s.Spec.MinReplicaCount > *s.Spec.MaxReplicaCount || m["serverAddress"] == "" || m["ignoreNullValues"] != "false" {
					t.Errorf("%s: %+v", w.name, s.Spec)
				}
				scalesAsMeant(t, m["query"])
			}
		}
	})
}

func TestNATSOfTheRelease(t *testing.T) {
	everyRelease(t, func(t *testing.T, r rendered) {
		for _, w := range r.workloads() {
			if w.component() == "nats" {
				natsIsReachable(t, r, w)
				return
			}
		}
		if len(r.configs) != 0 {
			t.Error("configuration of servers that are not there")
		}
	})
}

func natsIsReachable(t *testing.T, r rendered, w workload) {
	t.Helper()
	conf := r.configs[0].Data["nats.conf"]
	config := write(t, "nats.conf", conf)
	if text, err := output(t, []string{"POD_NAME=x"}, tool(t, "NATS_SERVER"), "-t", "--config", config); err != nil {
		t.Errorf("nats-server refuses its configuration: %v\n%s", err, text)
	}
	service := r.sets[0].Spec.ServiceName
	port := func(name string) string {
		return ":" + resource.NewQuantity(int64(ports(w.container())[name]), resource.DecimalSI).String()
	}
	var clients, routes []string
	for i := range *w.replicas {
		host := w.name + "-" + string('0'+rune(i)) + "." + service
		clients, routes = append(clients, "nats://"+host+port("client")), append(routes, "nats://"+host+port("cluster"))
	}
	for _, d := range r.deployments {
		if got := (workload{pod: d.Spec.Template}).env("PAIRMILL_NATS"); got != strings.Join(clients, ",") {
			t.Errorf("%s looks for NATS at %s, want %q", d.Name, got, clients)
		}
	}
	if got := strings.Fields(regexp.MustCompile(`(?s)routes: \[(.*?)\]`).FindStringSubmatch(conf)[1]); strings.Join(got, " ") != strings.Join(routes, " ") {
		t.Errorf("servers look for each other at %q, want %q", got, routes)
	}
	quota := resource.MustParse(strings.TrimSuffix(regexp.MustCompile(`max_file: (\S+)`).FindStringSubmatch(conf)[1], "B"))
	if disk := w.claims[0].Spec.Resources.Requests[core.ResourceStorage]; quota.Cmp(disk) >= 0 {
		t.Errorf("the quota %s does not leave room on a disk of %s", quota.String(), disk.String())
	}
	for line, name := range map[string]string{"port: 4222": "client", "http: 8222": "monitor", "port: 6222": "cluster"} {
		if !strings.Contains(conf, line) || !strings.HasSuffix(line, strings.TrimPrefix(port(name), ":")) {
			t.Errorf("the port %s is %s, and the configuration has no %q", name, port(name), line)
		}
	}
}
