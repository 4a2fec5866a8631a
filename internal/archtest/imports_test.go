package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rows is the import table. A package imports only from rows above its own; packages of one entry are one family and
// may import each other, packages of different entries of one row never.
var rows = [][]family{
	{{"schemas"}, {"internal/float16"}, {"internal/crashpoint"}},
	{{"store", "store/*"}, {"imaging", "imaging/*"}, {"cluster", "cluster/*"}},
	{{"fetch", "fetch/*"}, {"filter"}, {"encoder", "encoder/*"}, {"internal/extsort", "internal/content"}, {"internal/metrics"}},
	{{"crawler", "crawler/*"}, {"sink"}, {"curate"}, {"internal/verify"}, {"internal/specfile"}, {"internal/search"}, {"internal/sheet"}, {"internal/report"}},
	{{"workers"}},
	{{"control", "control/*"}, {"internal/repair"}}, // a program to look around in stores, explorer, will stand beside it
	{{"cmd/*"}},
}

// aside holds packages that no product package imports: examples, tools, and what serves tests.
var aside = []string{"examples/*", "tools/*", "bench/*", "internal/picturebook", "internal/testutil", "internal/archtest", "internal/faults", "workers/workerstest"}

// family is packages that belong together, by pattern.
type family []string

// importers lists who alone imports a library.
var importers = map[string]string{
	"github.com/nats-io/":             "cluster/nats",
	"github.com/synadia-io/":          "cluster/nats",
	"github.com/robfig/cron/":         "cluster",
	"github.com/parquet-go/":          "store/table",
	"github.com/apache/arrow-go/":     "store/table",
	"github.com/gocolly/":             "crawler/web",
	"github.com/yalue/onnxruntime_go": "encoder/onnx",
	"gopkg.in/yaml.v3":                "internal/specfile",
	"github.com/gen2brain/avif":       "imaging",
	"github.com/tetratelabs/wazero":   "imaging",
	"github.com/minio/":               "store/s3",
	"github.com/alecthomas/kong":      "cmd/pairmill",
	"github.com/vbauerster/mpb":       "cmd/pairmill",
	"github.com/prometheus/":          "internal/metrics",
	"code.dny.dev/ssrf":               "fetch",
	"github.com/nlnwa/whatwg-url":     "fetch",
}

type pkg struct {
	ImportPath string
	Imports    []string
}

const module = "pairmill/"

// product lists the module's packages and their imports, tests left out.
func product(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func matches(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		prefix, below := strings.CutSuffix(p, "/*")
		return name == p || below && strings.HasPrefix(name, prefix+"/")
	})
}

// place returns a package's row and its family's index in it.
func place(name string) (row, fam int, ok bool) {
	for r, families := range rows {
		for f, patterns := range families {
			if matches(name, patterns) {
				return r, f, true
			}
		}
	}
	return 0, 0, false
}

func TestImportsGoUp(t *testing.T) {
	t.Parallel()
	for _, p := range product(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if matches(name, aside) {
			continue
		}
		row, fam, ok := place(name)
		if !ok {
			t.Errorf("%s has no place in the import table", name)
			continue
		}
		for _, imported := range p.Imports {
			to, inside := strings.CutPrefix(imported, module)
			if !inside {
				continue
			}
			toRow, toFam, ok := place(to)
			switch {
			case !ok && matches(to, aside):
				t.Errorf("%s imports %s, which is no part of the product", name, to)
			case !ok:
				t.Errorf("%s imports %s, which has no place in the table", name, to)
			case toRow > row || toRow == row && toFam != fam:
				t.Errorf("%s (row %d) imports %s (row %d)", name, row, to, toRow)
			}
		}
	}
}

func TestOneImporter(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, p := range product(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, imported := range p.Imports {
			for library, only := range importers {
				if !strings.HasPrefix(imported, library) {
					continue
				}
				used[library] = true
				if name != only && !matches(name, aside) {
					t.Errorf("%s imports %s: only %s may", name, imported, only)
				}
			}
		}
	}
	for library := range importers {
		if !used[library] {
			t.Errorf("nobody imports %s: the table is out of date", library)
		}
	}
}

func TestSchemasIsPlain(t *testing.T) {
	t.Parallel()
	for _, p := range product(t) {
		if p.ImportPath != module+"schemas" {
			continue
		}
		for _, imported := range p.Imports {
			if strings.Contains(strings.Split(imported, "/")[0], ".") || strings.HasPrefix(imported, module) {
				t.Errorf("schemas imports %s: want the standard library only", imported)
			}
		}
		return
	}
	t.Error("no package schemas")
}
