package s3_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pairmill/store"
	"pairmill/store/s3"
)

func none(string) string { return "" }

func TestParse(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1", "AWS_ENDPOINT_URL": "http://127.0.0.1:2",
		"AWS_DEFAULT_REGION": "eu-central-1", "AWS_CA_BUNDLE": "/ca.pem",
	}
	for location, c := range map[string]struct {
		env  map[string]string
		want s3.Config
	}{
		"s3://bucket":                {nil, s3.Config{Bucket: "bucket"}},
		"s3://bucket/":               {nil, s3.Config{Bucket: "bucket"}},
		"s3://my.bucket-1/a/b%20c":   {nil, s3.Config{Bucket: "my.bucket-1", Prefix: "a/b c/"}},
		"s3://bucket/a/?region=x":    {env, s3.Config{Bucket: "bucket", Prefix: "a/", Endpoint: "http://127.0.0.1:1", Region: "x", CAFile: "/ca.pem"}},
		"s3://bucket?profile=p&ca=f": {nil, s3.Config{Bucket: "bucket", Profile: "p", CAFile: "f"}},
		"s3://bucket?endpoint=https://s3.example.test:9000/&style=path": {env, s3.Config{
			Bucket: "bucket", Endpoint: "https://s3.example.test:9000/", Style: "path", Region: "eu-central-1", CAFile: "/ca.pem"}},
	} {
		got, err := s3.Parse(location, func(name string) string { return c.env[name] })
		if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %+v, %v; want %+v", location, got, err, c.want)
		}
	}
	for location, part := range map[string]string{
		"":                             "s3://bucket/prefix",
		"s3://":                        "no bucket",
		"s3:///prefix":                 "no bucket",
		"http://bucket/a":              "s3://bucket/prefix",
		"s3://b":                       "3 to 63",
		"s3://bucket-/a":               "letter or digit at both ends",
		"s3://bucket/a/../b":           "prefix",
		"s3://bucket/.a":               "prefix",
		"s3://bucket#f":                "s3://bucket/prefix",
		"s3://bucket?nosuch=1":         "nosuch",
		"s3://bucket?region=a&region=": "at most once",
		"s3://bucket?style=odd":        "path or host",
		"s3://bucket?endpoint=ftp://x": "https://host",
		"s3://bucket?endpoint=host:80": "https://host",
		"s3://bucket?endpoint=http://127.0.0.1/path": "nothing behind the host",
		"s3://key:hush@bucket":                       "AWS_SECRET_ACCESS_KEY",
		"s3://key:hush@bu%zzcket":                    "no URL",
		"s3://bucket?endpoint=http://key:hush@h":     "AWS_SECRET_ACCESS_KEY",
	} {
		_, err := s3.Parse(location, none)
		if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: error %v, want %q in it and no password", location, err, part)
		}
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	c := s3.Config{Bucket: "bucket", AccessKey: "id", SecretKey: "hush", SessionToken: "hush"}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "config", c, "key", c.SecretKey)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "key", c.SecretKey)
	encoded, err := json.Marshal(struct{ A, B s3.Secret }{c.SecretKey, ""})
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v %s %q %x", c, c, c, c.SecretKey, c.SecretKey, c.SecretKey), log.String(), string(encoded)} {
		if strings.Contains(shown, "hush") || strings.Contains(shown, "68757368") || !strings.Contains(shown, "(secret)") {
			t.Errorf("shown: %s", shown)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]s3.Config{
		"no bucket":        {},
		"half a key":       {Bucket: "bucket", AccessKey: "id"},
		"prefix":           {Bucket: "bucket", Prefix: "no/slash"},
		"no such CA file":  {Bucket: "bucket", CAFile: "/no/such/file"},
		"negative attempt": {Bucket: "bucket", Attempts: -1},
	} {
		if _, err := s3.New(c); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// Without credentials objects are only read: unsigned bodies are not checked by the server.
func TestNoCredentialsNoWriting(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/no/such/file")
	t.Setenv("AWS_CONFIG_FILE", "/no/such/file")
	s := open(t, s3.Config{Bucket: "bucket", Endpoint: "http://127.0.0.1:1", Attempts: 1})
	_, err := s.Put(t.Context(), "k", store.Bytes(nil))
	for op, err := range map[string]error{"put": err, "delete": s.Delete(t.Context(), "k"), "check": s.Check(t.Context())} {
		if err == nil || !strings.Contains(err.Error(), "AWS_ACCESS_KEY_ID") {
			t.Errorf("%s: %v", op, err)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-7": 0, "soon": 0, "99999999999999999999": 0, "1000000": s3.MaxPause,
		"Tue, 01 Jan 2030 00:00:30 GMT": 30 * time.Second, "Mon, 31 Dec 2029 00:00:00 GMT": 0, "Wed, 01 Jan 2031 00:00:00 GMT": s3.MaxPause,
	} {
		if got := s3.RetryAfter(v, now); got != want {
			t.Errorf("%q: %v, want %v", v, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"s3://bucket/prefix?endpoint=http://127.0.0.1:1&region=r", "s3://a:b@c", "s3://%", "s3://bucket/%2e%2e/a", "s3://bucket/\xff?style=host"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, location string) {
		c, err := s3.Parse(location, none)
		if err != nil {
			return
		}
		if c.Bucket == "" || c.Prefix != "" && store.CheckKey(c.Prefix+"k") != nil {
			t.Errorf("%q became %+v", location, c)
		}
		if c.CAFile == "" && c.Endpoint == "" { // what hosts there are is checked by New
			if _, err := s3.New(c); err != nil {
				t.Errorf("%q: parsed, and not opened: %v", location, err)
			}
		}
	})
}

func FuzzContentRange(f *testing.F) {
	for _, s := range []string{"bytes 0-99/1234", "bytes 5-4/3", "bytes */10", "bytes 0-0/*", "", "0-/9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, v string) {
		if first, size, err := s3.ContentRange(v); err == nil && (first < 0 || size <= first) {
			t.Errorf("%q: first byte %d of %d", v, first, size)
		}
	})
}
