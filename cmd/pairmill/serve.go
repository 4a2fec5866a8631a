package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"pairmill/cluster"
	"pairmill/cluster/nats"
	"pairmill/control"
)

type serveCmd struct {
	NATS       string `name:"nats" help:"URLs of NATS servers, separated by commas. Default: a server inside this process." env:"PAIRMILL_NATS" placeholder:"URL"`
	NATSListen string `name:"nats-listen" help:"Where the server inside this process listens, on a loopback address." default:"127.0.0.1:4222" placeholder:"HOST:PORT"`
	joining    `embed:""`
}

// Help adds to the command's help text.
func (serveCmd) Help() string {
	return "Several may run on one NATS and one store: one of them leads, and another takes over within seconds of its end. " +
		"Runs come from `pairmill submit`, and are worked on by `pairmill worker`. The API (GET /openapi.json), metrics (/metrics) and health checks " +
		"(/healthz, /readyz) are served on --listen, 127.0.0.1:7070 by default. " +
		"Without --nats, a NATS server runs inside this process: good for one machine, and for trying."
}

// Run serves until it is told to stop.
func (c *serveCmd) Run(e *env) error {
	j, err := c.open(e, cluster.RoleControl, c.connect(e))
	if err != nil {
		return err
	}
	p, err := control.New(control.Config{
		Store: j.store, Medium: j.medium, Listen: c.Listen, Token: j.token, Version: version, Log: j.log, Metrics: j.metrics,
	})
	if err != nil {
		return usage(errors.Join(err, j.close()))
	}
	e.announce("API", "http://"+p.Addr(), "store "+c.Store)
	err = p.Run(e.ctx)
	return errors.Join(err, j.close())
}

// connect reaches the servers that the user named, or starts one.
func (c *serveCmd) connect(e *env) func(*joined) (nats.Conn, error) {
	return func(j *joined) (nats.Conn, error) {
		if c.NATS != "" {
			return nats.Connect(c.NATS), nil
		}
		srv, err := nats.Start(e.ctx, nats.ServerConfig{Dir: filepath.Join(j.dir, ".nats"), Listen: c.NATSListen, Log: j.log})
		if err != nil {
			return nats.Conn{}, fmt.Errorf("%w (--nats names servers that run already)", err)
		}
		j.closers = append(j.closers, srv.Close)
		e.announce("NATS", srv.URL(), "workers of this machine join it by default")
		return srv.Conn(), nil
	}
}
