package check

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pairmill/deploy/check/deployed"
)

func stagesOfDockerfile(t *testing.T) map[string]deployed.Image {
	t.Helper()
	all, err := deployed.Images("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// finalStage is a stage that people build.
func finalStage(t *testing.T, name string) deployed.Image {
	t.Helper()
	i, there := stagesOfDockerfile(t)[name]
	if !there {
		t.Fatalf("the Dockerfile has no stage %s", name)
	}
	return i
}

func TestImages(t *testing.T) {
	t.Parallel()
	all := stagesOfDockerfile(t)
	for _, name := range []string{"cpu", "cuda"} {
		i := all[name]
		if !slices.Equal(i.Entrypoint, []string{"pairmill"}) || len(i.Command) == 0 || i.Command[0] != "worker" || i.Signal != "SIGTERM" || i.User != "10001:10001" {
			t.Errorf("%s: %+v", name, i)
			continue
		}
		names := []string{}
		for k := range i.Env {
			names = append(names, k)
		}
		understands(t, name, i.Command, names)
		if !strings.HasPrefix(i.Env["XDG_CACHE_HOME"], i.Volumes[0]+"/") {
			t.Errorf("%s spools to %s, outside of %v", name, i.Env["XDG_CACHE_HOME"], i.Volumes)
		}
		brought := map[string]bool{}
		for _, c := range i.Copies {
			if c.From == "" {
				t.Errorf("%s copies from the build's context: only what was built belongs into an image", name)
			} else if _, ours := all[c.From]; !ours {
				t.Errorf("%s copies from %s, which is no stage", name, c.From)
			}
			brought[c.DestPath] = true
		}
		lib := i.Env["PAIRMILL_ORT_LIB"]
		if !brought[lib] && !brought[filepath.Dir(lib)+"/"] {
			t.Errorf("%s: nothing is copied to %s", name, lib)
		}
	}
}

// TestBuildStageHasWhatTheBuildWants: tools/codecs.sh names the development packages; without one of them the image would
// silently fall back to a slower codec.
func TestBuildStageHasWhatTheBuildWants(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile(filepath.Join(root, "tools", "codecs.sh"))
	if err != nil {
		t.Fatal(err)
	}
	has := finalStage(t, "build").Packages
	wanted := regexp.MustCompile(`\blib[a-z0-9]+(?:-turbo)?-dev\b`).FindAllString(string(script), -1)
	if len(wanted) < 5 {
		t.Fatalf("tools/codecs.sh wants %q", wanted)
	}
	for _, name := range append(wanted, "pkg-config", "python3-pip") {
		if !slices.Contains(has, name) {
			t.Errorf("the build stage installs %q, and not %s", has, name)
		}
	}
}

// TestRuntimePackages: each shared library that the program and libonnxruntime are linked with belongs to a package that the
// runtime stage installs, or that is in every Debian; and nothing is installed without use.
func TestRuntimePackages(t *testing.T) {
	t.Parallel()
	if release, err := os.ReadFile("/etc/os-release"); err != nil || !bytes.Contains(release, []byte("VERSION_CODENAME=bookworm")) {
		t.Skip("this is no Debian 12, as the image is: its packages have other names")
	}
	runtime := finalStage(t, "cpu")
	if runtime.From != "debian:bookworm-slim" {
		t.Fatalf("the runtime stage is made from %s", runtime.From)
	}
	base := strings.Fields("libc6 libgcc-s1 zlib1g") // that apt and dpkg themselves are linked with
	unused := slices.Clone(runtime.Packages)
	for _, file := range []string{binary(t), tool(t, "ORT_LIB")} {
		for _, library := range linked(t, file) {
			name := owner(t, library)
			if !slices.Contains(runtime.Packages, name) && !slices.Contains(base, name) {
				t.Errorf("%s needs %s of the package %s, which the runtime stage does not install", filepath.Base(file), library, name)
			}
			unused = slices.DeleteFunc(unused, func(p string) bool { return p == name })
		}
	}
	// Not libraries: certificates to trust, and time zones for schedules.
	if want := []string{"ca-certificates", "tzdata"}; !slices.Equal(unused, want) {
		t.Errorf("installed besides libraries: %q, want %q", unused, want)
	}
	for _, name := range slices.Concat(runtime.Packages, finalStage(t, "build").Packages) {
		if text, err := exec.Command("apt-cache", "policy", name).Output(); err == nil && !bytes.Contains(text, []byte("Candidate: ")) {
			t.Errorf("Debian has no package %s", name)
		}
	}
}

// TestCodecsOfTheCUDAImage: what the script takes along for another distribution is everything that is not in each one.
func TestCodecsOfTheCUDAImage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if text, err := output(t, nil, filepath.Join(root, "tools", "codec-libraries.sh"), binary(t), dir); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	brought, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(brought) == 0 {
		t.Fatalf("%q, %v", brought, err)
	}
	everywhere := strings.Fields("libc.so.6 libm.so.6 libz.so.1")
	for _, library := range linked(t, binary(t)) {
		if name := filepath.Base(library); !slices.Contains(everywhere, name) && !slices.Contains(brought, filepath.Join(dir, name)) {
			t.Errorf("%s is not brought along", name)
		}
	}
	for _, file := range brought { // and they find what they are linked with among themselves
		for _, library := range linked(t, file) {
			if name := filepath.Base(library); !slices.Contains(everywhere, name) && !slices.Contains(brought, filepath.Join(dir, name)) {
				t.Errorf("%s needs %s, which is not brought along", filepath.Base(file), name)
			}
		}
	}
}

// linked are the shared libraries that a program is linked with, those of libraries included.
func linked(t *testing.T, file string) (paths []string) {
	t.Helper()
	text, err := output(t, nil, "ldd", file)
	if err != nil {
		t.Fatalf("ldd %s: %v\n%s", file, err, text)
	}
	for _, m := range regexp.MustCompile(`=> (\S+)( \(0x|$)`).FindAllStringSubmatch(text, -1) {
		if m[1] == "not" {
			t.Fatalf("ldd %s:\n%s", file, text)
		}
		paths = append(paths, m[1])
	}
	if len(paths) == 0 {
		t.Fatalf("ldd %s:\n%s", file, text)
	}
	return paths
}

// owner is the package that a library belongs to. Debian keeps its list by paths below /usr or not, as the package was made.
func owner(t *testing.T, library string) string {
	t.Helper()
	for _, path := range []string{library, "/usr" + library, strings.TrimPrefix(library, "/usr")} {
		if text, err := exec.Command("dpkg", "-S", path).Output(); err == nil {
			name, _, _ := strings.Cut(string(text), ":")
			return name
		}
	}
	t.Fatalf("no package has %s", library)
	return ""
}

// TestContext: secrets and data that lie in the folder of the repository stay out of the build.
func TestContext(t *testing.T) {
	t.Parallel()
	ignored, err := os.ReadFile("../Dockerfile.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(ignored), "\n")
	for _, want := range []string{".git", "**/.env", "bin", "pairmill-data", "demo-cluster"} {
		if !slices.Contains(lines, want) {
			t.Errorf("%s would be sent to the builder", want)
		}
	}
}
