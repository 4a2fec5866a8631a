package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/s3"
)

// policyRE finds the policies in docs/security.md, by whom they are for.
var policyRE = regexp.MustCompile("(?s)```json ([a-z ]+)\n(.*?)```")

// statements are those of the documented policies, for a bucket and a prefix, each for its user: a bucket's policy, which versitygw
// evaluates, names whom it is for; IAM's own documents do not.
func statements(t *testing.T, users map[string]string) (all []map[string]any) {
	t.Helper()
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range policyRE.FindAllSubmatch(text, -1) {
		user, known := users[string(m[1])]
		if !known {
			t.Fatalf("a policy for %q, which nobody here is", m[1])
		}
		doc := bytes.ReplaceAll(bytes.ReplaceAll(m[2], []byte("BUCKET"), []byte(s3Bucket)), []byte("PREFIX"), []byte("faults"))
		var policy struct {
			Version   string
			Statement []map[string]any
		}
		if err := json.Unmarshal(doc, &policy); err != nil {
			t.Fatalf("policy for %s: %v", m[1], err)
		}
		for _, s := range policy.Statement {
			s["Principal"] = map[string]string{"AWS": user}
			all = append(all, s)
		}
	}
	return all
}

// TestLeastPrivilege runs a cluster whose control plane and worker have what docs/security.md says and no more: runs end as
// undisturbed ones, and what the policies do not allow is refused.
//
// versitygw evaluates actions, resources, Deny and the condition on s3:prefix. It does not hide that an object is absent from whoever may not
// list: how pairmill reads such an answer is tested in store/s3.
func TestLeastPrivilege(t *testing.T) {
	binary(t)
	users := map[string]string{"plane": "plane-secret-3f", "worker": "worker-secret-7a"}
	w := newWeb(t, webConfig{Hosts: 2, Pages: 3, Pictures: 5})
	ref := w.undisturbed(t, w.crawlSpec("undisturbed-policy"), "undisturbed-policy")
	r := newRig(t, rigConfig{S3: true, Users: users})
	root := r.client(s3Key, s3Secret)
	for _, bucket := range []string{s3Bucket, "other"} { // made by a request, they have an owner, who is not the user
		if err := os.RemoveAll(filepath.Join(r.dir, "objects", bucket)); err != nil {
			t.Fatal(err)
		}
		if err := root.MakeBucket(t.Context(), bucket, minio.MakeBucketOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	policy, err := json.Marshal(map[string]any{
		"Version": "2012-10-17", "Statement": statements(t, map[string]string{"worker": "worker", "control plane": "plane"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := root.SetBucketPolicy(t.Context(), s3Bucket, string(policy)); err != nil {
		t.Fatal(err)
	}
	if _, err := root.PutObject(t.Context(), s3Bucket, "elsewhere/object", strings.NewReader("x"), 1, minio.PutObjectOptions{DisableContentSha256: true}); err != nil {
		t.Fatal(err)
	}
	plane := r.process("plane-0", as("plane", users), "serve")
	plane.start()
	r.planes = append(r.planes, plane)
	r.ready(0)
	r.addWorker(as("worker", users))
	began := time.Now()
	r.submit(w.crawlSpec("policy"), "policy")
	r.finish("policy", 5*time.Minute)
	r.check(w, "policy", "policy", ref, bounds{requests: r.wasted(ref, 1), robots: 3 * w.cfg.Hosts})
	list := w.list(t)
	r.submit(deliverSpec(list, "delivered", "webdataset"), "delivered")
	r.finish("delivered", 5*time.Minute)
	r.verify("")
	t.Logf("two runs under the documented policies took %v", since(began))

	r.refused(t, "worker", users, true)
	r.refused(t, "plane", users, false)
}

// as is the environment of a process that has a user's key.
func as(user string, users map[string]string) []string {
	return []string{"AWS_ACCESS_KEY_ID=" + user, "AWS_SECRET_ACCESS_KEY=" + users[user]}
}

// client is a client of the rig's S3 server.
func (r *rig) client(key, secret string) *minio.Client {
	r.t.Helper()
	c, err := minio.New(strings.TrimPrefix(r.endpoint, "http://"), &minio.Options{Creds: credentials.NewStaticV4(key, secret, ""), Region: "us-east-1", MaxRetries: 1})
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// refused tries what a user must not be able to do.
func (r *rig) refused(t *testing.T, user string, users map[string]string, worker bool) {
	t.Helper()
	c := r.client(user, users[user])
	open := func(bucket, prefix string) *s3.Store {
		s, err := s3.New(s3.Config{Bucket: bucket, Prefix: prefix, Endpoint: r.endpoint, AccessKey: user, SecretKey: s3.Secret(users[user]), Attempts: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	own, elsewhere, other := open(s3Bucket, "faults/"), open(s3Bucket, "elsewhere/"), open("other", "faults/")
	shard := firstKey(t, r.store, "runs/policy/shards/")
	ctx := t.Context()
	put := func(s *s3.Store, key string) func() error {
		return func() error {
			_, err := s.Put(ctx, key, store.Bytes([]byte("x")))
			return err
		}
	}
	list := func(s *s3.Store, prefix string) func() error {
		return func() error {
			for _, err := range s.List(ctx, prefix) {
				return err
			}
			return nil
		}
	}
	tries := map[string]func() error{
		"delete a shard":              func() error { return own.Delete(ctx, shard) },
		"delete a commit record":      func() error { return own.Delete(ctx, firstKey(t, r.store, "runs/policy/commits/")) },
		"list another prefix":         list(elsewhere, ""),
		"read below another prefix":   func() error { return read(ctx, elsewhere, "object") },
		"write below another prefix":  put(elsewhere, "new"),
		"delete below another prefix": func() error { return elsewhere.Delete(ctx, "object") },
		"list another bucket":         list(other, ""),
		"write to another bucket":     put(other, "new"),
		"list the whole bucket": func() error {
			for o := range c.ListObjects(ctx, s3Bucket, minio.ListObjectsOptions{Recursive: true}) {
				return o.Err
			}
			return nil
		},
		"read the policy":   func() error { _, err := c.GetBucketPolicy(ctx, s3Bucket); return err },
		"change the policy": func() error { return c.SetBucketPolicy(ctx, s3Bucket, "") },
		"remove the bucket": func() error { return c.RemoveBucket(ctx, s3Bucket) },
	}
	quarantine := store.QuarantineKey(schemas.NewJob("policy", schemas.TaskCurate, "all", "all", ""))
	if worker {
		tries["decide about a run"] = put(own, "runs/policy/control/000999.json")
		tries["plan a pass"] = put(own, "runs/policy/generations/n00009.json")
		tries["submit a run"] = put(own, "runs/another/spec.yaml")
		tries["schedule"] = put(own, "state/schedules/x/000001.json")
		tries["forget that a job was given up"] = func() error { return own.Delete(ctx, quarantine) }
	} else if _, err := own.Put(ctx, quarantine, store.Bytes([]byte("x"))); err != nil {
		t.Error(err)
	} else if err := own.Delete(ctx, quarantine); err != nil {
		t.Errorf("%s may not delete what it must: %v", user, err)
	}
	for what, try := range tries {
		if err := try(); err == nil || !strings.Contains(err.Error(), "AccessDenied") && !strings.Contains(err.Error(), "Access Denied") {
			t.Errorf("%s may %s: %v", user, what, err)
		}
	}
}

// read reads an object.
func read(ctx context.Context, s store.Store, key string) error {
	_, err := store.ReadAll(ctx, s, key, 1<<20)
	return err
}

// firstKey is the first object below a prefix.
func firstKey(t *testing.T, s store.Store, prefix string) string {
	t.Helper()
	for info, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		return info.Key
	}
	t.Fatalf("nothing below %s", prefix)
	return ""
}
