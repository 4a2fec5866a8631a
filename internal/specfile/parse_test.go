package specfile

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pairmill/schemas"
)

const small = `name: tiny
source:
  web:
    seeds: [https://example.com/]
`

func TestParseFillsDefaults(t *testing.T) {
	t.Parallel()
	got, err := Parse("s.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	want, web := Default(), DefaultWeb()
	web.Seeds = []string{"https://example.com/"}
	want.Name, want.Dataset.Name, want.Source.Web = "tiny", "tiny", &web
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

const listSmall = `name: tiny
source:
  list:
    inputs: [a.csv]
`

func TestParseFillsSections(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		edit func(*schemas.Spec)
	}{
		"list":            {listSmall, func(s *schemas.Spec) { s.Deliver = nil }},
		"deliver":         {listSmall + "deliver: {}", func(*schemas.Spec) {}},
		"empty deliver":   {listSmall + "deliver:", func(*schemas.Spec) {}},
		"some of deliver": {listSmall + "deliver: {digits: 8, hash: \"\"}", func(s *schemas.Spec) { s.Deliver.Digits, s.Deliver.Hash = 8, "" }},
		"some of list":    {listSmall + "    url: link\ndeliver:", func(s *schemas.Spec) { s.Source.List.URL = "link" }},
		"empty lists": {listSmall + "    columns: []\ndeliver:\nfetch: {opt_out: [], hosts: {}}", func(s *schemas.Spec) {
			s.Fetch.OptOut = []string{}
		}},
		"shards": {"name: tiny\nsource: {shards: {tars: [a/0.tar]}}", func(s *schemas.Spec) {
			s.Source, s.Deliver = schemas.Source{Shards: &schemas.Shards{Tars: []string{"a/0.tar"}}}, nil
		}},
	} {
		want := listed("a.csv")
		want.Dataset.Name = "tiny"
		c.edit(&want)
		if got, err := Parse("s.yaml", []byte(c.text)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v", name, err, got, want)
		}
	}
}

func TestParseReadsValues(t *testing.T) {
	t.Parallel()
	got, err := Parse("s.yaml", []byte(small+`
fetch: {timeout: 1m30s, delay: 0, max_bytes: 500KB, allow_private: true, hosts: {pictures.test: 127.0.0.1, "*.cdn.test": "::1"}}
filter:
  # nothing set
curate: {seed: 18446744073709551615, min_similarity: 0.28}
dataset: {name: other}
`))
	if err != nil {
		t.Fatal(err)
	}
	if got.Fetch.Timeout.Std() != 90*time.Second || got.Fetch.Delay != 0 || got.Fetch.MaxBytes != 500_000 ||
		got.Fetch.Hosts["*.cdn.test"] != "::1" || got.Curate.Seed != 1<<64-1 || got.Curate.MinSimilarity != 0.28 ||
		got.Dataset.Name != "other" || got.Filter != Default().Filter {
		t.Errorf("got %+v", got)
	}
}

func TestParseProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, yaml, want string }{
		{"unknown key", small + "fetch:\n  time_out: 3s", "s.yaml:6: fetch.time_out: unknown key: did you mean timeout?"},
		{"transposed key", small + "fetch:\n  dealy: 3s", "s.yaml:6: fetch.dealy: unknown key: did you mean delay?"},
		{"key of another section", small + "fetch:\n  quality: 3", "s.yaml:6: fetch.quality: unknown key: did you mean image.quality?"},
		{"key of no section", small + "dedup:\n  perceptual: 3", "s.yaml:6: dedup.perceptual: unknown key; dedup has buckets"},
		{"unknown section", small + "filters: {}", "s.yaml:5: filters: unknown key: did you mean filter?"},
		{"merge key", small + "dedup:\n  <<: {buckets: 2}", "s.yaml:6: dedup.<<: unknown key; dedup has buckets"},
		{"key twice", small + "dedup:\n  buckets: 1\n  buckets: 2", "s.yaml:7: dedup.buckets: given twice, first in line 6"},
		{"bad duration", small + "fetch:\n  delay: 1s\n  timeout: 30", `s.yaml:7: fetch.timeout: duration "30": want a number with a unit, such as 30s or 1m30s`},
		{"bad size", small + "fetch: {max_bytes: lots}", `s.yaml:5: fetch.max_bytes: size "lots": want a number of bytes, such as 5000, 500KB or 32MiB`},
		{"text for number", small + "image: {size: big}", `s.yaml:5: image.size: want a whole number, not "big"`},
		{"fraction for whole", small + "image: {size: 1.5}", `s.yaml:5: image.size: want a whole number, not "1.5"`},
		{"past 64 bits", small + "image: {max_pixels: 99999999999999999999}", `s.yaml:5: image.max_pixels: want a whole number, not "99999999999999999999"`},
		{"negative seed", small + "curate: {seed: -1}", `s.yaml:5: curate.seed: want a whole number from 0, not "-1"`},
		{"text for bool", small + "image: {only_if_bigger: sometimes}", `s.yaml:5: image.only_if_bigger: want true or false, not "sometimes"`},
		{"text for float", small + "filter: {max_aspect: wide}", `s.yaml:5: filter.max_aspect: want a number, not "wide"`},
		{"no value", small + "embed:\n  model:", `s.yaml:6: embed.model: has no value: write one ("" is the empty text) or remove the line`},
		{"list for text", small + "embed: {model: [a]}", "s.yaml:5: embed.model: want one value, not a list"},
		{"text for section", small + "embed: builtin", `s.yaml:5: embed: want settings (key: value), not "builtin"`},
		{"text for list", "name: a\nsource: {web: {seeds: https://example.com/}}", `s.yaml:2: source.web.seeds: want a list, not "https://example.com/"`},
		{"past 32 bits", "name: a\nsource: {web: {seeds: [http://a.example/], max_depth: 3000000000}}", `s.yaml:2: source.web.max_depth: want a whole number below 2³¹, not "3000000000"`},
		{"tag", small + "embed: {model: !python/name x}", "s.yaml:5: embed.model: has the unknown YAML tag !python/name"},
		{"not YAML", "name: a\n  b: [", "s.yaml:2: not YAML: mapping values are not allowed in this context"},
		{"list", "- a", "s.yaml:1: want settings (key: value), not a list"},
		{"empty", "# nothing\n", "s.yaml: empty: `pairmill spec init` writes an example"},
		{"two documents", small + "---\nname: b\n", "s.yaml:5: more than one YAML document"},
		{"too large", "#" + strings.Repeat(" ", MaxSize), "s.yaml: more than 16777216 bytes"},
		{"two sources", small + "  list: {inputs: [a.csv]}", "s.yaml:2: source: has 2 sources: want exactly one of web, list, shards"},
		{"img2dataset's name", listSmall + "    url_list: a", "s.yaml:5: source.list.url_list: unknown key; source.list has boxes, caption, columns, format, hash, inputs, order, range, url"},
		{"bad input has its line", "name: a\nsource:\n  list:\n    inputs:\n    - a.csv\n    - gs://b/c", `s.yaml:6: source.list.inputs[1]: "gs://b/c": want a local path or s3://bucket/key`},
		{"missing inputs", "name: a\nsource:\n  list:", "s.yaml:3: source.list.inputs: is empty: want at least one file, folder or glob"},
		{"crawl that delivers", small + "deliver: {}", "s.yaml:5: deliver: needs source.list: other sources end in a dataset"},
		{"no words", small + "fetch: {opt_out: }", "s.yaml:5: fetch.opt_out: want a list, not nothing"},
		{"validation has lines", small + "fetch:\n  tries: 0", "s.yaml:6: fetch.tries: 0 is outside 1 to 20"},
		{"bad seed has its line", "name: a\nsource:\n  web:\n    seeds:\n    - http://a.example/\n    - ftp://b/", `s.yaml:6: source.web.seeds[1]: "ftp://b/": want an absolute http or https URL`},
		{"missing seeds", "name: a\nsource:\n  web: {}", "s.yaml:3: source.web.seeds: is empty: want at least one http or https URL"},
	} {
		_, err := Parse("s.yaml", []byte(c.yaml))
		var problems Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: error %v", c.name, err)
			continue
		}
		if first, _, _ := strings.Cut(err.Error(), "\n"); first != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, first, c.want)
		}
	}
}

