package faults

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pairmill/store/s3/s3test"
)

// refusedWithin is how soon a process must end whose store cannot be used, and silentWithin that of one whose store says nothing:
// it has to be waited for.
const (
	refusedWithin = 5 * time.Second
	silentWithin  = 15 * time.Second
)

// TestStartup starts each kind of process on a store that cannot be used: it ends soon, before it has made anything, and
// says what to do.
func TestStartup(t *testing.T) {
	binary(t)
	w := newWeb(t, webConfig{Hosts: 1, Pages: 1, Pictures: 1})
	spec := writeFile(t, "spec.yaml", deliverSpec(w.list(t), "startup", "none"))
	commands := [][]string{{"serve", "--nats-listen", freeAddr(t)}, {"worker"}, {"run", spec}}
	for _, c := range []struct {
		name  string
		env   []string // over what is right
		store string
		fault s3test.Fault
		want  []string
	}{
		{name: "no bucket", store: "s3://nowhere/faults", want: []string{`no bucket "nowhere"`, "create it"}},
		{name: "wrong key", env: []string{"AWS_ACCESS_KEY_ID=somebody"}, want: []string{"AWS_ACCESS_KEY_ID"}},
		{name: "wrong secret", env: []string{"AWS_SECRET_ACCESS_KEY=anything"}, want: []string{"AWS_SECRET_ACCESS_KEY"}},
		{name: "wrong region", env: []string{"AWS_REGION=eu-central-1"}, want: []string{"AWS_REGION=us-east-1"}},
		{name: "clock", fault: s3test.Skewed, want: []string{"clock", "timedatectl"}},
		{name: "nothing listens", env: []string{"AWS_ENDPOINT_URL=http://" + freeAddr(t)}, want: []string{"nothing listens", "AWS_ENDPOINT_URL"}},
		{name: "silence", fault: s3test.Hang, want: []string{"no answer within", "AWS_ENDPOINT_URL"}},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			r := &rig{t: t, cfg: rigConfig{S3: true, Front: true}, program: binary(t), dir: folder(t)}
			r.openStore()
			if c.fault != s3test.None {
				r.front.Choose(s3test.Some(1, c.fault))
			}
			where := r.location
			if c.store != "" {
				where = c.store
			}
			for i, args := range commands {
				env := append([]string{"XDG_CACHE_HOME=" + r.dir, "PAIRMILL_NATS=nats://" + freeAddr(t)}, c.env...)
				if args[0] == "serve" {
					env = append(env, "PAIRMILL_NATS=")
				}
				began := time.Now()
				p := r.process(fmt.Sprintf("%s-%d", args[0], i), env, append(args[:len(args):len(args)], "--store", where)...)
				p.start()
				within := refusedWithin
				if c.fault == s3test.Hang {
					within = silentWithin
				}
				if !p.awaitEnd(within) {
					t.Errorf("%s has not ended after %v:\n%s", args[0], within, p.text())
					continue
				}
				text, code := p.text(), p.cmd.ProcessState.ExitCode()
				if code != 1 {
					t.Errorf("%s: exit %d\n%s", args[0], code, text)
				}
				for _, word := range c.want {
					if !strings.Contains(text, word) {
						t.Errorf("%s does not say %q:\n%s", args[0], word, text)
					}
				}
				if strings.Contains(text, s3Secret) {
					t.Errorf("%s says the secret key", args[0])
				}
				t.Logf("%s: %s refused after %v", c.name, args[0], since(began))
			}
			for info, err := range r.store.List(t.Context(), "") {
				t.Errorf("there is %s, %v", info.Key, err)
			}
		})
	}
}
