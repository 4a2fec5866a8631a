package specfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"pairmill/schemas"
)

// property is what the tests read of a JSON Schema.
type property struct {
	Description string
	Type        any
	Default     any
	Minimum     *json.Number
	Maximum     *json.Number
	Enum        []string
	Const       string
	Pattern     string
	Additional  any `json:"additionalProperties"`
	Properties  map[string]property
	Required    []string
	Items       *property
	Not         *property
	AllOf       []struct{ If, Then property }
	Ref         string `json:"$ref"`

	undefaulted bool // must be given, or may be absent: told by leaves
}

func readSchema(t *testing.T) property {
	t.Helper()
	var root property
	dec := json.NewDecoder(bytes.NewReader(Schema()))
	dec.UseNumber()
	if err := dec.Decode(&root); err != nil {
		t.Fatal(err)
	}
	return root
}

// leaves calls each with every setting that the Go type has and its property, after comparing names at every level.
func leaves(t *testing.T, path string, typ reflect.Type, p property, each func(path string, typ reflect.Type, p property)) {
	t.Helper()
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if p.Description == "" {
		t.Errorf("%s: no description", path)
	}
	if typ.Kind() != reflect.Struct {
		each(path, typ, p)
		return
	}
	if p.Additional != false {
		t.Errorf("%s: additionalProperties must be false, as Parse refuses unknown keys", path)
	}
	known := map[string]bool{}
	for i := range typ.NumField() {
		key := keyOf(typ.Field(i))
		known[key] = true
		if sub, ok := p.Properties[key]; ok {
			sub.undefaulted = slices.Contains(p.Required, key) || mayBeAbsent(typ.Field(i))
			leaves(t, join(path, key), typ.Field(i).Type, sub, each)
		} else {
			t.Errorf("%s: not in the schema", join(path, key))
		}
	}
	for key := range p.Properties {
		if !known[key] {
			t.Errorf("%s: in the schema and not in the Go type", join(path, key))
		}
	}
}

func TestSchemaIsTheGoType(t *testing.T) {
	t.Parallel()
	n := 0
	leaves(t, "", reflect.TypeFor[schemas.Spec](), readSchema(t), func(path string, typ reflect.Type, p property) {
		n++
		want := map[reflect.Kind]string{
			reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "integer", reflect.Int32: "integer", reflect.Int64: "integer",
			reflect.Uint64: "integer", reflect.Float64: "number", reflect.Slice: "array", reflect.Map: "object",
		}[typ.Kind()]
		switch {
		case typ == reflect.TypeFor[schemas.Duration]():
			if p.Ref != "#/$defs/duration" {
				t.Errorf("%s: want the type duration", path)
			}
		case typ == reflect.TypeFor[schemas.Bytes]():
			if p.Ref != "#/$defs/bytes" {
				t.Errorf("%s: want the type bytes", path)
			}
		case p.Type != want:
			t.Errorf("%s: type %v, want %s", path, p.Type, want)
		}
	})
	if n < 40 {
		t.Errorf("compared %d settings only", n)
	}
}

func TestSchemaDefaultsAreDefaults(t *testing.T) {
	t.Parallel()
	spec := Default()
	fill(reflect.ValueOf(&spec).Elem())
	leaves(t, "", reflect.TypeFor[schemas.Spec](), readSchema(t), func(path string, _ reflect.Type, p property) {
		if p.undefaulted {
			if p.Default != nil {
				t.Errorf("%s has no default", path)
			}
			return
		}
		if got, want := fmt.Sprint(p.Default), written(t, spec, path); got != want {
			t.Errorf("%s: the schema says %s, Default %s", path, got, want)
		}
	})
}

// fill adds the sections that are not there, at their defaults.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		if defaults, ok := sectionDefaults()[v.Type().Elem()]; ok {
			v.Elem().Set(reflect.ValueOf(defaults))
		}
		fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	}
}

