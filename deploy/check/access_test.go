package check

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	networking "k8s.io/api/networking/v1"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNetworkPolicies: each port of each pod is open to somebody, to nobody by a name that is not there, and NATS to our own.
func TestNetworkPolicies(t *testing.T) {
	everyRelease(t, func(t *testing.T, r rendered) {
		if len(r.policies) == 0 {
			if !strings.HasSuffix(t.Name(), "/open") {
				t.Error("no network policy")
			}
			return
		}
		for _, w := range r.workloads() {
			open := map[string][]networking.NetworkPolicyPeer{}
			for _, p := range r.policies {
				if !selects(t, &p.Spec.PodSelector, w.pod.Labels) {
					continue
				}
				for _, in := range p.Spec.Ingress {
					for _, port := range in.Ports {
						if len(in.From) == 0 {
							t.Errorf("%s lets everybody in", p.Name)
						}
						if _, there := ports(w.container())[port.Port.StrVal]; !there {
							t.Errorf("%s opens the port %s, which %s has not", p.Name, port.Port.String(), w.name)
						}
						open[port.Port.StrVal] = append(open[port.Port.StrVal], in.From...)
					}
				}
			}
			for name := range ports(w.container()) {
				if len(open[name]) == 0 {
					t.Errorf("nobody reaches the port %s of %s", name, w.name)
				}
			}
			if w.component() != "nats" {
				continue
			}
			for _, other := range r.workloads() {
				if !slices.ContainsFunc(open["client"], func(p networking.NetworkPolicyPeer) bool {
					return p.PodSelector != nil && len(p.PodSelector.MatchLabels) > 0 && selects(t, p.PodSelector, other.pod.Labels)
				}) {
					t.Errorf("%s does not reach NATS", other.name)
				}
			}
		}
	})
}

// TestCommandsAndEnvironment asks the program whether it understands what the chart starts it with.
func TestCommandsAndEnvironment(t *testing.T) {
	everyRelease(t, func(t *testing.T, r rendered) {
		for _, w := range r.workloads() {
			seen := map[string]bool{}
			names := []string{}
			for _, e := range w.container().Env {
				if seen[e.Name] {
					t.Errorf("%s sets %s twice", w.name, e.Name)
				}
				seen[e.Name] = true
				names = append(names, e.Name)
				if secretive(e.Name) && e.Value != "" {
					t.Errorf("%s has a secret in plain text: %s", w.name, e.Name)
				}
			}
			if w.component() == "nats" {
				continue
			}
			understands(t, w.name, w.container().Args, names)
			if want := map[string]string{"control": "serve", "worker": "worker"}[w.component()]; w.container().Args[0] != want {
				t.Errorf("%s runs pairmill %s", w.name, w.container().Args[0])
			}
		}
	})
}

// secretive tells whether a variable holds a secret, not the name of a file with one.
func secretive(name string) bool {
	return name == "PAIRMILL_TOKEN" || strings.HasPrefix(name, "AWS_") && (strings.Contains(name, "SECRET") || strings.Contains(name, "KEY"))
}

// TestPermissions: the bundled servers allow what docs/security.md lists, which tests of cluster/nats run servers with.
func TestPermissions(t *testing.T) {
	t.Parallel()
	chartHas, err := os.ReadFile(filepath.Join(chart, "files", "permissions.conf"))
	if err != nil {
		t.Fatal(err)
	}
	documented, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, conf, _ := strings.Cut(string(documented), "```conf\n")
	conf, _, _ = strings.Cut(conf, "\naccounts {")
	_, have, _ := strings.Cut(string(chartHas), "\n")
	if strings.TrimSpace(have) != strings.TrimSpace(conf) || len(conf) < 1000 {
		t.Errorf("files/permissions.conf of the chart is not what docs/security.md lists:\n%s\nwant\n%s", have, conf)
	}
	r := render(t, "values/users.yaml")
	if got := r.configs[0].Data["nats.conf"]; !strings.Contains(got, "permissions: $PAIRMILL_WORKER }") || !strings.Contains(got, `"$JS.ACK.PAIRMILL_FETCH.>"`) {
		t.Errorf("the servers' configuration:\n%s", got)
	}
}

// TestSecretsAreDocumented: each secret that the chart refers to stands in the README with its keys.
func TestSecretsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	everyRelease(t, func(t *testing.T, r rendered) {
		for _, w := range r.workloads() {
			wanted := map[string][]string{} // by the secret's name
			for _, e := range w.container().Env {
				if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil {
					wanted[e.ValueFrom.SecretKeyRef.Name] = append(wanted[e.ValueFrom.SecretKeyRef.Name], e.ValueFrom.SecretKeyRef.Key)
				}
				// Files of a secret that is mounted as it is.
				if rest, ok := strings.CutPrefix(e.Value, "/etc/pairmill/"); ok {
					wanted["a file"] = append(wanted["a file"], filepath.Base(rest))
				}
			}
			for _, e := range w.container().EnvFrom {
				wanted[e.SecretRef.Name] = append(wanted[e.SecretRef.Name], "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
			}
			for _, v := range w.pod.Spec.Volumes {
				if v.Secret != nil {
					for _, item := range v.Secret.Items {
						wanted[v.Secret.SecretName] = append(wanted[v.Secret.SecretName], item.Key)
						if other := map[string]string{"control": "worker", "worker": "control"}[w.component()]; strings.HasPrefix(item.Key, other) {
							t.Errorf("%s sees the credentials of a %s", w.name, other)
						}
					}
				}
			}
			if w.component() != "nats" && len(wanted) == 0 {
				t.Errorf("%s has no secret, not even the API's token", w.name)
			}
			for secret, keys := range wanted {
				for _, key := range keys {
					if !strings.Contains(readme, "`"+key+"`") {
						t.Errorf("%s wants the key %s of the secret %s, of which deploy/README.md says nothing", w.name, key, secret)
					}
				}
			}
		}
	})
}
