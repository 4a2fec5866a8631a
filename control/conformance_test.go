package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"pairmill/control/api"
)

// described is what the conformance test reads of the API's document.
type described struct {
	Paths map[string]map[string]json.RawMessage
}

type operation struct {
	RequestBody struct {
		Content map[string]struct{ Schema map[string]any }
	}
	Responses map[string]struct {
		Content map[string]struct{ Schema map[string]any }
	}
}

// client asks a handler and holds every question and answer against the document.
type conformer struct {
	t        *testing.T
	handler  http.Handler
	compiler *jsonschema.Compiler
	paths    map[string]map[string]operation
	met      map[string]bool // "POST /v1/runs 200"
}

const documentURL = "https://pairmill.test/openapi.json"

func newConformer(t *testing.T) *conformer {
	t.Helper()
	c := &conformer{t: t, compiler: jsonschema.NewCompiler(), paths: map[string]map[string]operation{}, met: map[string]bool{}}
	c.compiler.AssertFormat()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(api.Document()))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.compiler.AddResource(documentURL, doc); err != nil {
		t.Fatal(err)
	}
	var d described
	if err := json.Unmarshal(api.Document(), &d); err != nil {
		t.Fatal(err)
	}
	for path, methods := range d.Paths {
		c.paths[path] = map[string]operation{}
		for method, raw := range methods {
			var o operation
			if method == "parameters" {
				continue
			}
			if err := json.Unmarshal(raw, &o); err != nil {
				t.Fatal(err)
			}
			c.paths[path][strings.ToUpper(method)] = o
		}
	}
	return c
}

// ask sends one question to a path as the document has it, with its parameters filled in by pairs ("{run}", "a"), and wants
// a status. It returns the body.
func (c *conformer) ask(want int, method, path, body string, fill ...string) []byte {
	c.t.Helper()
	o, ok := c.paths[path][method]
	if !ok {
		c.t.Fatalf("%s %s is not in the document", method, path)
	}
	query := ""
	if len(fill)%2 == 1 {
		fill, query = fill[:len(fill)-1], "?"+fill[len(fill)-1]
	}
	r := httptest.NewRequest(method, "http://127.0.0.1:7070"+strings.NewReplacer(fill...).Replace(path)+query, strings.NewReader(body)).WithContext(c.t.Context())
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		if want == http.StatusOK {
			c.valid(method+" "+path+" body", o.RequestBody.Content["application/json"].Schema, []byte(body))
		}
	}
	return c.do(r, o, want, method+" "+path)
}

func (c *conformer) do(r *http.Request, o operation, want int, what string) []byte {
	c.t.Helper()
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	if w.Code != want {
		c.t.Errorf("%s: status %d, want %d: %s", what, w.Code, want, w.Body)
	}
	answer, ok := o.Responses[fmt.Sprint(w.Code)]
	if !ok {
		c.t.Errorf("%s: status %d is not in the document: %s", what, w.Code, w.Body)
	}
	c.met[fmt.Sprint(what, " ", w.Code)] = true
	kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
	content, ok := answer.Content[kind]
	if !ok {
		c.t.Errorf("%s: content type %q is not in the document", what, kind)
	}
	if kind == "application/json" {
		c.valid(fmt.Sprint(what, " ", w.Code), content.Schema, w.Body.Bytes())
	}
	return w.Body.Bytes()
}

// valid holds a body against a schema.
func (c *conformer) valid(what string, schema map[string]any, body []byte) {
	c.t.Helper()
	ref, ok := schema["$ref"].(string)
	if !ok {
		return // of the document itself: any object
	}
	s, err := c.compiler.Compile(documentURL + ref)
	if err != nil {
		c.t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		c.t.Errorf("%s: %v: %s", what, err, body)
		return
	}
	if err := s.Validate(instance); err != nil {
		c.t.Errorf("%s: %v\n%s", what, err, body)
	}
}