// Limits stand twice, in the schema for editors and in Validate for runs: each must be where the other has it.
func TestSchemaLimitsAreLimits(t *testing.T) {
	t.Parallel()
	complains := func(path, tag, value string) bool {
		t.Helper()
		_, err := Parse("s.yaml", with(t, path, &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}))
		return err != nil && strings.Contains(err.Error(), path+": ")
	}
	limits := 0
	leaves(t, "", reflect.TypeFor[schemas.Spec](), readSchema(t), func(path string, _ reflect.Type, p property) {
		for bound, step := range map[*json.Number]string{p.Minimum: "-", p.Maximum: "+"} {
			if bound == nil || bound.String() == "18446744073709551615" {
				continue
			}
			limits++
			if complains(path, "", bound.String()) {
				t.Errorf("%s: %s is allowed by the schema and not by Validate", path, bound)
			}
			if past := beyond(t, *bound, step); !complains(path, "", past) {
				t.Errorf("%s: %s is allowed by Validate and not by the schema", path, past)
			}
		}
		for _, word := range p.Enum {
			if complains(path, "!!str", word) {
				t.Errorf("%s: %q is allowed by the schema and not by Validate", path, word)
			}
		}
		if p.Enum != nil && !complains(path, "!!str", "nonsense") {
			t.Errorf("%s: any word is allowed by Validate", path)
		}
	})
	if limits < 30 {
		t.Errorf("compared %d limits only", limits)
	}
}

// The one limit that depends on another setting.
func TestSchemaQuality(t *testing.T) {
	t.Parallel()
	image := readSchema(t).Properties["image"]
	var formats []string
	for _, rule := range image.AllOf {
		format, quality := rule.If.Properties["format"].Const, rule.Then.Properties["quality"]
		formats = append(formats, format)
		for value, ok := range map[string]bool{
			quality.Minimum.String(): true, quality.Maximum.String(): true,
			beyond(t, *quality.Minimum, "-"): false, beyond(t, *quality.Maximum, "+"): false,
		} {
			spec := valid("https://example.com/")
			spec.Image.Format = format
			spec.Image.Quality, _ = strconv.Atoi(value)
			if err := Validate(spec); (err == nil) != ok {
				t.Errorf("%s with quality %s: %v, the schema says %v", format, value, err, ok)
			}
		}
	}
	if !slices.Equal(formats, image.Properties["format"].Enum) {
		t.Errorf("rules for %v, formats %v", formats, image.Properties["format"].Enum)
	}
}

func TestSchemaPatternsAreValidates(t *testing.T) {
	t.Parallel()
	root := readSchema(t)
	fetch, list := root.Properties["fetch"].Properties, root.Properties["source"].Properties["list"].Properties
	if got := fetch["token"].Pattern; got != tokenRE.String() {
		t.Errorf("fetch.token: %s, Validate has %s", got, tokenRE)
	}
	if got := fetch["opt_out"].Items.Pattern; got != directiveRE.String() {
		t.Errorf("fetch.opt_out: %s, Validate has %s", got, directiveRE)
	}
	if got := list["columns"].Items.Not.Enum; !slices.Equal(got, columnsOfOurs()) {
		t.Errorf("source.list.columns: not %v, Validate refuses %v", got, columnsOfOurs())
	}
}

func beyond(t *testing.T, bound json.Number, step string) string {
	t.Helper()
	n, err := bound.Int64()
	if err != nil {
		t.Fatal(err)
	}
	if step == "-" {
		return fmt.Sprint(n - 1)
	}
	return fmt.Sprint(n + 1)
}

// tree is a spec as YAML sees it.
func tree(t *testing.T, spec schemas.Spec) map[string]any {
	t.Helper()
	text, err := yaml.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := yaml.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	return root
}

// written is the value at a path as a spec file would have it.
func written(t *testing.T, spec schemas.Spec, path string) string {
	t.Helper()
	var at any = tree(t, spec)
	for key := range strings.SplitSeq(path, ".") {
		at = at.(map[string]any)[key]
	}
	return fmt.Sprint(at)
}

// around is a valid spec that has the section in which a path stands.
func around(path string) schemas.Spec {
	spec := valid("https://example.com/")
	if strings.HasPrefix(path, "source.list.") || strings.HasPrefix(path, "deliver.") {
		spec = listed("urls.csv")
	}
	if strings.HasPrefix(path, "source.list.hash.") {
		spec.Deliver, spec.Source.List.Hash = nil, &schemas.ListHash{Column: "sum", Algorithm: "md5"}
	}
	if strings.HasPrefix(path, "schedule.") {
		schedule := DefaultSchedule()
		schedule.Cron, spec.Schedule = "@daily", &schedule
	}
	return spec
}

// with is a valid spec file with one value replaced.
func with(t *testing.T, path string, value *yaml.Node) []byte {
	t.Helper()
	root := tree(t, around(path))
	at, keys := root, strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		at = at[key].(map[string]any)
	}
	at[keys[len(keys)-1]] = value
	text, err := yaml.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
