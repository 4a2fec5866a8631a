package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsio "github.com/nats-io/nats.go"
)

// ServerConfig configures an embedded server; the zero value works.
type ServerConfig struct {
	// Dir is the folder of the streams, made when it is missing; while the server runs no other may use it. Empty
	// means a temporary folder that Close removes.
	Dir string

	// Listen is a loopback address, host:port, on which other processes of this machine reach the server, with port
	// 0 for any free one. Empty, the default, means no port at all. There is no authentication, so any other address
	// is an error of Start: run nats-server for a cluster of machines.
	Listen string

	// Ready is how long Start waits for the server, which reads its streams first; 60 s by default. Then Start fails.
	Ready time.Duration

	// Log takes the server's warnings and errors; slog.Default() by default.
	Log *slog.Logger
}

func (c ServerConfig) withDefaults() ServerConfig {
	if c.Ready <= 0 {
		c.Ready = time.Minute // a million messages are read in a few seconds
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

// Server is a NATS server inside this process, with JetStream, that syncs every write to disk.
type Server struct {
	server *server.Server
	folder *folder
}

// Start starts a server and waits until it can be used. A folder in use by another server is an error that names it.
func Start(ctx context.Context, cfg ServerConfig) (*Server, error) {
	cfg = cfg.withDefaults()
	folder, err := openFolder(cfg.Dir)
	if err != nil {
		return nil, err
	}
	s, err := start(ctx, cfg, folder.path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start nats in %s: %w", folder.path, err), folder.close())
	}
	return &Server{server: s, folder: folder}, nil
}

func start(ctx context.Context, cfg ServerConfig, dir string) (*server.Server, error) {
	options, err := options(cfg, dir)
	if err != nil {
		return nil, err
	}
	return startOptions(ctx, cfg, options)
}

func startOptions(ctx context.Context, cfg ServerConfig, options *server.Options) (*server.Server, error) {
	s, err := server.NewServer(options)
	if err != nil {
		return nil, err
	}
	log := &serverLog{log: cfg.Log}
	s.SetLoggerV2(log, false, false, false)
	ready := make(chan bool, 1)
	go func() {
		s.Start()
		ready <- s.ReadyForConnections(cfg.Ready)
	}()
	select {
	case ok := <-ready:
		if ok && s.JetStreamEnabled() {
			return s, nil
		}
		err = errors.Join(errors.New("the server did not come up"), log.fatal())
	case <-ctx.Done():
		err = ctx.Err()
		<-ready
	}
	stop(s)
	return nil, err
}

func options(cfg ServerConfig, dir string) (*server.Options, error) {
	o := &server.Options{
		ServerName: "pairmill", DontListen: true, NoSigs: true,
		JetStream: true, StoreDir: dir, SyncAlways: true,
	}
	if cfg.Listen == "" {
		return o, nil
	}
	host, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen address: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("listen address %s: want a loopback address, because the embedded server asks nobody who he is", cfg.Listen)
	}
	if o.Port, err = strconv.Atoi(port); err != nil || o.Port < 0 || o.Port > 65535 {
		return nil, fmt.Errorf("listen address %s: want a port from 0 to 65535", cfg.Listen)
	}
	if o.Port == 0 {
		o.Port = server.RANDOM_PORT
	}
	o.Host, o.DontListen = host, false
	return o, nil
}

// Conn reaches the server from inside this process, without a port.
func (s *Server) Conn() Conn {
	return Conn{options: []natsio.Option{natsio.InProcessServer(s.server)}}
}

// URL is where other processes of this machine reach the server; empty without ServerConfig.Listen.
func (s *Server) URL() string {
	if s.server.Addr() == nil {
		return ""
	}
	return s.server.ClientURL()
}

// Close stops the server and waits until it has ended, and its folder is free. Close the queues first: theirs is the
// work that a stopped server would interrupt.
func (s *Server) Close() error {
	stop(s.server)
	return s.folder.close()
}

func stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}