// body encodes a question.
func body(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAPIIsAsDocumented asks everything that the document has, so that each of its answers comes at least once.
func TestAPIIsAsDocumented(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		c := newConformer(t)
		p := w.plane()
		w.hand(WorkerConfig{})
		c.handler = p.routes()
		w.leaderOf(p)

		c.ask(200, "GET", "/v1/runs", "")
		w.setHang("pool/00003")
		var made api.Submitted
		if err := json.Unmarshal(c.ask(200, "POST", "/v1/runs", body(t, api.Submission{Spec: spec("first"), Name: "first", Weight: 2, By: "me"})), &made); err != nil || made.Run != "first" {
			t.Fatal(made, err)
		}
		c.ask(400, "POST", "/v1/runs", `{"spec":"x: 1"}`)
		c.ask(400, "POST", "/v1/runs", `{"speck":"x: 1"}`)
		c.ask(409, "POST", "/v1/runs", body(t, api.Submission{Spec: spec("other"), Name: "first"}))
		time.Sleep(10 * time.Second)
		for _, path := range []string{"/v1/runs/{run}", "/v1/runs/{run}/logs"} {
			c.ask(200, "GET", path, "", "{run}", "first")
			c.ask(404, "GET", path, "", "{run}", "none")
			c.ask(400, "GET", path, "", "{run}", "Not-Valid")
		}
		var logs api.Logs
		if err := json.Unmarshal(c.ask(200, "GET", "/v1/runs/{run}/logs", "", "{run}", "first", "job=g00000_fetch-00003&lines=5"), &logs); err != nil || len(logs.Lines) != 1 ||
			!strings.HasPrefix(logs.Lines[0].Text, `"job begun"`) {
			t.Errorf("logs of a job: %+v, %v", logs, err)
		}
		c.ask(400, "GET", "/v1/runs/{run}/logs", "", "{run}", "first", "lines=none")
		c.ask(400, "GET", "/v1/runs/{run}/logs", "", "{run}", "first", "after=yesterday")
		c.ask(200, "GET", "/v1/members", "")
		c.ask(200, "POST", "/v1/reconcile", "")
		c.ask(200, "POST", "/v1/reconcile", `{"run":"first"}`)
		c.ask(400, "POST", "/v1/reconcile", `{"run":"Not-Valid"}`)
		c.ask(404, "POST", "/v1/reconcile", `{"run":"none"}`)
		for _, word := range []string{"pause", "resume", "cancel"} {
			c.ask(200, "POST", "/v1/runs/{run}/"+word, body(t, api.Decision{By: "me", Text: "because"}), "{run}", "first")
			c.ask(200, "GET", "/v1/runs/{run}", "", "{run}", "first")
			c.ask(404, "POST", "/v1/runs/{run}/"+word, "", "{run}", "none")
			c.ask(400, "POST", "/v1/runs/{run}/"+word, `{"by":7}`, "{run}", "first")
		}
		c.ask(409, "POST", "/v1/runs/{run}/pause", "", "{run}", "first")
		c.ask(200, "POST", "/v1/runs/{run}/priority", `{"weight":9}`, "{run}", "first")
		c.ask(400, "POST", "/v1/runs/{run}/priority", `{"weight":0}`, "{run}", "first")
		c.ask(404, "POST", "/v1/runs/{run}/priority", `{"weight":9}`, "{run}", "none")
		w.setHang("")
		c.ask(200, "POST", "/v1/runs/{run}/resume", "", "{run}", "first")
		w.await(p, "first", "done")
		c.ask(409, "POST", "/v1/runs/{run}/resume", "", "{run}", "first")
		c.ask(409, "POST", "/v1/runs/{run}/cancel", "", "{run}", "first")
		c.ask(400, "POST", "/v1/runs/{run}/retry", `{"reasons":["bad_luck"]}`, "{run}", "first")
		c.ask(404, "POST", "/v1/runs/{run}/retry", `{"reasons":["timeout"]}`, "{run}", "none")
		c.ask(409, "POST", "/v1/runs/{run}/retry", `{"reasons":["timeout"]}`, "{run}", "first")
		w.retried(c, p)

		c.ask(200, "POST", "/v1/schedules", body(t, api.Series{Spec: spec("often"), Cron: "*/5 * * * *", Zone: "UTC", Overlap: "skip", Weight: 2, By: "me", Name: "often"}))
		c.ask(400, "POST", "/v1/schedules", body(t, api.Series{Spec: spec("often")}))
		c.ask(200, "POST", "/v1/schedules/{name}/run", "", "{name}", "often")
		c.ask(404, "POST", "/v1/schedules/{name}/run", "", "{name}", "none")
		w.setHang("pool/")
		time.Sleep(5 * time.Minute)
		c.ask(409, "POST", "/v1/schedules/{name}/run", "", "{name}", "often")
		c.ask(200, "GET", "/v1/schedules", "")
		for _, word := range []string{"pause", "resume", "remove"} {
			c.ask(200, "POST", "/v1/schedules/{name}/"+word, `{"by":"me"}`, "{name}", "often")
			c.ask(404, "POST", "/v1/schedules/{name}/"+word, "", "{name}", "none")
			c.ask(400, "POST", "/v1/schedules/{name}/"+word, `[]`, "{name}", "often")
		}
		c.ask(400, "POST", "/v1/schedules/{name}/run", `[]`, "{name}", "often")
		for _, path := range []string{"/healthz", "/readyz", "/metrics", "/openapi.json"} {
			c.ask(200, "GET", path, "")
		}
		c.guards(p)
		p.health.mu.Lock()
		p.health.beats["stuck"] = time.Now().Add(-time.Hour)
		p.health.mu.Unlock()
		c.ask(503, "GET", "/healthz", "")
		c.broken(w)

		for path, methods := range c.paths {
			for method, o := range methods {
				for status := range o.Responses {
					if what := method + " " + path + " " + status; !c.met[what] {
						t.Errorf("%s never came", what)
					}
				}
			}
		}
	})
}

