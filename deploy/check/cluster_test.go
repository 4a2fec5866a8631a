package check

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"
	core "k8s.io/api/core/v1"

	"pairmill/deploy/check/deployed"
)

// TestRunningChart runs what the chart renders as processes, as TestRunningCompose does: NATS servers that know two users by
// their keys, a control plane and a worker, with the environment, the files and the rights of their pods, and asks their
// probes.
func TestRunningChart(t *testing.T) { isolated(t, runningChart) }

// pods makes containers of pods.
type pods struct {
	*network
	release rendered
	secrets map[string]map[string]string
	image   deployed.Image
	program map[string]string
}

func runningChart(t *testing.T) {
	keys := map[string]string{}
	var set []string
	for _, role := range []string{"control", "worker"} {
		key, err := nkeys.CreateUser()
		if err != nil {
			t.Fatal(err)
		}
		public, err := key.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		seed, err := key.Seed()
		if err != nil {
			t.Fatal(err)
		}
		keys[role+".nk"] = string(seed)
		set = append(set, "--set", "nats.users."+role+"="+public)
	}
	r := render(t, "values/users.yaml", set...)
	nats := workload{}
	names := []string{"s3", "site", "control", "worker"}
	for _, w := range r.workloads() {
		if w.component() == "nats" {
			nats = w
		}
	}
	var servers []string
	for i := range *nats.replicas {
		servers = append(servers, fmt.Sprintf("%s-%d.%s", nats.name, i, r.sets[0].Spec.ServiceName))
	}
	runtime := finalStage(t, "cpu")
	c := pods{
		network: newNetwork(t, append(names, servers...)...), release: r, image: runtime,
		program: map[string]string{"pairmill": binary(t), "nats-server": tool(t, "NATS_SERVER")},
		secrets: map[string]map[string]string{
			"pairmill-token": {"token": "check-token"}, "pairmill-nkeys": keys,
			"pairmill-s3": {"AWS_ACCESS_KEY_ID": "check", "AWS_SECRET_ACCESS_KEY": "check-secret"},
		},
	}
	c.storeWithUser("check", "check-secret")
	c.site()
	running := map[string]*container{}
	for _, name := range servers {
		running[name] = c.pod(nats, name, append([]string{"nats-server"}, nats.container().Args...))
		running[name].start()
	}
	for _, name := range servers {
		c.probes(nats, name)
		confined(t, running[name], 10002)
	}
	for _, w := range r.workloads() {
		if name := w.component(); name != "nats" {
			running[name] = c.pod(w, name, append(runtime.Entrypoint, w.container().Args...))
			running[name].start()
		}
	}
	limits := map[string]time.Duration{"control": 30 * time.Second}
	for _, w := range r.workloads() {
		name := w.component()
		if name == "nats" {
			continue
		}
		c.probes(w, name)
		c.measured("http://"+c.addresses[name]+":7070", "check-token")
		confined(t, running[name], 10001)
		if s := w.pod.Spec.TerminationGracePeriodSeconds; s != nil {
			limits[name] = time.Duration(*s) * time.Second
		}
	}
	other := c.impostor(running["control"], "worker.nk", keys["worker.nk"])
	if text, err := other.run(time.Minute); err == nil || !strings.Contains(strings.ToLower(text), "permission") {
		t.Errorf("a control plane with a worker's key: %v\n%s", err, text)
	}
	running["control"].volumes = append(running["control"].volumes, c.write("spec.yaml", c.spec())+" /specs/my.yaml ro")
	run := c.makesDataset(running["control"], "/specs/my.yaml", "s3://pictures/data")
	c.mayDoNoMore("check", "check-secret", run)
	for _, name := range []string{"worker", "control"} {
		ends(t, running[name], limits[name], run)
	}
}

// impostor is a control plane beside another, with another key.
func (p pods) impostor(control *container, name, seed string) *container {
	p.t.Helper()
	other := control.also("pairmill", "serve", "--listen", "127.0.0.1:0", "--join-timeout", "0s", "--nats-nkey", "/keys/"+name)
	other.volumes = append(other.volumes[:len(other.volumes):len(other.volumes)], p.write(name, seed)+" /keys/"+name+" ro")
	return other
}

// pod is the container of a workload's pod.
func (p pods) pod(w workload, name string, command []string) *container {
	p.t.Helper()
	user := *w.pod.Spec.SecurityContext.RunAsUser
	c := &container{n: p.network, name: name, user: fmt.Sprintf("%d:%d", user, *w.pod.Spec.SecurityContext.RunAsGroup), workdir: "/", command: command}
	c.volumes = []string{p.dir + "/hosts /etc/hosts ro", p.program[command[0]] + " " + c.binary() + " ro"}
	c.environment = []string{"PATH=/usr/local/bin:/usr/bin:/bin"}
	if w.component() != "nats" {
		c.volumes = append(c.volumes, tool(p.t, "ORT_LIB")+" "+p.image.Env["PAIRMILL_ORT_LIB"]+" ro")
		for k, v := range p.image.Env {
			c.environment = append(c.environment, k+"="+v)
		}
	}
	for _, e := range w.container().Env {
		value := e.Value
		switch from := e.ValueFrom; {
		case from == nil:
		case from.SecretKeyRef != nil:
			value = p.secrets[from.SecretKeyRef.Name][from.SecretKeyRef.Key]
		case from.FieldRef != nil && from.FieldRef.FieldPath == "metadata.name":
			value, _, _ = strings.Cut(name, ".")
		}
		if value == "" {
			p.t.Errorf("%s: %s is empty", name, e.Name)
		}
		c.environment = append(c.environment, e.Name+"="+value)
	}
	for _, from := range w.container().EnvFrom {
		for k, v := range p.secrets[from.SecretRef.Name] {
			c.environment = append(c.environment, k+"="+v)
		}
	}
	for _, m := range w.container().VolumeMounts {
		mode := "rw"
		if m.ReadOnly {
			mode = "ro"
		}
		c.volumes = append(c.volumes, p.volume(w, name, m.Name, int(user))+" "+m.MountPath+" "+mode)
	}
	return c
}

// volume makes a pod's volume, with the files that it has.
func (p pods) volume(w workload, pod, name string, user int) string {
	p.t.Helper()
	dir := "volume-" + pod + "-" + name
	path := p.folder(dir, user)
	files := map[string]string{}
	for _, v := range w.pod.Spec.Volumes {
		switch {
		case v.Name != name:
		case v.Secret != nil:
			for _, item := range v.Secret.Items {
				files[item.Path] = p.secrets[v.Secret.SecretName][item.Key]
			}
		case v.ConfigMap != nil:
			for _, m := range p.release.configs {
				if m.Name == v.ConfigMap.Name {
					files = m.Data
				}
			}
		}
	}
	for file, text := range files {
		if text == "" {
			p.t.Errorf("%s: %s is empty", pod, file)
		}
		p.write(dir+"/"+file, text)
	}
	return path
}

// probes waits until a pod's probes are content.
func (p pods) probes(w workload, name string) {
	p.t.Helper()
	c := w.container()
	for _, probe := range []*core.Probe{c.StartupProbe, c.ReadinessProbe, c.LivenessProbe} {
		p.answers(http.StatusOK, fmt.Sprintf("http://%s:%d%s", p.addresses[name], ports(c)[probe.HTTPGet.Port.StrVal], probe.HTTPGet.Path), "")
	}
}
