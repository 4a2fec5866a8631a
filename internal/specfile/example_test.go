package specfile

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"pairmill/schemas"
)

func TestExampleIsTheDefaults(t *testing.T) {
	t.Parallel()
	got, err := Parse("example.yaml", Example())
	if err != nil {
		t.Fatal(err)
	}
	want := valid("https://example.com/")
	want.Name, want.Dataset.Name = "my-pictures", "my-pictures"
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

var commentedRE = regexp.MustCompile(`(?m)^( *)# ( *(?:- |[a-z_.]+: ?))`)

// uncommented is the example with every setting that it shows, those that exclude each other too.
func uncommented(t *testing.T) map[string]any {
	t.Helper()
	var root map[string]any
	if err := yaml.Unmarshal(commentedRE.ReplaceAll(Example(), []byte("$1$2")), &root); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestExampleShowsEverySetting(t *testing.T) {
	t.Parallel()
	root := uncommented(t)
	for _, path := range paths("", reflect.TypeFor[schemas.Spec]()) {
		var at any = root
		for key := range strings.SplitSeq(path, ".") {
			section, _ := at.(map[string]any)
			at = section[key]
		}
		if at == nil {
			t.Errorf("%s is not in the example", path)
		}
	}
}

// What the example shows as alternatives must work as it stands there, and be at its defaults.
func TestExampleAlternatives(t *testing.T) {
	t.Parallel()
	list, deliver := DefaultList(), DefaultDeliver()
	list.Inputs, list.Columns = []string{"urls/*.parquet"}, []string{"uid"}
	list.Hash = &schemas.ListHash{Column: "sha256", Algorithm: "sha256"}
	for source, edit := range map[string]func(*schemas.Spec){
		"list": func(s *schemas.Spec) { s.Source.List, s.Deliver, s.Schedule = &list, &deliver, nil },
		"shards": func(s *schemas.Spec) {
			s.Source.Shards = &schemas.Shards{Tars: []string{"pool/00000.tar"}, Pool: []string{"metadata/*.parquet"}}
		},
	} {
		root := uncommented(t)
		root["source"] = map[string]any{source: root["source"].(map[string]any)[source]}
		if source != "list" {
			delete(root, "deliver")
		} else {
			delete(root, "schedule") // a run that delivers runs once
		}
		text, err := yaml.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		want := Default()
		want.Name, want.Dataset.Name = "my-pictures", "my-pictures"
		want.Fetch.Hosts = map[string]string{"www.example.com": "192.0.2.1"}
		want.Schedule = &schemas.Schedule{Cron: "30 3 * * 1", Zone: "UTC", Overlap: schemas.OverlapSkip}
		edit(&want)
		if got, err := Parse(source, text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v", source, err, got, want)
		}
	}
}

func TestExampleAndSchemaAreCopies(t *testing.T) {
	t.Parallel()
	for _, get := range []func() []byte{Example, Schema} {
		get()[0] = 'X'
		if get()[0] == 'X' {
			t.Error("a caller can change the embedded file")
		}
	}
}
