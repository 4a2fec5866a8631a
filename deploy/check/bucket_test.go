package check

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// storeWithUser starts the compose file's S3 server with a bucket "pictures" and, beside its owner, a user who may do in it what
// deploy/README.md says is enough.
func (n *network) storeWithUser(access, secret string) {
	n.t.Helper()
	s := project(n.t).Services["s3"]
	c := n.of(s, map[string]string{"/usr/local/bin/versitygw": tool(n.t, "S3_SERVER")})
	c.volumes = append(c.volumes, n.folder("volume-iam", 0)+" /iam rw")
	start := &c.command[len(c.command)-1]
	// A folder is a bucket without an access list, which fails this server when a user who is not its owner copies.
	*start = strings.NewReplacer("mkdir -p /data/pairmill && ", "", " posix", " --iam-dir /iam posix").Replace(*start)
	c.start()
	owner := n.bucket(*s.Environment["ROOT_ACCESS_KEY"], *s.Environment["ROOT_SECRET_KEY"])
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		err := owner.MakeBucket(n.t.Context(), "pictures", minio.MakeBucketOptions{})
		if err == nil {
			break
		}
		if time.Since(began) > time.Minute {
			n.t.Fatalf("no bucket: %v", err)
		}
	}
	must(n.t, tool(n.t, "S3_SERVER"), "admin", "--access", *s.Environment["ROOT_ACCESS_KEY"], "--secret", *s.Environment["ROOT_SECRET_KEY"],
		"--endpoint-url", "http://"+n.addresses["s3"]+":7070", "create-user", "--access", access, "--secret", secret, "--role", "user")
	if err := owner.SetBucketPolicy(n.t.Context(), "pictures", n.documentedPolicy(access)); err != nil {
		n.t.Fatal(err)
	}
	if _, err := owner.PutObject(n.t.Context(), "pictures", "other/a", strings.NewReader("x"), 1, minio.PutObjectOptions{}); err != nil {
		n.t.Fatal(err)
	}
}

// bucket is a client of the S3 server.
func (n *network) bucket(access, secret string) *minio.Client {
	n.t.Helper()
	c, err := minio.New(n.addresses["s3"]+":7070", &minio.Options{Creds: credentials.NewStaticV4(access, secret, ""), Region: "us-east-1", MaxRetries: 1})
	if err != nil {
		n.t.Fatal(err)
	}
	return c
}

// documentedPolicy is what stands in deploy/README.md, which is about a role, as a policy of the bucket, which is about a user.
func (n *network) documentedPolicy(user string) string {
	n.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		n.t.Fatal(err)
	}
	var policy struct {
		Version   string
		Statement []map[string]any
	}
	block := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(text)
	if block == nil {
		n.t.Fatal("no policy")
	}
	if err := json.Unmarshal(block[1], &policy); err != nil {
		n.t.Fatal(err)
	}
	for _, s := range policy.Statement {
		s["Principal"] = map[string]string{"AWS": user}
	}
	text, err = json.Marshal(policy)
	if err != nil {
		n.t.Fatal(err)
	}
	return string(text)
}

// mayDoNoMore tries what the user has no use for.
func (n *network) mayDoNoMore(access, secret, run string) {
	n.t.Helper()
	c, ctx := n.bucket(access, secret), n.t.Context()
	spec := "data/runs/" + run + "/spec.yaml"
	if _, err := c.StatObject(ctx, "pictures", spec, minio.StatObjectOptions{}); err != nil {
		n.t.Errorf("what the user may do: %v", err)
	}
	if _, err := c.StatObject(ctx, "pictures", spec+"x", minio.StatObjectOptions{}); minio.ToErrorResponse(err).StatusCode != 404 {
		n.t.Errorf("an object that is absent: %v", err)
	}
	_, putOther := c.PutObject(ctx, "pictures", "other/b", strings.NewReader("x"), 1, minio.PutObjectOptions{})
	_, getOther := c.StatObject(ctx, "pictures", "other/a", minio.StatObjectOptions{})
	for what, err := range map[string]error{
		"delete an object":            c.RemoveObject(ctx, "pictures", spec, minio.RemoveObjectOptions{}),
		"write outside of the prefix": putOther,
		"read outside of the prefix":  getOther,
		"change the policy":           c.SetBucketPolicy(ctx, "pictures", n.documentedPolicy("everybody")),
		"remove the bucket":           c.RemoveBucket(ctx, "pictures"),
	} {
		if minio.ToErrorResponse(err).StatusCode != 403 {
			n.t.Errorf("to %s: %v", what, err)
		}
	}
}
