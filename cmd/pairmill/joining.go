package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"pairmill/cluster"
	"pairmill/cluster/nats"
	"pairmill/control"
	"pairmill/internal/metrics"
	"pairmill/store"
)

// joining is what the processes of a cluster have in common: where the store is, and how to reach NATS.
type joining struct {
	Store    string `required:"" help:"Folder that all processes share, or s3://bucket/prefix." env:"PAIRMILL_STORE" placeholder:"DIR"`
	Creds    string `name:"nats-creds" help:"Credentials file for NATS (.creds)." env:"PAIRMILL_NATS_CREDS" placeholder:"FILE"`
	NKey     string `name:"nats-nkey" help:"File with an NKey seed for NATS." env:"PAIRMILL_NATS_NKEY" placeholder:"FILE"`
	CA       string `name:"nats-ca" help:"PEM file of certificates to trust for NATS. Default: the system's." env:"PAIRMILL_NATS_CA" placeholder:"FILE"`
	Cert     string `name:"nats-cert" help:"PEM file with the certificate to show NATS." env:"PAIRMILL_NATS_CERT" placeholder:"FILE"`
	Key      string `name:"nats-key" help:"PEM file with its key." env:"PAIRMILL_NATS_KEY" placeholder:"FILE"`
	Replicas int    `name:"nats-replicas" help:"NATS servers that keep each message: 1, or 3 or 5 on a NATS cluster." env:"PAIRMILL_NATS_REPLICAS" default:"1" placeholder:"N"`

	Patience time.Duration `name:"join-timeout" help:"How long to wait at the start for NATS, and a worker for the first control plane." env:"PAIRMILL_JOIN_TIMEOUT" default:"30s" placeholder:"DURATION"`
	Lease    time.Duration `help:"How long a job stays with a worker that is not heard of. Every process of a cluster needs the same." env:"PAIRMILL_LEASE" default:"60s" placeholder:"DURATION"`

	Listen    string `help:"Where metrics and health checks are served, and the API of serve. Other machines reach an address only with a token." env:"PAIRMILL_LISTEN" placeholder:"HOST:PORT"`
	TokenFile string `help:"File with the token that clients must present. Default: the token in PAIRMILL_TOKEN, if any." env:"PAIRMILL_TOKEN_FILE" placeholder:"FILE"`
}

// joined is a process' connection to its cluster.
type joined struct {
	store   store.Store
	dir     string // of this machine, for what belongs to the store and is no part of it
	medium  control.Medium
	metrics *metrics.Set
	log     *slog.Logger
	token   string
	closers []func() error // called in reverse order
}

func (j *joined) close() error {
	var err error
	for i := len(j.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, j.closers[i]())
	}
	return err
}

// open opens the store, which must answer, and joins the cluster by a connection to NATS that connect makes.
func (c *joining) open(e *env, role cluster.Role, connect func(j *joined) (nats.Conn, error)) (j *joined, err error) {
	j = &joined{metrics: metrics.New(version, role), log: logger(e, e.stderr)}
	defer func() {
		if err != nil {
			err = errors.Join(err, j.close())
		}
	}()
	if j.token, err = readToken(c.TokenFile); err != nil {
		return j, usage(err)
	}
	if c.Store == "" { // the environment's, which is set and empty
		return j, usage(errors.New("no store: want --store or PAIRMILL_STORE"))
	}
	at, err := parsePlace(c.Store)
	if err != nil {
		return j, usage(err)
	}
	if j.dir, err = at.localDir(); err != nil {
		return j, err
	}
	opened, err := at.open(e.ctx)
	if err != nil {
		return j, err
	}
	j.closers = append(j.closers, func() error { closeStore(opened); return nil })
	if c, ok := opened.(interface{ Check(context.Context) error }); ok {
		if err := c.Check(e.ctx); err != nil {
			return j, err
		}
	}
	j.store = j.metrics.Store(opened)
	conn, err := connect(j)
	if err != nil {
		return j, err
	}
	q, err := c.openQueue(e, j, conn, nats.Config{
		Name: "pairmill " + string(role), Credentials: c.Creds, NKey: c.NKey, CA: c.CA, Cert: c.Cert, Key: c.Key, Replicas: c.Replicas, Lease: c.Lease, Log: j.log,
		Worker: role == cluster.RoleWorker,
	})
	if err != nil {
		return j, err
	}
	j.closers = append(j.closers, q.Close)
	m := q.Medium()
	j.medium = control.Medium{Queue: q, Locks: m, Calls: m, Presence: m, Timers: m, Journal: m, Memory: m}
	return j, nil
}

// joinEvery is how often a process tries to join its cluster, whose parts are often started together.
const joinEvery = 2 * time.Second

func (c *joining) openQueue(e *env, j *joined, conn nats.Conn, cfg nats.Config) (*nats.Queue, error) {
	for began := time.Now(); ; {
		q, err := nats.Open(e.ctx, conn, cfg)
		if err == nil || e.ctx.Err() != nil || time.Since(began)+joinEvery > c.Patience {
			return q, err
		}
		j.log.Warn("join the cluster; trying again", "error", err)
		select {
		case <-time.After(joinEvery):
		case <-e.ctx.Done():
			return nil, context.Cause(e.ctx)
		}
	}
}

// spools makes the folder in which jobs spool.
func (j *joined) spools() (string, error) {
	dir := filepath.Join(j.dir, ".spool")
	return dir, os.MkdirAll(dir, 0o755)
}
