package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"

	"pairmill/encoder/onnx"
)

// environment lists the variables that a command reads: those of its options, and those that are no options.
func environment(t *testing.T, command string) map[string]bool {
	t.Helper()
	parser, err := kong.New(&cli{}, kong.Vars{"version": ""})
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"PAIRMILL_TOKEN": true, onnx.LibraryEnv: true, onnx.DeviceEnv: true}
	for _, c := range parser.Model.Children {
		if c.Name != command && command != "" {
			continue
		}
		for _, group := range c.AllFlags(false) {
			for _, f := range group {
				for _, name := range f.Envs {
					known[name] = true
				}
			}
		}
	}
	if len(known) < 6 {
		t.Fatalf("%s reads %v", command, known)
	}
	return known
}

// ourVariable finds our variables in a text. $PAIRMILL_X is one of NATS' configuration; a shell's has braces.
var ourVariable = regexp.MustCompile(`(?:^|[^$\w])(PAIRMILL_[A-Z_]*[A-Z])\b`)

func ourVariables(text string) (names []string) {
	for _, m := range ourVariable.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// TestDeployedEnvironment: what compose file, chart and image set is read by somebody, and each service's by the command that
// it runs, which takes its value.
func TestDeployedEnvironment(t *testing.T) {
	all := environment(t, "")
	chosen := map[string]bool{"PAIRMILL_VERSION": true, "PAIRMILL_NO_APT": true, "PAIRMILL_DEAD": true} // a stream; of the compose file's and of the build's own
	files, err := filepath.Glob("../../deploy/helm/pairmill/templates/*")
	if err != nil || len(files) < 5 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range append(files, "../../deploy/compose.yaml", "../../deploy/Dockerfile", "../../deploy/.env.example", "../../deploy/README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range ourVariables(string(text)) {
			if !all[name] && !chosen[name] {
				t.Errorf("%s names %s, which no command reads", file, name)
			}
		}
	}
	text, err := os.ReadFile("../../deploy/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var compose struct {
		Services map[string]struct {
			Build       map[string]any
			Command     []string
			Environment map[string]string
		}
	}
	if err := yaml.Unmarshal(text, &compose); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for name, s := range compose.Services {
		if s.Build == nil {
			continue
		}
		ran++
		known := environment(t, s.Command[0])
		for variable, value := range s.Environment {
			if !strings.HasPrefix(variable, "PAIRMILL_") {
				continue
			}
			if !known[variable] {
				t.Errorf("%s: pairmill %s does not read %s", name, s.Command[0], variable)
			}
			t.Setenv(variable, value)
		}
		parser, err := kong.New(&cli{}, kong.Vars{"version": ""})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(s.Command); err != nil {
			t.Errorf("%s: pairmill %q: %v", name, s.Command, err)
		}
	}
	if ran != 3 {
		t.Errorf("%d services run the program", ran)
	}
}

// TestTableOfEnvironment: docs/cluster.md names each variable that a process of a cluster reads, and no other.
func TestTableOfEnvironment(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/cluster.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n## Environment\n")
	table, _, _ = strings.Cut(table, "\n## ")
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `PAIRMILL_.*?\\|").FindAllString(table, -1) {
		for _, name := range ourVariables(row) {
			listed[name] = true
		}
	}
	wanted := environment(t, "serve")
	maps.Copy(wanted, environment(t, "worker"))
	maps.Copy(wanted, environment(t, "status"))
	if got, want := slices.Sorted(maps.Keys(listed)), slices.Sorted(maps.Keys(wanted)); !slices.Equal(got, want) {
		t.Errorf("docs/cluster.md lists\n%q\nand the commands read\n%q", got, want)
	}
}
