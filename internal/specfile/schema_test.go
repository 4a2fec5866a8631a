package specfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
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
	Additional  any `json:"additionalProperties"`
	Properties  map[string]property
	Items       *property
	Ref         string `json:"$ref"`
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
	spec, web := Default(), DefaultWeb()
	spec.Source.Web = &web
	leaves(t, "", reflect.TypeFor[schemas.Spec](), readSchema(t), func(path string, _ reflect.Type, p property) {
		if path == "name" || path == "source.web.seeds" || path == "fetch.hosts" {
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

// Limits stand twice, in the schema for editors and in Validate for runs: each must be where the other has it.
func TestSchemaLimitsAreLimits(t *testing.T) {
	t.Parallel()
	complains := func(path, value string) bool {
		t.Helper()
		_, err := Parse("s.yaml", with(t, path, value))
		return err != nil && strings.Contains(err.Error(), path+": ")
	}
	limits := 0
	leaves(t, "", reflect.TypeFor[schemas.Spec](), readSchema(t), func(path string, _ reflect.Type, p property) {
		for bound, step := range map[*json.Number]string{p.Minimum: "-", p.Maximum: "+"} {
			if bound == nil || bound.String() == "18446744073709551615" {
				continue
			}
			limits++
			if complains(path, bound.String()) {
				t.Errorf("%s: %s is allowed by the schema and not by Validate", path, bound)
			}
			if past := beyond(t, *bound, step); !complains(path, past) {
				t.Errorf("%s: %s is allowed by Validate and not by the schema", path, past)
			}
		}
		for _, word := range p.Enum {
			if complains(path, word) {
				t.Errorf("%s: %s is allowed by the schema and not by Validate", path, word)
			}
		}
		if p.Enum != nil && !complains(path, "nonsense") {
			t.Errorf("%s: any word is allowed by Validate", path)
		}
	})
	if limits < 30 {
		t.Errorf("compared %d limits only", limits)
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

// with is a valid spec file with one value replaced.
func with(t *testing.T, path, value string) []byte {
	t.Helper()
	root := tree(t, valid("https://example.com/"))
	at, keys := root, strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		at = at[key].(map[string]any)
	}
	at[keys[len(keys)-1]] = &yaml.Node{Kind: yaml.ScalarNode, Value: value}
	text, err := yaml.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
