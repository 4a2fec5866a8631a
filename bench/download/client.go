package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"pairmill/bench/process"
)

// client is a command that downloads a list.
type client struct {
	Name string
	args []string // the options of both follow
}

// usage is what one run took.
type usage struct {
	Client, Scheme string
	Seconds, CPU   float64
	RSS            int64 // bytes, the greatest sum over the client's processes
	Images         int
}

func (u usage) rate() float64 { return float64(u.Images) / u.Seconds }
func (u usage) each() float64 { return u.CPU / float64(u.Images) }

// run downloads a list into a new folder, which it removes again.
func (c client) run(list, folder, ca string, shard int) (u usage, err error) {
	defer func() { err = removed(folder, err) }()
	args := append(c.args[1:], "--url_list="+list, "--output_folder="+folder, "--input_format=txt", "--output_format=webdataset",
		"--image_size=256", "--resize_mode=border", "--processes_count=2", "--thread_count=64", "--number_sample_per_shard="+strconv.Itoa(shard))
	cmd := exec.Command(c.args[0], args...)
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+ca, "NO_ALBUMENTATIONS_UPDATE=1", "WANDB_MODE=disabled")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	said := &tail{}
	cmd.Stdout, cmd.Stderr = said, said
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return u, err
	}
	memory := process.Watch(cmd.Process.Pid)
	err = cmd.Wait()
	u = usage{Client: c.Name, Seconds: time.Since(start).Seconds(), RSS: memory.Stop()}
	if err != nil {
		return u, fmt.Errorf("%s: %w: %s", c.Name, err, said)
	}
	state := cmd.ProcessState
	u.CPU = (state.UserTime() + state.SystemTime()).Seconds() // its children's included: it has waited for them
	u.Images, err = successes(folder)
	return u, err
}

func removed(folder string, err error) error {
	if e := os.RemoveAll(folder); err == nil {
		err = e
	}
	return err
}

// successes adds up what the shards' stats say.
func successes(folder string) (n int, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*_stats.json"))
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return n, err
		}
		var stats struct{ Successes int }
		if err := json.Unmarshal(data, &stats); err != nil {
			return n, fmt.Errorf("%s: %w", f, err)
		}
		n += stats.Successes
	}
	return n, err
}

// tail keeps the end of what a command says.
type tail struct{ data []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.data = append(t.data, p...)
	t.data = t.data[max(0, len(t.data)-2000):]
	return len(p), nil
}

func (t *tail) String() string { return string(t.data) }
