package sandbox

import (
	"errors"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"pairmill/imaging"
)

// Config of a Pool. Command is required.
type Config struct {
	// Command makes the command of a child, which must call Serve on its standard input and output.
	Command func() *exec.Cmd
	// Children is how many processes there are at most. Default GOMAXPROCS; past it: Process waits.
	Children int
	// Patience is how long a picture may take. Default 1 min, many times the slowest one within the limits; past it:
	// decoder_crash.
	Patience time.Duration
}

// Pool processes pictures in children. Safe for concurrent use.
type Pool struct {
	imaging imaging.Config
	cfg     Config
	slots   chan struct{}

	mu     sync.Mutex // guards what follows
	idle   []*child
	closed bool
}

var errClosed = errors.New("sandbox is closed")

// New checks the configuration by starting a first child.
func New(pictures imaging.Config, cfg Config) (*Pool, error) {
	if cfg.Children <= 0 {
		cfg.Children = runtime.GOMAXPROCS(0)
	}
	if cfg.Patience <= 0 {
		cfg.Patience = time.Minute
	}
	if _, err := imaging.New(pictures); err != nil {
		return nil, err
	}
	p := &Pool{imaging: pictures, cfg: cfg, slots: make(chan struct{}, cfg.Children)}
	first, err := start(cfg.Command, pictures)
	if err != nil {
		return nil, err
	}
	p.idle = append(p.idle, first)
	return p, nil
}

// Process is imaging.Processor's, in a child. Its errors are *imaging.Error, but for a child that cannot be started.
func (p *Pool) Process(data []byte, blur ...imaging.Box) (imaging.Result, error) {
	p.slots <- struct{}{}
	defer func() { <-p.slots }()
	c, used, err := p.take()
	if err != nil {
		return imaging.Result{}, err
	}
	a, picture, crashed := c.process(data, blur, p.cfg.Patience)
	if crashed != nil && used {
		// A child that had waited may have been dead already. A picture is blamed only if a fresh one dies of it too.
		if c, err = p.fresh(); err != nil {
			return imaging.Result{}, err
		}
		a, picture, crashed = c.process(data, blur, p.cfg.Patience)
	}
	if crashed != nil {
		return imaging.Result{}, crash(crashed)
	}
	p.giveBack(c)
	if a.Reason != "" {
		return a.Result, &imaging.Error{Reason: a.Reason, Detail: a.Detail}
	}
	a.Result.Data = picture
	return a.Result, nil
}

// take returns a child that waits, or a fresh one.
func (p *Pool) take() (c *child, used bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, false, errClosed
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return c, true, nil
	}
	c, err = p.fresh()
	return c, false, err
}

func (p *Pool) fresh() (*child, error) { return start(p.cfg.Command, p.imaging) }

func (p *Pool) giveBack(c *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		c.end(nil)
		return
	}
	p.idle = append(p.idle, c)
}

// Close ends the children. Pictures in work are finished.
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, c := range p.idle {
		c.end(nil)
	}
	p.idle = nil
	return nil
}
