package specfile

import (
	"math"
	"strings"
	"testing"

	"pairmill/schemas"
)

// valid is the smallest spec there is.
func valid(seeds ...string) schemas.Spec {
	spec, web := Default(), DefaultWeb()
	spec.Name, web.Seeds, spec.Source.Web = "tiny", seeds, &web
	return spec
}

// listed is the smallest spec that delivers.
func listed(inputs ...string) schemas.Spec {
	spec, list, deliver := Default(), DefaultList(), DefaultDeliver()
	spec.Name, list.Inputs, spec.Source.List, spec.Deliver = "tiny", inputs, &list, &deliver
	return spec
}

func TestValidate(t *testing.T) {
	t.Parallel()
	const seed = "https://example.com/"
	for _, c := range []struct {
		name string
		edit func(*schemas.Spec)
		want string // empty = valid
	}{
		{"defaults", func(s *schemas.Spec) {}, ""},
		{"version", func(s *schemas.Spec) { s.Version = 2 }, "version: 2: this program reads 1"},
		{"name", func(s *schemas.Spec) { s.Name = "-a" }, `name: "-a" is not a name`},
		{"no source", func(s *schemas.Spec) { s.Source = schemas.Source{} }, "source: has 0 sources: want exactly one of web, list, shards"},
		{"scope", func(s *schemas.Spec) { s.Source.Web.Scope = "planet" }, `source.web.scope: "planet" is unknown: want host, domain, prefix`},
		{"relative seed", func(s *schemas.Spec) { s.Source.Web.Seeds[0] = "/a" }, `source.web.seeds[0]: "/a": want an absolute`},
		{"seed without host", func(s *schemas.Spec) { s.Source.Web.Seeds[0] = "http:///a" }, "want an absolute"},
		{"seed with password", func(s *schemas.Spec) { s.Source.Web.Seeds[0] = "http://me:secret@a.example/" }, `"http://me:xxxxx@a.example/"`},
		{"budget", func(s *schemas.Spec) { s.Source.Web.MaxPages = 0 }, "source.web.max_pages: 0 is too low: want at least 1"},
		{"mode", func(s *schemas.Spec) { s.Image.Mode = "stretch" }, "image.mode"},
		{"vectors", func(s *schemas.Spec) { s.Dataset.Vectors = "float8" }, "dataset.vectors"},
		{"dataset name", func(s *schemas.Spec) { s.Dataset.Name = "A" }, "dataset.name"},
		{"crossed chars", func(s *schemas.Spec) { s.Filter.MinChars = 2000 }, "filter.min_chars: 2000 is more than filter.max_chars, 1000"},
		{"crossed words", func(s *schemas.Spec) { s.Filter.MinWords = 257 }, "filter.min_words: 257 is more than filter.max_words, 256"},
		{"limits off", func(s *schemas.Spec) { s.Filter = schemas.Filter{MinChars: 9, MinWords: 9} }, ""},
		{"aspect under 1", func(s *schemas.Spec) { s.Filter.MaxAspect = 0.5 }, "filter.max_aspect: 0.5"},
		{"aspect not a number", func(s *schemas.Spec) { s.Filter.MaxAspect = math.NaN() }, "filter.max_aspect: NaN"},
		{"aspect infinite", func(s *schemas.Spec) { s.Filter.MaxAspect = math.Inf(1) }, "filter.max_aspect: +Inf"},
		{"similarity not a number", func(s *schemas.Spec) { s.Curate.MinSimilarity = math.NaN() }, "curate.min_similarity: NaN is no cosine"},
		{"similarity without vectors", func(s *schemas.Spec) { s.Curate.MinSimilarity, s.Embed.Model = 0.2, "" }, "0.2 needs vectors, but embed.model is empty"},
		{"no vectors", func(s *schemas.Spec) { s.Embed.Model = "" }, ""},
		{"contact URL", func(s *schemas.Spec) { s.Fetch.Contact = "https://example.com/bot?x=1" }, ""},
		{"contact mail", func(s *schemas.Spec) { s.Fetch.Contact = "bot@example.com" }, ""},
		{"contact ends the comment", func(s *schemas.Spec) { s.Fetch.Contact = "a) Mozilla/5.0" }, "fetch.contact"},
		{"contact adds a header", func(s *schemas.Spec) { s.Fetch.Contact = "a\r\nX: y" }, "fetch.contact"},
		{"contact too long", func(s *schemas.Spec) { s.Fetch.Contact = strings.Repeat("a", 201) }, "fetch.contact"},
		{"negative delay", func(s *schemas.Spec) { s.Fetch.Delay = -1 }, "fetch.delay: -1ns is outside 0s to 1h0m0s"},
		{"timeout of nothing", func(s *schemas.Spec) { s.Fetch.Timeout = 0 }, "fetch.timeout"},
		{"host to a name", func(s *schemas.Spec) { s.Fetch.Hosts = map[string]string{"a.example": "b.example"} }, `fetch.hosts.a.example: "b.example" is no IP address`},
		{"host with port", func(s *schemas.Spec) { s.Fetch.Hosts = map[string]string{"a.example:80": "192.0.2.1"} }, "fetch.hosts.a.example:80"},
		{"token", func(s *schemas.Spec) { s.Fetch.Token = "img2dataset" }, ""},
		{"every token character", func(s *schemas.Spec) { s.Fetch.Token = "a-_.!#$%&'*+^`|~9" }, ""},
		{"token with version", func(s *schemas.Spec) { s.Fetch.Token = "a/1" }, `fetch.token: "a/1" is no product token: want at most 64 letters, digits and - _ . ! # $ % &`},
		{"token too long", func(s *schemas.Spec) { s.Fetch.Token = strings.Repeat("a", 65) }, "fetch.token"},
		{"token with line break", func(s *schemas.Spec) { s.Fetch.Token = "a\n" }, "fetch.token"},
		{"no opt-out", func(s *schemas.Spec) { s.Fetch.OptOut = []string{} }, ""},
		{"opt-out forgotten", func(s *schemas.Spec) { s.Fetch.OptOut = nil }, "fetch.opt_out: is nil"},
		{"opt-out in capitals", func(s *schemas.Spec) { s.Fetch.OptOut = []string{"noai", "NoML"} }, `fetch.opt_out[1]: "NoML" is no directive`},
		{"two opt-outs in one", func(s *schemas.Spec) { s.Fetch.OptOut = []string{"noai, noml"} }, "fetch.opt_out[0]"},
		{"upscale", func(s *schemas.Spec) { s.Image.Upscale = "cubicle" }, `image.upscale: "cubicle" is unknown: want nearest, linear, cubic, area, lanczos`},
		{"downscale", func(s *schemas.Spec) { s.Image.Downscale = "" }, "image.downscale"},
		{"image format", func(s *schemas.Spec) { s.Image.Format = "jpeg" }, `image.format: "jpeg" is unknown: want jpg, png, webp`},
		{"png at jpg's quality", func(s *schemas.Spec) { s.Image.Format = "png" }, "image.quality: 95 is outside 0 to 9, PNG's compression level"},
		{"untouched", func(s *schemas.Spec) { s.Image.Untouched, s.Image.SkipReencode = true, true }, ""},
		{"hosts", func(s *schemas.Spec) {
			s.Fetch.Hosts = map[string]string{"a.example": "192.0.2.1", "*.b.example": "2001:db8::1"}
		}, ""},
	} {
		spec := valid(seed)
		c.edit(&spec)
		only(t, c.name, Validate(spec), c.want)
	}
}

