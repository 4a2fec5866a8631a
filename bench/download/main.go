package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// options are the command's flags.
type options struct {
	corpus, pairmill, python, serve, json, schemes, with string
	files, hosts, rounds, shard                          int
}

func main() {
	var o options
	flag.StringVar(&o.corpus, "corpus", "", "folder with bench/image's pictures")
	flag.StringVar(&o.pairmill, "pairmill", "bin/pairmill", "the binary")
	flag.StringVar(&o.python, "python", "", "a Python with img2dataset")
	flag.StringVar(&o.serve, "serve", "", "the server's binary")
	flag.StringVar(&o.json, "json", "", "write the measurements to this file")
	flag.StringVar(&o.schemes, "schemes", "http,https", "what to measure")
	flag.StringVar(&o.with, "with", "", "further options of pairmill, such as --half_decode=True")
	flag.IntVar(&o.files, "files", 20_000, "rows of the list")
	flag.IntVar(&o.hosts, "hosts", 500, "hosts")
	flag.IntVar(&o.rounds, "rounds", 1, "turns that each takes")
	flag.IntVar(&o.shard, "shard", 2500, "rows of a shard")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench-download:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	rows, err := draw(o.corpus, o.files, o.hosts)
	if err != nil {
		return err
	}
	r := report{Files: o.files, Hosts: o.hosts}
	if r.ImagePath, err = imagePath(o.corpus, rows); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "bench-download-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	ca := filepath.Join(work, "ca.pem")
	ports, stop, err := server(o, ca)
	if err != nil {
		return err
	}
	defer stop()
	for i, scheme := range []string{"http", "https"} {
		if !strings.Contains(","+o.schemes+",", ","+scheme+",") {
			continue
		}
		list := filepath.Join(work, scheme+".txt")
		if err := write(list, rows, scheme, ports[i]); err != nil {
			return err
		}
		if err := r.measure(o, scheme, list, work, ca); err != nil {
			return err
		}
	}
	after, err := imagePath(o.corpus, rows)
	if err != nil {
		return err
	}
	r.ImagePath = (r.ImagePath + after) / 2 // before and after: a machine that others use changes
	r.print(os.Stdout)
	if o.json == "" {
		return nil
	}
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(o.json, append(data, '\n'), 0o644)
}

// server starts the server in a process of its own, so that its time is nobody's.
func server(o options, ca string) (ports []string, stop func(), err error) {
	cmd := exec.Command(o.serve, "-hosts", fmt.Sprint(o.hosts), "-ca", ca, o.corpus)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	stop = func() { cmd.Process.Signal(os.Interrupt); cmd.Wait() }
	line, err := bufio.NewReader(out).ReadString('\n')
	if ports = strings.Fields(line); err != nil || len(ports) != 2 {
		stop()
		return nil, nil, fmt.Errorf("the server says %q, want two ports: %w", line, err)
	}
	return ports, stop, nil
}

// measure lets the two take turns.
func (r *report) measure(o options, scheme, list, work, ca string) error {
	clients := []client{
		{"pairmill", append([]string{o.pairmill, "download", "--allow_private"}, strings.Fields(o.with)...)},
		{"img2dataset", []string{o.python, "-m", "img2dataset.main"}},
	}
	for round := range o.rounds {
		for i := range clients {
			c := clients[(i+round)%2]
			u, err := c.run(list, filepath.Join(work, "out"), ca, o.shard)
			if err != nil {
				return err
			}
			if u.Images != o.files {
				return fmt.Errorf("%s over %s: %d of %d pictures: no fair comparison", c.Name, scheme, u.Images, o.files)
			}
			u.Scheme = scheme
			r.Runs = append(r.Runs, u)
			fmt.Fprintf(os.Stderr, "%s %s: %.0f images/s\n", scheme, c.Name, u.rate())
		}
	}
	return nil
}
