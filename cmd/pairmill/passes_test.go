package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pairmill/schemas"
	"pairmill/store"
)

// passes is a folder into which two lists are downloaded, in any passes whatever.
type passes struct {
	out  string
	a, b string // the lists; the folder is begun from a
}

// list is the command line that takes a share of one of the lists.
func (p passes) list(name string, share float64, mode string) []string {
	return downloadArgs(name, p.out, "--sample", fmt.Sprint(share), "--incremental_mode", mode)
}

func (p passes) retry(reason schemas.Reason) []string {
	return []string{"retry", p.out, "--reason", string(reason), "--json"}
}

func (p passes) begun() bool {
	_, err := os.Stat(filepath.Join(p.out, filepath.FromSlash(store.SpecKey(downloadRun))))
	return err == nil
}

// any is a command line that somebody might give at any time.
func (p passes) any(r *rand.Rand) []string {
	share := float64(1+r.IntN(10)) / 10
	switch r.IntN(6) {
	case 0:
		return p.retry(schemas.HTTPServer)
	case 1:
		return p.retry(schemas.HTTPGone)
	case 2, 3:
		return p.list(p.b, share, "extend")
	case 4:
		return p.list(p.a, share, "extend")
	}
	return p.list(p.a, share, "incremental")
}

// short is what differs between command lines, for a log.
func (p passes) short(args []string) string {
	if args[0] == "retry" {
		return strings.Join(args[2:4], " ")
	}
	return filepath.Base(args[2]) + " " + strings.Join(args[len(args)-3:], " ")
}

// disturb gives one command, and often does not let it end: by an interrupt, or by a kill with which the queue is lost.
func (p passes) disturb(t *testing.T, r *rand.Rand, span time.Duration, args []string) {
	t.Helper()
	ctx, after, code, said := t.Context(), time.Duration(r.Int64N(int64(span))), 0, ""
	how, began := r.IntN(3), time.Now()
	switch how {
	case 0:
		_, said, code = command(ctx, args...)
	case 1:
		ctx, cancel := context.WithTimeout(ctx, after)
		defer cancel()
		_, said, code = command(ctx, args...)
	default:
		yes := false
		if yes, said, code = killed(t, after, args...); yes {
			t.Logf("killed after %v: %s", after, p.short(args))
			if err := os.RemoveAll(filepath.Join(p.out, ".nats")); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Logf("exit %d after %v: %s", code, time.Since(began), p.short(args))
	switch {
	case code == exitDone, code == exitInterrupted && how == 1:
	case code == exitUsage && args[0] == "retry" && strings.Contains(said, "has not ended"):
	default:
		t.Fatalf("%s: exit %d\n%s", args, code, said)
	}
}

// finish takes all that is there.
func (p passes) finish(t *testing.T) (manifest string, sum schemas.Summary) {
	t.Helper()
	for _, args := range [][]string{p.list(p.a, 1, "incremental"), p.list(p.b, 1, "extend"), p.retry(schemas.HTTPServer)} {
		if stdout := done(t, args...); stdout != "" {
			sum = schemas.Summary{}
			if err := json.Unmarshal([]byte(stdout), &sum); err != nil {
				t.Fatal(err)
			}
		}
	}
	done(t, "verify", p.out)
	return contentOf(t, p.out, downloadRun), sum
}

// Whatever passes a folder is made in, of samples, further lists and retries, and whoever ends each of them half-way: what
// stands there in the end is what one undisturbed pass over each list makes.
func TestPassesInAnyOrder(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	site, dir := servePictures(t), t.TempDir()
	a, b := site.list(t, 50), filepath.Join(t.TempDir(), "b.txt")
	var more strings.Builder
	for i := 45; i < 70; i++ { // a few are in both
		fmt.Fprintf(&more, "%s/%d.png\n", site.URL, i)
	}
	if err := os.WriteFile(b, []byte(more.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	want, sum := passes{filepath.Join(dir, "undisturbed"), a, b}.finish(t)
	span := time.Since(began) / 3
	if sum.Candidates != 75 || sum.Balance() != 0 || sum.Dropped[schemas.HTTPServer] != 0 {
		t.Fatalf("undisturbed: %+v, off by %d", sum, sum.Balance())
	}
	p := passes{filepath.Join(dir, "disturbed"), a, b}
	site.fail(true)
	for !p.begun() { // the list with which a folder is begun is the one that the others extend
		p.disturb(t, r, span, p.list(a, float64(1+r.IntN(10))/10, "incremental"))
	}
	for range 8 {
		if r.IntN(5) == 0 {
			site.fail(false)
		}
		p.disturb(t, r, span, p.any(r))
	}
	site.fail(false)
	got, gotSum := p.finish(t)
	if got != want {
		t.Errorf("content manifest\n%s\nwant\n%s", got, want)
	}
	if gotSum.Kept != sum.Kept || gotSum.Candidates != sum.Candidates || gotSum.Balance() != 0 {
		t.Errorf("%+v, off by %d; want %+v", gotSum, gotSum.Balance(), sum)
	}
}
