package check

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"pairmill/deploy/check/deployed"
)

func project(t *testing.T) *types.Project {
	t.Helper()
	p, err := deployed.Compose(t.Context(), "..", "../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ours are the services that run the program.
func ours(t *testing.T, p *types.Project) map[string]types.ServiceConfig {
	t.Helper()
	all := map[string]types.ServiceConfig{}
	for name, s := range p.Services {
		if s.Build != nil {
			all[name] = s
		}
	}
	if len(all) != 3 {
		t.Fatalf("%d services run the program", len(all))
	}
	return all
}

func TestCompose(t *testing.T) {
	t.Parallel()
	p := project(t)
	for name, s := range ours(t, p) {
		names := slices.Collect(maps.Keys(s.Environment))
		understands(t, name, s.Command, names)
		i := finalStage(t, s.Build.Target)
		if len(s.Entrypoint) != 0 || s.User != "" {
			t.Errorf("%s replaces the image's entrypoint or user", name)
		}
		if got, err := filepath.Rel(s.Build.Context, filepath.Join(s.Build.Context, s.Build.Dockerfile)); err != nil || got != "deploy/Dockerfile" {
			t.Errorf("%s is built by %s", name, got)
		}
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s is not confined", name)
		}
		writable := slices.Clone(s.Tmpfs)
		for _, v := range s.Volumes {
			if !v.ReadOnly {
				writable = append(writable, v.Target)
			}
		}
		for _, dir := range append(i.Volumes, "/tmp") {
			if !slices.Contains(writable, dir) {
				t.Errorf("%s writes to %s; volumes %q", name, dir, writable)
			}
		}
		if s.Command[0] == "worker" {
			grace, err := time.ParseDuration(*s.Environment["PAIRMILL_GRACE"])
			if err != nil || s.StopGracePeriod == nil || time.Duration(*s.StopGracePeriod) <= grace+handBack {
				t.Errorf("%s is killed after %v: grace %s, %v", name, s.StopGracePeriod, grace, err)
			}
		}
	}
	for name, s := range p.Services {
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s is open to other machines at %s:%s", name, port.HostIP, port.Published)
			}
		}
		if !s.ReadOnly {
			t.Errorf("%s may write to its image", name)
		}
	}
	if !p.Networks["inside"].Internal {
		t.Error("the network of NATS and S3 leads outside")
	}
}

// TestComposeHosts: whom the environment names is a service on a network that both are on.
func TestComposeHosts(t *testing.T) {
	t.Parallel()
	p := project(t)
	for name, s := range ours(t, p) {
		urls := strings.Split(*s.Environment["PAIRMILL_NATS"], ",")
		if len(urls) != 3 {
			t.Errorf("%s knows %d NATS servers", name, len(urls))
		}
		for _, url := range append(urls, *s.Environment["AWS_ENDPOINT_URL"]) {
			_, host, _ := strings.Cut(url, "://")
			host, port, _ := strings.Cut(host, ":")
			other, there := p.Services[host]
			if !there {
				t.Errorf("%s looks for %s, which is no service", name, url)
				continue
			}
			if !slices.ContainsFunc(slices.Collect(maps.Keys(other.Networks)), func(n string) bool { _, both := s.Networks[n]; return both }) {
				t.Errorf("%s and %s have no network together", name, host)
			}
			conf, err := os.ReadFile("../nats/nats.conf")
			if err != nil {
				t.Fatal(err)
			}
			if listens := string(conf) + strings.Join(other.Entrypoint, " "); !strings.Contains(listens, ": "+port+"\n") && !strings.Contains(listens, ":"+port+" ") {
				t.Errorf("%s does not listen on %s", host, port)
			}
		}
	}
}

// TestComposeRefuses: without secrets nothing starts, and the message says which.
func TestComposeRefuses(t *testing.T) {
	t.Parallel()
	for _, missing := range []string{"PAIRMILL_TOKEN", "S3_ACCESS_KEY", "S3_SECRET_KEY"} {
		text, err := os.ReadFile("../.env.example")
		if err != nil {
			t.Fatal(err)
		}
		var kept []string
		for line := range strings.Lines(string(text)) {
			if !strings.HasPrefix(line, missing+"=") {
				kept = append(kept, line)
			}
		}
		if _, err := deployed.Compose(t.Context(), "..", write(t, "env", strings.Join(kept, ""))); err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}

func TestNATSConfiguration(t *testing.T) {
	t.Parallel()
	if text, err := output(t, []string{"SERVER_NAME=x"}, tool(t, "NATS_SERVER"), "-t", "--config", "../nats/nats.conf"); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	p := project(t)
	for name, s := range p.Services {
		if !strings.HasPrefix(name, "nats-") {
			continue
		}
		if *s.Environment["SERVER_NAME"] != name {
			t.Errorf("%s calls itself %s", name, *s.Environment["SERVER_NAME"])
		}
		if !slices.Equal(s.Command, []string{"--config", "/etc/nats/nats.conf"}) || !slices.ContainsFunc(s.Volumes, func(v types.ServiceVolumeConfig) bool {
			return v.Target == "/etc/nats/nats.conf" && filepath.Base(v.Source) == "nats.conf"
		}) {
			t.Errorf("%s does not read nats.conf", name)
		}
	}
}
