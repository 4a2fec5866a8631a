package sandbox

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"time"

	"pairmill/imaging"
	"pairmill/schemas"
)

// child is one process that serves.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func start(command func() *exec.Cmd, cfg imaging.Config) (*child, error) {
	c := &child{cmd: command()}
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a process to decode in: %w", err)
	}
	if err := send(c.in, request{Config: &cfg}, nil); err != nil {
		return nil, fmt.Errorf("start a process to decode in: %w", c.end(err))
	}
	return c, nil
}

// process hands the child a picture. crashed tells that the child is no more, and how it ended.
func (c *child) process(data []byte, blur []imaging.Box, patience time.Duration) (a answer, picture []byte, crashed error) {
	tired := time.AfterFunc(patience, func() { c.cmd.Process.Kill() })
	err := send(c.in, request{Blur: bits(blur)}, data)
	if err == nil {
		picture, err = receive(c.out, &a)
	}
	if !tired.Stop() { // it is being killed, whether it has answered just now or not
		c.end(err)
		return a, nil, fmt.Errorf("no answer in %v", patience)
	}
	if err != nil {
		return a, nil, c.end(err)
	}
	return a, picture, nil
}

// end waits for a child that is dying, and says of what.
func (c *child) end(cause error) error {
	c.in.Close()
	kill := time.AfterFunc(time.Second, func() { c.cmd.Process.Kill() })
	defer kill.Stop()
	if err := c.cmd.Wait(); err != nil {
		return err
	}
	return cause
}

// crash makes the error of a crash.
func crash(err error) error {
	return &imaging.Error{Reason: schemas.DecoderCrash, Detail: "the process that decoded it ended: " + err.Error()}
}
