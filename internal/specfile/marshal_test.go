package specfile

import (
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"pairmill/schemas"
)

func TestMarshalReadsBack(t *testing.T) {
	t.Parallel()
	crawl, shards, list := valid("https://example.com/?q=a&b#c", "http://a.example/ü"), Default(), listed("s3://b/*.parquet", "- [x]: #y", "null", "1e3")
	crawl.Fetch.Hosts = map[string]string{"*.a.example": "192.0.2.1", "on": "2001:db8::1"}
	crawl.Fetch.Delay, crawl.Fetch.MaxBytes = schemas.Duration(1501*time.Millisecond), 5_000_001
	crawl.Curate, crawl.Filter.MaxAspect = schemas.Curate{MinSimilarity: 0.1 + 0.2, Seed: math.MaxUint64}, 1e300
	crawl.Dataset.Description, crawl.Dataset.Name = "two\nlines: \"quoted\"\t#\u2028\x00 yes\n\n", "on"
	shards.Name, shards.Source.Shards = "0", &schemas.Shards{Tars: []string{"007", "a/b c.tar"}, Pool: []string{"null"}}
	list.Source.List.Columns, list.Source.List.Hash = []string{"~", "true"}, &schemas.ListHash{Column: "<<", Algorithm: "sha512"}
	list.Deliver.Hash, list.Fetch.OptOut = "sha512", []string{}
	plain := listed("a.txt")
	plain.Deliver = nil
	for name, spec := range map[string]schemas.Spec{"web": crawl, "shards": shards, "list": list, "list without delivery": plain} {
		if spec.Dataset.Name == "" {
			spec.Dataset.Name = spec.Name // as Parse fills it
		}
		text, err := Marshal(spec)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := Parse(name, text); err != nil || !reflect.DeepEqual(got, spec) {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v\n%s", name, err, got, spec, text)
		}
	}
}

func TestMarshalNamesTheDataset(t *testing.T) {
	t.Parallel()
	spec := valid("https://example.com/")
	text, err := Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Parse("s", text); err != nil || got.Dataset.Name != spec.Name || spec.Dataset.Name != "" {
		t.Errorf("dataset %q, %v; the caller's %q", got.Dataset.Name, err, spec.Dataset.Name)
	}
}

func TestMarshalRefuses(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*schemas.Spec){
		"not valid": func(s *schemas.Spec) { s.Name = "" },
		"not UTF-8": func(s *schemas.Spec) { s.Dataset.Description = "\xff" },
	} {
		spec := valid("https://example.com/")
		edit(&spec)
		text, err := Marshal(spec)
		var problems Problems
		if !errors.As(err, &problems) || text != nil {
			t.Errorf("%s: %d bytes, error %v", name, len(text), err)
		}
	}
}