// guards asks everything without what lets one in.
func (c *conformer) guards(p *plane) {
	open, cfg := c.handler, p.cfg
	cfg.Token = "secret"
	asksForIt := newControl(cfg)
	defer asksForIt.handlers.Close()
	locked := asksForIt.routes()
	for path, methods := range c.paths {
		for method, o := range methods {
			if slices.Contains([]string{"/healthz", "/readyz", "/openapi.json"}, path) {
				continue
			}
			at := "http://127.0.0.1" + strings.NewReplacer("{run}", "first", "{name}", "often").Replace(path)
			c.handler = locked
			c.do(httptest.NewRequest(method, at, nil), o, 401, method+" "+path)
			c.handler = open
			r := httptest.NewRequest(method, at, nil)
			r.Host = "pairmill.example"
			c.do(r, o, 403, method+" "+path)
			if method == "POST" {
				c.do(httptest.NewRequest(method, at, strings.NewReader("by=me")), o, 415, method+" "+path)
			}
		}
	}
	c.handler = open
}

// broken asks everything of a control plane whose store and queue are gone.
func (c *conformer) broken(w *world) {
	peer, m := w.join()
	peer.Close()
	dead := newControl(Config{Store: gone{}, Medium: m}.withDefaults())
	defer dead.handlers.Close()
	c.handler = dead.routes()
	bodies := map[string]string{
		"/v1/runs": body(c.t, api.Submission{Spec: spec("x")}), "/v1/schedules": body(c.t, api.Series{Spec: spec("x"), Cron: "@daily"}),
		"/v1/runs/{run}/priority": `{"weight":2}`, "/v1/runs/{run}/retry": `{"reasons":["timeout"]}`,
	}
	for path, methods := range c.paths {
		for method, o := range methods {
			if _, ok := o.Responses["503"]; ok && path != "/healthz" {
				text := ""
				if method == "POST" {
					text = bodies[path]
				}
				c.ask(503, method, path, text, "{run}", "first", "{name}", "often")
			}
		}
	}
}
