package nats

import (
	"context"
	"fmt"
	"strings"
	"time"

	natsio "github.com/nats-io/nats.go"
)

// syncQueue is how many answers may wait for the one who asked: those to a whole batch, and the server's last word. The
// client's default is 65,536, half a megabyte of pointers for each pull that waits, which every collection looks through.
const syncQueue = 2 * maxBatch

// workerInbox begins the subjects under which a worker gets its answers, so that it needs no permission to hear those of
// control planes, which have the usual _INBOX.
const workerInbox = "_INBOX_WORKER"

// Conn says how to reach a server; Connect and Server.Conn make one.
type Conn struct {
	url     string
	options []natsio.Option
}

// Connect reaches servers by URL, several separated by commas: nats://host:4222, or tls://host:4222.
func Connect(url string) Conn { return Conn{url: url} }

// dial connects, and keeps the connection up for ever: after the first success a lost server is tried again until
// the connection is closed.
func (c Conn) dial(ctx context.Context, cfg Config, log *throttle) (*natsio.Conn, error) {
	options := append([]natsio.Option{
		natsio.Name(cfg.Name),
		natsio.Timeout(timeLeft(ctx, cfg.Timeout)),
		natsio.MaxReconnects(-1),
		natsio.PingInterval(5 * time.Second), // with two unanswered: a server that a network has swallowed is left within 15 s
		natsio.IgnoreAuthErrorAbort(),        // credentials that are being renewed are refused for a while
		natsio.ReconnectWait(250 * time.Millisecond),
		natsio.ReconnectJitter(500*time.Millisecond, time.Second), // a thousand workers do not come back in one instant
		natsio.ReconnectBufSize(-1),                               // nothing is sent later than it was asked: callers try again themselves
		natsio.SyncQueueLen(syncQueue),
		natsio.DisconnectErrHandler(func(_ *natsio.Conn, err error) {
			if err != nil {
				log.warn("connection to nats lost; trying again", err)
			}
		}),
		natsio.ErrorHandler(func(_ *natsio.Conn, _ *natsio.Subscription, err error) { log.warn("nats", err) }),
	}, c.options...)
	security, err := cfg.security()
	if err != nil {
		return nil, fmt.Errorf("connect to nats at %s: %w", c.where(), err)
	}
	if cfg.Worker {
		options = append(options, natsio.CustomInboxPrefix(workerInbox))
	}
	nc, err := natsio.Connect(c.url, append(options, security...)...)
	if err != nil {
		return nil, fmt.Errorf("connect to nats at %s: %w", c.where(), cfg.refusal(err))
	}
	if err := checkVersion(nc.ConnectedServerVersion()); err != nil {
		nc.Close()
		return nil, fmt.Errorf("nats at %s: %w", c.where(), err)
	}
	return nc, nil
}

func (c Conn) where() string {
	if c.url == "" {
		return "the embedded server"
	}
	return redacted(c.url)
}

// redacted is URLs without the passwords and tokens that may stand in them.
func redacted(urls string) string {
	list := strings.Split(urls, ",")
	for i, u := range list {
		before, rest := "", u
		if scheme, behind, ok := strings.Cut(u, "://"); ok {
			before, rest = scheme+"://", behind
		}
		if at := strings.LastIndex(rest, "@"); at >= 0 {
			list[i] = before + "(secret)" + rest[at:]
		}
	}
	return strings.Join(list, ",")
}

// checkVersion refuses servers that lack something this package rests on. Before 2.12.1 they store the first message of an
// atomic batch and drop the rest, or take no message IDs in it; before 2.14 they take no timers with a cron expression. One
// limit for all is easier to keep than one for those who have no schedules.
func checkVersion(v string) error {
	var major, minor int
	if _, err := fmt.Sscanf(v, "%d.%d", &major, &minor); err != nil {
		return fmt.Errorf("server version %q cannot be read: %w", v, err)
	}
	if major < 2 || major == 2 && minor < 14 {
		return fmt.Errorf("server version %s: want 2.14 or later, for atomic batches with message ids and for timers", v)
	}
	return nil
}

// timeLeft is d, or less when ctx ends earlier.
func timeLeft(ctx context.Context, d time.Duration) time.Duration {
	if end, ok := ctx.Deadline(); ok {
		return max(min(d, time.Until(end)), time.Millisecond)
	}
	return d
}
