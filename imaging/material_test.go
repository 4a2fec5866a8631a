package imaging

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMaterial puts 726 odd, hostile and broken pictures (Pillow's tests) through a Processor: each becomes a picture or
// a reason, and the counts go to the log.
func TestMaterial(t *testing.T) {
	t.Parallel()
	root := os.Getenv("PAIRMILL_MATERIAL")
	if root == "" {
		t.Skip("PAIRMILL_MATERIAL is unset: no foreign pictures to read")
	}
	files := filesUnder(t, filepath.Join(root, "images"), func(string) bool { return true })
	if len(files) < 700 {
		t.Fatalf("%d files", len(files))
	}
	processAll(t, files, 250)
}

// TestGoTestdata does the same with the pictures that Go and golang.org/x/image test their own decoders with.
func TestGoTestdata(t *testing.T) {
	t.Parallel()
	files := goPictures(t)
	if len(files) == 0 {
		t.Skip("no Go command to ask for testdata, or a distribution without")
	}
	processAll(t, files, min(len(files)/2, 120))
}

// goPictures asks the go command where they are.
func goPictures(t testing.TB) (files []string) {
	t.Helper()
	for _, ask := range [][]string{{"env", "GOROOT"}, {"list", "-m", "-f", "{{.Dir}}", "golang.org/x/image"}} {
		folder, err := exec.Command("go", ask...).Output()
		if err != nil {
			continue
		}
		root := strings.TrimSpace(string(folder))
		if ask[0] == "env" {
			root = filepath.Join(root, "src", "image")
		}
		files = append(files, filesUnder(t, root, func(path string) bool {
			extensions := []string{".png", ".jpeg", ".jpg", ".gif", ".bmp", ".tiff", ".webp"}
			return strings.Contains(path, "testdata") && slices.Contains(extensions, filepath.Ext(path))
		})...)
	}
	return files
}

// processAll wants at least so many pictures, no crash, and typed errors only.
func processAll(t *testing.T, files []string, pictures int) {
	t.Helper()
	p, err := New(Config{Side: 64})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Process(data)
		var typed *Error
		switch {
		case err == nil && (r.Width != 64 || r.Height != 64 || len(r.Data) == 0):
			t.Errorf("%s: %d×%d in %d bytes", file, r.Width, r.Height, len(r.Data))
		case err == nil:
			counts["picture "+r.SourceFormat]++
			pictures--
		case !errors.As(err, &typed) || !typed.Reason.Valid() || typed.Reason == "":
			t.Errorf("%s: %v", file, err)
		case typed.Reason == "decoder_crash":
			t.Errorf("%s: %v", file, err)
		default:
			counts[string(typed.Reason)+" "+r.SourceFormat]++
			if testing.Verbose() {
				t.Logf("%s: %v", filepath.Base(file), err)
			}
		}
	}
	if pictures > 0 {
		t.Errorf("%d pictures fewer than there are", pictures)
	}
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%4d %s", counts[key], key)
	}
}

func filesUnder(t testing.TB, root string, want func(path string) bool) (files []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && want(path) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
