package faults

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pairmill/store"
	"pairmill/store/local"
	"pairmill/store/s3"
	"pairmill/store/s3/s3test"
)

// What the S3 server of a rig wants to hear, and its bucket.
const (
	s3Key    = "faults"
	s3Secret = "faults-secret"
	s3Bucket = "pairmill"
)

// openStore makes the store of a rig: a folder, or a bucket on a server of its own.
func (r *rig) openStore() {
	r.t.Helper()
	if r.cfg.S3 {
		r.startS3()
	} else {
		r.location = filepath.Join(r.dir, "store")
	}
	s, closing := r.opened(r.location)
	r.store = s
	r.t.Cleanup(closing)
	r.env = append(r.env, "PAIRMILL_STORE="+r.location)
}

// startS3 starts versitygw.
func (r *rig) startS3() {
	r.t.Helper()
	program := os.Getenv("PAIRMILL_VERSITYGW")
	if program == "" {
		r.t.Fatal("PAIRMILL_VERSITYGW names no S3 server: make test-faults builds one")
	}
	objects, meta, addr := filepath.Join(r.dir, "objects"), filepath.Join(r.dir, "meta"), freeAddr(r.t)
	for _, dir := range []string{filepath.Join(objects, s3Bucket), meta} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			r.t.Fatal(err)
		}
	}
	r.s3 = &process{
		t: r.t, name: "s3", program: program, logs: r.dir, env: []string{"ROOT_ACCESS_KEY=" + s3Key, "ROOT_SECRET_KEY=" + s3Secret},
		args: append(append([]string{"--port", addr, "--quiet"}, r.users()...), "posix", "--sidecar", meta, objects),
	}
	r.s3.start()
	eventually(r.t, time.Minute, "the S3 server listens", func() bool {
		c, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	r.location = "s3://" + s3Bucket + "/faults"
	r.endpoint = "http://" + addr
	seen := r.endpoint
	if r.cfg.Front {
		r.front = s3test.StartFront(r.t, r.endpoint)
		seen = r.front.URL
	}
	r.env = append(r.env, "AWS_ACCESS_KEY_ID="+s3Key, "AWS_SECRET_ACCESS_KEY="+s3Secret, "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL="+seen)
}

// users writes down the users of the S3 server besides its root, and returns the flags that make it know them.
func (r *rig) users() (flags []string) {
	if len(r.cfg.Users) == 0 {
		return nil
	}
	type account struct {
		Access string `json:"access"`
		Secret string `json:"secret"`
		Role   string `json:"role"`
	}
	all := map[string]account{}
	for name, secret := range r.cfg.Users {
		all[name] = account{name, secret, "user"}
	}
	data, err := json.Marshal(map[string]any{"accessAccounts": all})
	dir := filepath.Join(r.dir, "iam")
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "users.json"), data, 0o600)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return []string{"--iam-dir", dir}
}

// opened opens a store as the program would.
func (r *rig) opened(location string) (s store.Store, closing func()) {
	r.t.Helper()
	if !strings.HasPrefix(location, "s3://") {
		s, err := local.New(location)
		if err != nil {
			r.t.Fatal(err)
		}
		return s, func() { _ = s.Close() }
	}
	cfg, err := s3.Parse(location, r.getenv)
	if err != nil {
		r.t.Fatal(err)
	}
	cfg.AccessKey, cfg.SecretKey, cfg.Endpoint = s3Key, s3Secret, r.endpoint
	b, err := s3.New(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	return b, func() { _ = b.Close() }
}

// getenv is a variable as the program sees it.
func (r *rig) getenv(name string) string {
	for _, v := range r.env {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}
