package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// opencv is a Python process that answers one task at a time.
type opencv struct {
	version string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

func startOpenCV(python, script string) (*opencv, error) {
	o := &opencv{cmd: exec.Command(python, script)}
	o.cmd.Stderr = os.Stderr
	var err error
	if o.in, err = o.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := o.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	o.out = bufio.NewReader(out)
	if err := o.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", python, err)
	}
	var hello struct{ Version string }
	err = o.read(&hello)
	o.version = hello.Version
	return o, err
}

func (o *opencv) run(files []string, side int, bigger bool, passes int) (float64, error) {
	task := map[string]any{"files": files, "side": side, "bigger": bigger, "passes": passes}
	if err := json.NewEncoder(o.in).Encode(task); err != nil {
		return 0, fmt.Errorf("ask opencv: %w", err)
	}
	var answer struct{ CPU float64 }
	err := o.read(&answer)
	return answer.CPU, err
}

func (o *opencv) read(into any) error {
	line, err := o.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("opencv ended: %w", err)
	}
	return json.Unmarshal(line, into)
}

func (o *opencv) stop() {
	o.in.Close()
	o.cmd.Wait()
}