func TestParseReportsEverythingOnce(t *testing.T) {
	t.Parallel()
	_, err := Parse("s.yaml", []byte("name: My Pictures\nsource: {web: {seeds: [x], lanes: many}}\nimage:\n  size: 0\n  sise: 3\n"))
	var got Problems
	if !errors.As(err, &got) {
		t.Fatalf("error %v", err)
	}
	var paths []string
	for _, p := range got {
		paths = append(paths, p.Path)
	}
	want := []string{"source.web.lanes", "image.sise", "name", "source.web.seeds[0]", "image.size"}
	if !reflect.DeepEqual(paths, want) {
		t.Errorf("problems with %v, want %v:\n%v", paths, want, err)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "spec.yaml")
	if _, err := Load(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte(small), 0o600); err != nil {
		t.Fatal(err)
	}
	if spec, err := Load(path); err != nil || spec.Name != "tiny" {
		t.Errorf("got %q, %v", spec.Name, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Example())
	f.Add([]byte(listSmall + "    columns: []\n    hash: {column: h, algorithm: md5}\ndeliver: {hash: \"\"}\nfetch: {opt_out: [], hosts: {}}"))
	for _, s := range []string{small, listSmall, "name: a\nsource: {shards: {tars: [a, b/c]}}", "a: &a [*a]", "? [x]\n: y", "name: !!binary aGk=", "<<: {name: a}", "\xff", "%YAML 9", small + "fetch: {delay: 0, hosts: {a: ::1}}", small + "filter: {max_aspect: .nan}", small + "dataset: {description: \"\\0\\u2028\"}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		spec, err := Parse("f", data)
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Errorf("error without problems: %v", err)
			}
			return
		}
		if err := Validate(spec); err != nil {
			t.Errorf("parsed and not valid: %v", err)
		}
		text, err := Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Parse("again", text); err != nil || !reflect.DeepEqual(again, spec) {
			t.Errorf("written and read again: %v\ngot  %+v\nwant %+v\n%s", err, again, spec, text)
		}
	})
}
