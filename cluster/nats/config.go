package nats

import (
	"log/slog"
	"time"
)

// Config configures a Queue; the zero value works.
type Config struct {
	// Name is shown for the connection by nats server report connections; "pairmill" by default.
	Name string

	// Credentials is a user credentials file (.creds: JWT and NKey seed); none by default. A file that cannot be
	// read is an error of Open.
	Credentials string

	// NKey is a file with an NKey seed, instead of Credentials; none by default.
	NKey string

	// CA is a PEM file of certificates to trust instead of the system's; none by default.
	CA string

	// Cert and Key are PEM files with which this client shows who it is (mutual TLS), both or neither; none by default.
	Cert, Key string

	// Lease is how long a pulled job stays with its puller without Extend; 60 s by default. Then it is delivered
	// again. Every process of a cluster needs the same value: the last to open sets it for all.
	Lease time.Duration

	// Timeout is how long one request waits for the server's answer; 5 s by default. Then it is asked again, or
	// fails, as the operation promises.
	Timeout time.Duration

	// Replicas is the number of servers that keep each message; 1 by default, and 3 or 5 on a NATS cluster. More
	// than the cluster has servers is an error of Open.
	Replicas int

	// Embedded says that the server is a part of this process and stops with it. What is handed back then comes back in some
	// hundredths of a second instead of at once, and also if the server has been restarted meanwhile.
	Embedded bool

	// Worker is set for a process that only works: it uses the streams and runs that a control plane has set up, waits for
	// them when they are missing, and neither steers nor drops runs. It needs fewer permissions (docs/security.md). Open
	// fails when nothing has been set up yet.
	Worker bool

	// Log takes what the queue survives, at most one line a second; slog.Default() by default.
	Log *slog.Logger
}

func (c Config) withDefaults() Config {
	if c.Name == "" {
		c.Name = "pairmill"
	}
	if c.Lease <= 0 {
		c.Lease = time.Minute // three missed renewals at 20 s; a killed worker's jobs wait this long
	}
	if c.Timeout <= 0 {
		c.Timeout = 5 * time.Second // a synced write takes milliseconds; JetStream elects a leader within 5 s
	}
	if c.Replicas <= 0 {
		c.Replicas = 1
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}
