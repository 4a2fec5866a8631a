package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// files are a deployment in small, by name.
var files = map[string]string{
	"compose.yaml": `
services:
  nats:
    image: nats:2.15-alpine
    command: ["--config", "/etc/nats/nats.conf"]
    environment: {SERVER_NAME: nats}
    volumes: ["./nats.conf:/etc/nats/nats.conf:ro", "nats:/data"]
  worker:
    image: pairmill:dev
    build: {context: .., dockerfile: deploy/Dockerfile, target: cpu}
    command: ["sh", "-c", "it's $$PAIRMILL_LISTEN --dir=/scratch/spool"]
    environment:
      PAIRMILL_LISTEN: 0.0.0.0:7070
      PAIRMILL_NATS: nats://nats:4222,nats://nats:4222
      PAIRMILL_STORE: s3://pairmill/data
      PAIRMILL_TOKEN: ${TOKEN:?}
    volumes: ["/scratch", "./specs:/specs:ro"]
volumes: {nats: }
`,
	"nats.conf": `
port: 4222
http: 8222
jetstream { store_dir: /data }
cluster {
  port: 6222
  routes: [nats://nats:6222]
}
`,
	"Dockerfile": `
FROM debian AS cpu
ENV LIB=/usr/local/lib/x.so
WORKDIR /scratch
ENTRYPOINT ["pairmill"]
CMD ["worker"]
`,
	".env.example": "TOKEN=secret\n",
}

// rendered writes the deployment, with one text of it replaced, and the scripts of its containers.
func rendered(t *testing.T, file, old, new string) (string, error) {
	t.Helper()
	deploy, folder := t.TempDir(), t.TempDir()
	for name, text := range files {
		if name == file {
			if !strings.Contains(text, old) {
				t.Fatalf("%s has no %q", file, old)
			}
			text = strings.Replace(text, old, new, 1)
		}
		create(t, filepath.Join(deploy, name), text)
	}
	for _, name := range []string{"bin/pairmill", "bin/nats-server", "lib/x.so"} {
		create(t, filepath.Join(folder, "image", "usr", "local", name), "#!/bin/sh\nfor a in \"$@\"; do echo \"arg $a\"; done\necho \"in $PWD\"\nenv\n")
	}
	return folder, write(t.Context(), deploy, folder, map[string]int{"worker": 2})
}

func create(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// said runs a script and returns what its program was given, with the addresses and the folder of this machine named.
func said(t *testing.T, folder, name string, args ...string) []string {
	t.Helper()
	text, err := exec.Command(filepath.Join(folder, name, "start"), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(named(t, folder, string(text)), os.Getenv("PATH"), "PATH")), "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool {
		return strings.HasPrefix(l, "PWD=") || strings.HasPrefix(l, "_=") || strings.HasPrefix(l, "OLDPWD=") || strings.HasPrefix(l, "SHLVL=")
	})
	slices.Sort(lines)
	return lines
}

