// Command chaos lets pairmill download from a web in which many hosts misbehave, and checks what becomes of it:
//
//   - the run ends by itself, within a limit;
//   - every row of a bad host has the reason that belongs to what the host does, and every good row is a success;
//   - the good hosts are served at 80 % or more of the rate that they have when they are alone: at the median of a few rounds, since a
//     run over them alone takes some six seconds, and what else the machine does in those shows.
//
// Names of hosts say what they do: dead, refused, slowloris, stall, drip, endless, reset, cut, loop, maze, bomb, canvas,
// garbage, elsewhere. Run it with `make chaos`.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

type options struct {
	pairmill string
	good     int
	rounds   int
	limit    time.Duration // of a round
}

func main() {
	var o options
	flag.StringVar(&o.pairmill, "pairmill", "bin/pairmill", "the binary")
	flag.IntVar(&o.good, "good", 24_000, "rows of good hosts")
	flag.IntVar(&o.rounds, "rounds", 3, "pairs of runs, one without the bad hosts and one with them")
	flag.DurationVar(&o.limit, "limit", 3*time.Minute, "for both runs of a round together")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	w, err := open()
	if err != nil {
		return err
	}
	defer w.close()
	work, err := os.MkdirTemp("", "chaos-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	var shares []float64
	var wrong []string
	for n := range max(o.rounds, 1) {
		share, bad, err := w.round(ctx, o, filepath.Join(work, fmt.Sprint(n)), n == 0)
		if err != nil {
			return err
		}
		shares, wrong = append(shares, share), append(wrong, bad...)
	}
	slices.Sort(shares)
	median := shares[len(shares)/2]
	fmt.Printf("at the median of %d rounds the good hosts keep %.0f %% of their rate (target 80 %%)\n", len(shares), 100*median)
	if median < 0.8 {
		wrong = append(wrong, fmt.Sprintf("the good hosts keep %.0f %% of their rate, want 80 %%", median*100))
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%d expectations fail:\n  %s", len(wrong), strings.Join(wrong[:min(len(wrong), 12)], "\n  "))
	}
	return nil
}

// round downloads without the bad hosts and with them. It returns what share of their rate the good ones keep, and what was not
// as it should be.
func (w *web) round(ctx context.Context, o options, work string, show bool) (share float64, wrong []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	if err := os.Mkdir(work, 0o755); err != nil {
		return 0, nil, err
	}
	clean, err := w.download(ctx, o, work, "clean", goodRows(o.good))
	if err != nil {
		return 0, nil, err
	}
	chaos, err := w.download(ctx, o, work, "chaos", mixed(o.good))
	if err != nil {
		return 0, nil, err
	}
	share = chaos.rate / clean.rate
	fmt.Printf("clean  %5.0f good images/s, %4.0f s\nchaos  %5.0f good images/s, %4.0f s: %.0f %% of the clean rate\n",
		clean.rate, clean.took.Seconds(), chaos.rate, chaos.took.Seconds(), share*100)
	if show {
		chaos.print(os.Stdout)
	}
	return share, append(clean.check(), chaos.check()...), os.RemoveAll(work)
}

// download runs pairmill on a list, and returns what became of each row.
func (w *web) download(ctx context.Context, o options, work, name string, rows []row) (outcome, error) {
	list, out := filepath.Join(work, name+".txt"), filepath.Join(work, name)
	_, port, err := net.SplitHostPort(w.addr)
	if err != nil {
		return outcome{}, err
	}
	var b strings.Builder
	for i, r := range rows {
		fmt.Fprintf(&b, "http://%s:%s/%d.jpg\n", r.host(), port, i)
	}
	if err := os.WriteFile(list, []byte(b.String()), 0o644); err != nil {
		return outcome{}, err
	}
	w.reset()
	cmd := exec.CommandContext(ctx, o.pairmill, "download", "--url_list="+list, "--output_folder="+out, "--output_format=webdataset",
		"--allow_private", "--anomaly=1", "--processes_count=2",
		"--hosts=*.dead.test="+deadAddress, "--hosts=*.refused.test="+refusedAddress, "--hosts=*.test="+openAddress)
	start := time.Now()
	if said, err := cmd.CombinedOutput(); err != nil {
		return outcome{}, fmt.Errorf("%s: pairmill ends with %w after %v: %s", name, err, time.Since(start), said[max(0, len(said)-3000):])
	}
	res := outcome{took: time.Since(start), rate: w.rate()}
	res.rows, err = results(ctx, out)
	return res, err
}
