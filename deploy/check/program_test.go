package check

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the folder of the repository.
const root = "../.."

// binary is the program that is deployed.
func binary(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(root, "bin", "pairmill"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v: make build makes it", err)
	}
	return path
}

// tool is a program that make names in the environment.
func tool(t *testing.T, key string) string {
	t.Helper()
	path := os.Getenv(key)
	if path == "" {
		t.Fatalf("%s names no program: make deploy-check sets it", key)
	}
	return path
}

// output runs a command and returns what it printed.
func output(t *testing.T, env []string, name string, args ...string) (text string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	b, err := cmd.CombinedOutput()
	return string(b), err
}

// help is what a command of the program says of itself: its options, and the environment variables that it reads.
type help struct {
	options, environment map[string]bool
}

var (
	optionRE      = regexp.MustCompile(`--[a-z][a-z-]+`)
	environmentRE = regexp.MustCompile(`PAIRMILL_[A-Z_]+`)
)

// helpOf asks the program. An unknown command is an error there.
func helpOf(t *testing.T, command string) help {
	t.Helper()
	text, err := output(t, nil, binary(t), command, "--help")
	if err != nil {
		t.Fatalf("pairmill %s --help: %v\n%s", command, err, text)
	}
	h := help{map[string]bool{}, map[string]bool{}}
	for _, o := range optionRE.FindAllString(text, -1) {
		h.options[o] = true
	}
	for _, e := range environmentRE.FindAllString(text, -1) {
		h.environment[e] = true
	}
	return h
}

// understands fails where a process is started with a command, an option or a variable that the program does not know.
func understands(t *testing.T, who string, args []string, names []string) {
	t.Helper()
	if len(args) == 0 {
		t.Errorf("%s: no command", who)
		return
	}
	h := helpOf(t, args[0])
	for _, a := range args[1:] {
		name, _, _ := strings.Cut(a, "=")
		if strings.HasPrefix(a, "--") && !h.options[name] {
			t.Errorf("%s: pairmill %s knows no option %s", who, args[0], name)
		}
	}
	found := 0
	for _, name := range names {
		if strings.HasPrefix(name, "PAIRMILL_") {
			found++
			if !h.environment[name] {
				t.Errorf("%s: pairmill %s does not read %s", who, args[0], name)
			}
		}
	}
	if found == 0 {
		t.Errorf("%s: not one PAIRMILL_ variable among %q", who, names)
	}
}

func TestHelpIsRead(t *testing.T) {
	t.Parallel()
	h := helpOf(t, "worker")
	if !h.options["--grace"] || !h.environment["PAIRMILL_GRACE"] || h.environment["PAIRMILL_SERVER"] || h.options["--watch"] {
		t.Errorf("%v", h)
	}
}