func named(t *testing.T, folder, text string) string {
	t.Helper()
	addresses, err := os.ReadFile(filepath.Join(folder, "addresses"))
	if err != nil {
		t.Fatal(err)
	}
	pairs := []string{folder, "FOLDER"}
	for line := range strings.Lines(string(addresses)) {
		there, here, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.HasPrefix(here, "127.0.0.1:") {
			t.Errorf("%s is at %s", there, here)
		}
		pairs = append(pairs, here, "@"+there)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func TestStart(t *testing.T) {
	t.Parallel()
	folder, err := rendered(t, "", "", "")
	if err != nil {
		t.Fatal(err)
	}
	environment := []string{
		"LIB=FOLDER/image/usr/local/lib/x.so", "PAIRMILL_LISTEN=@worker-2:7070", "PAIRMILL_NATS=nats://@nats:4222,nats://@nats:4222",
		"PAIRMILL_STORE=s3://pairmill/data", "PAIRMILL_TOKEN=secret", "PATH=FOLDER/image/usr/local/bin:PATH",
	}
	command := []string{"arg -c", "arg it's $PAIRMILL_LISTEN --dir=FOLDER/worker-2/scratch/spool", "arg sh"}
	in := "in FOLDER/worker-2/scratch"
	for _, c := range []struct {
		name       string
		args, want []string
	}{
		{"worker-2", nil, slices.Concat(environment, command, []string{in})},
		{"worker-2", []string{"pairmill", "submit", "a b"}, slices.Concat(environment, []string{"arg a b", "arg submit", in})},
		{"nats", nil, []string{"PATH=FOLDER/image/usr/local/bin:PATH", "SERVER_NAME=nats", "arg --config", "arg FOLDER/nats/etc/nats/nats.conf", "in FOLDER/nats"}},
	} {
		slices.Sort(c.want)
		if got := said(t, folder, c.name, c.args...); !slices.Equal(got, c.want) {
			t.Errorf("%s %q:\n%s\nwant:\n%s", c.name, c.args, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
	conf, err := os.ReadFile(filepath.Join(folder, "nats", "etc", "nats", "nats.conf"))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("http: 8222", "http: @nats:8222", "port: ", "listen: @nats:", "//nats:", "//@nats:", "/data", "FOLDER/nats/data").Replace(files["nats.conf"])
	if got := named(t, folder, string(conf)); got != want {
		t.Errorf("nats.conf:\n%s\nwant:\n%s", got, want)
	}
	for _, dir := range []string{"nats/data", "worker-1/scratch", "worker-2/scratch"} {
		if info, err := os.Stat(filepath.Join(folder, dir)); err != nil || !info.IsDir() {
			t.Errorf("the volume %s: %v", dir, err)
		}
	}
}

// TestRefuses: what a process of this machine cannot have as it stands, and is not replaced, is named.
func TestRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, old, new, want string }{
		"a host":             {"compose.yaml", "//nats:4222,", "//other:4222,", "PAIRMILL_NATS: the address other:4222 is that of no service"},
		"a wrong port":       {"compose.yaml", "//nats:4222,", "//nats:4223,", "compose.yaml names the address nats:4223, and nobody listens there"},
		"one of several":     {"compose.yaml", "//nats:4222,", "//worker:7070,", "PAIRMILL_NATS: the address worker:7070 is that of 2 containers"},
		"a path":             {"compose.yaml", "--dir=/scratch", "--dir=/var", "the path /var/spool is on no volume"},
		"a folder":           {"compose.yaml", "--dir=/scratch", "--dir=/specs", "the path /specs/spool is on no volume"},
		"a file":             {"Dockerfile", "lib/x.so", "lib/y.so", "LIB: the path /usr/local/lib/y.so is on no volume"},
		"a workdir":          {"Dockerfile", "WORKDIR /scratch", "WORKDIR /home", "the working directory: the path /home is on no volume"},
		"a path in a file":   {"nats.conf", "/data", "/other", "nats.conf: the path /other is on no volume"},
		"a route":            {"nats.conf", "//nats:6222", "//nats-2:6222", "nats.conf: the address nats-2:6222 is that of no service"},
		"a port":             {"nats.conf", "http: 8222", "http: 8222\nhttps_port: 8223", `the line "https_port: 8223" may be of a port`},
		"no port":            {"nats.conf", "http: 8222", "", "no line port: N, or none http: N"},
		"an image":           {"compose.yaml", "nats:2.15", "redis:7", "nats: nothing is known of its image redis:7-alpine"},
		"no entrypoint":      {"compose.yaml", "nats:2.15", "versity/versitygw:2", "nats: it has no entrypoint"},
		"a stage":            {"Dockerfile", "AS cpu", "AS gpu", "worker: nothing is known of its image pairmill:dev"},
		"a shared volume":    {"compose.yaml", `["/scratch"`, `["nats:/scratch"`, "it shares the volume"},
		"without a value":    {"compose.yaml", "PAIRMILL_LISTEN: 0.0.0.0:7070", "PAIRMILL_LISTEN:", "worker: PAIRMILL_LISTEN has no value"},
		"a missing service":  {"compose.yaml", "  worker:", "  workers:", "compose.yaml has no service worker to have 2 of"},
		"a missing variable": {".env.example", "TOKEN=secret", "", "TOKEN"},
		"a key":              {"compose.yaml", "command: [\"sh\"", "comand: [\"sh\"", "comand"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := rendered(t, c.file, c.old, c.new); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want %q", err, c.want)
			}
		})
	}
}

func TestRefusesFolders(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b", "a;b", "$HOME", "a'b", `a"b`, "a#b", "a:b"} {
		if err := write(t.Context(), t.TempDir(), filepath.Join(t.TempDir(), name), nil); err == nil || !strings.Contains(err.Error(), "the folder ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDeploy: what lies in deploy/ can be run as processes.
func TestDeploy(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	create(t, filepath.Join(folder, "image", "usr", "local", "lib", "pairmill", "libonnxruntime.so"), "")
	if err := write(t.Context(), "../..", folder, map[string]int{"worker": 4}); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	scripts, err := filepath.Glob(filepath.Join(folder, "*", "start"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range scripts {
		names[filepath.Base(filepath.Dir(path))] = true
	}
	want := strings.Fields("control-1 control-2 nats-1 nats-2 nats-3 s3 worker-1 worker-2 worker-3 worker-4")
	if got := slices.Sorted(maps.Keys(names)); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
