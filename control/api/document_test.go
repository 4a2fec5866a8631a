package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"pairmill/cluster"
	"pairmill/schemas"
)

// types are all that travel, by their name in the document.
var types = map[string]any{
	"Submission": Submission{}, "Submitted": Submitted{}, "Decision": Decision{}, "Resumption": Resumption{}, "Standing": Standing{}, "Priority": Priority{}, "Retry": Retry{},
	"Manner": Manner{}, "Retried": Retried{}, "Run": Run{}, "Runs": Runs{}, "Rows": Rows{}, "Status": Status{}, "StageStatus": Stage{}, "Jobs": Jobs{},
	"Reason": Reason{}, "Host": Host{}, "Worker": Worker{}, "Job": Job{}, "Quarantined": Quarantined{}, "GivenUp": GivenUp{}, "Members": Members{},
	"Member": Member{}, "Logs": Logs{}, "Line": Line{}, "Series": Series{}, "Schedules": Schedules{}, "Schedule": Schedule{}, "LastRun": LastRun{},
	"Reconcile": Reconcile{}, "Reconciled": Reconciled{}, "Derived": Derived{}, "Open": Open{}, "DeadLetters": DeadLetters{}, "DeadLetter": DeadLetter{},
	"Anomaly": schemas.Anomaly{}, "Example": schemas.Example{},
	"Ticked": Ticked{}, "Health": Health{}, "Error": Error{}, "Nothing": struct{}{},
}

type openapi struct {
	OpenAPI    string
	Components struct {
		Schemas map[string]struct {
			Type       string
			Properties map[string]struct {
				Description string
				Ref         string `json:"$ref"`
			}
			Required   []string
			Additional any `json:"additionalProperties"`
		}
	}
}

func read(t *testing.T) openapi {
	t.Helper()
	var d openapi
	if err := json.Unmarshal(Document(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// fields lists a type's JSON fields, those of embedded types with them, and which may be absent.
func fields(t reflect.Type) (names, optional []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			n, o := fields(f.Type)
			names, optional = append(names, n...), append(optional, o...)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
		if options != "" {
			optional = append(optional, name)
		}
	}
	return names, optional
}

func TestDocumentIsTheGoTypes(t *testing.T) {
	t.Parallel()
	d := read(t)
	if !strings.HasPrefix(d.OpenAPI, "3.1.") {
		t.Errorf("OpenAPI %q", d.OpenAPI)
	}
	for name, schema := range d.Components.Schemas {
		if schema.Type != "object" {
			continue
		}
		v, ok := types[name]
		if !ok {
			t.Errorf("%s has no Go type", name)
			continue
		}
		names, optional := fields(reflect.TypeOf(v))
		for _, f := range names {
			p, ok := schema.Properties[f]
			if !ok {
				t.Errorf("%s.%s is not in the document", name, f)
			}
			if p.Description == "" && p.Ref == "" {
				t.Errorf("%s.%s: no description", name, f)
			}
			if slices.Contains(schema.Required, f) == slices.Contains(optional, f) {
				t.Errorf("%s.%s: the document says required %v, Go leaves it out when empty: %v", name, f, slices.Contains(schema.Required, f), slices.Contains(optional, f))
			}
		}
		for f := range schema.Properties {
			if !slices.Contains(names, f) {
				t.Errorf("%s.%s is in the document and not in the Go type", name, f)
			}
		}
		if schema.Additional != false {
			t.Errorf("%s takes fields that it does not name", name)
		}
	}
	for name := range types {
		if _, ok := d.Components.Schemas[name]; !ok {
			t.Errorf("%s is not in the document", name)
		}
	}
}

// TestEveryFieldIsAsTheDocumentSays fills each field of each type, and none of those that may be absent.
func TestEveryFieldIsAsTheDocumentSays(t *testing.T) {
	t.Parallel()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Document()))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.AddResource("https://pairmill.test/openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	for name, v := range types {
		schema, err := compiler.Compile("https://pairmill.test/openapi.json#/components/schemas/" + name)
		if err != nil {
			t.Fatal(err)
		}
		full, empty := reflect.New(reflect.TypeOf(v)), reflect.New(reflect.TypeOf(v))
		fill(full.Elem(), "", true)
		fill(empty.Elem(), "", false)
		for what, x := range map[string]reflect.Value{"full": full, "empty": empty} {
			text, err := json.Marshal(x.Interface())
			if err != nil {
				t.Fatal(err)
			}
			instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(instance); err != nil {
				t.Errorf("%s, %s: %s\n%v", name, what, text, err)
			}
			again := reflect.New(reflect.TypeOf(v))
			if err := json.Unmarshal(text, again.Interface()); err != nil || !reflect.DeepEqual(again.Interface(), x.Interface()) {
				t.Errorf("%s, %s: reads back as %+v, %v", name, what, again, err)
			}
		}
	}
}

// fill gives a value what the API sends: all of it, or only what is never absent.
func fill(v reflect.Value, name string, all bool) {
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Date(2026, 1, 31, 12, 0, 0, 5, time.UTC)
		return
	case *schemas.RunState:
		*x = schemas.RunRunning
		return
	case *schemas.Stage:
		*x = schemas.StageFetch
		return
	case *schemas.Task:
		*x = schemas.TaskFetch
		return
	case *schemas.Reason:
		*x = schemas.Timeout
		return
	case *schemas.Class:
		*x = schemas.Ours
		return
	case *schemas.Duration:
		*x = schemas.Duration(30 * time.Second)
		return
	case *schemas.Halt:
		*x = schemas.HaltBudget
		return
	case *cluster.Role:
		*x = cluster.RoleWorker
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if all || options == "" {
				fill(v.Field(i), tag, all)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), name, all)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), name, all)
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"*.test": "127.0.0.1"}))
	case reflect.String:
		word, ok := map[string]string{"items": "images", "role": "worker", "overlap": "skip", "outcome": "queued"}[name]
		if !ok {
			word = "some-" + name
			word = strings.ReplaceAll(word, "_", "-")
		}
		v.SetString(word)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Bool:
		v.SetBool(true)
	default:
		panic(fmt.Sprintf("field %s of kind %s", name, v.Kind()))
	}
}