// only wants exactly one problem, with a text in it, or none for an empty text.
func only(t *testing.T, name string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v", name, err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n")):
		t.Errorf("%s: got %v, want only %s", name, err, want)
	}
}

func TestPrivateSeedsNeedPermission(t *testing.T) {
	t.Parallel()
	hosts := map[string]string{"inside.example": "10.0.0.7"}
	for _, seed := range []string{
		"http://127.0.0.1:8090/", "http://localhost/", "http://LOCALHOST./", "http://app.localhost:3000/", "http://[::1]/", "http://10.1.2.3/",
		"http://192.168.0.1/", "http://169.254.169.254/", "http://100.64.0.1/", "http://0.0.0.0/", "http://[::ffff:127.0.0.1]/", "http://[fe80::1]/",
	} {
		spec := valid(seed)
		if err := Validate(spec); err == nil || !strings.Contains(err.Error(), "fetch.allow_private") {
			t.Errorf("%s: %v, want an error that names fetch.allow_private", seed, err)
		}
		spec.Fetch.AllowPrivate = true
		if err := Validate(spec); err != nil {
			t.Errorf("%s with allow_private: %v", seed, err)
		}
	}
	spec := valid("http://inside.example/")
	spec.Fetch.Hosts = hosts
	if err := Validate(spec); err == nil || strings.Count(err.Error(), "fetch.allow_private") != 2 {
		t.Errorf("mapped seed: %v, want the seed and the host reported", err)
	}
}
