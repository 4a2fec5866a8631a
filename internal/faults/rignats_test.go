package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// startServers starts the NATS servers, and their proxies.
func (r *rig) startServers() {
	r.t.Helper()
	program := os.Getenv("PAIRMILL_NATS_SERVER")
	if program == "" {
		r.t.Fatal("PAIRMILL_NATS_SERVER names no nats-server: make test-faults builds one")
	}
	var routes, clients, monitors, urls []string
	for range r.cfg.Servers {
		clients, monitors = append(clients, freeAddr(r.t)), append(monitors, freeAddr(r.t))
		routes = append(routes, "nats://"+freeAddr(r.t))
	}
	for i := range r.cfg.Servers {
		name := fmt.Sprintf("nats-%d", i)
		text := fmt.Sprintf("server_name: %s\nlisten: %q\nhttp: %q\njetstream { store_dir: %q, sync_interval: always, max_file_store: 8G }\n",
			name, clients[i], monitors[i], filepath.Join(r.dir, name))
		if r.cfg.Servers > 1 {
			// Clients must not learn of addresses behind the proxies.
			text += fmt.Sprintf("cluster { name: faults, listen: %q, no_advertise: true, routes: [%s] }\n",
				strings.TrimPrefix(routes[i], "nats://"), strings.Join(routes, ", "))
		}
		if r.cfg.Disk != "" {
			r.mount(filepath.Join(r.dir, name), r.cfg.Disk)
		}
		config := filepath.Join(r.dir, name+".conf")
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			r.t.Fatal(err)
		}
		p := &process{t: r.t, name: name, program: program, args: []string{"--config", config}, logs: r.dir}
		p.start()
		r.servers = append(r.servers, p)
		address := clients[i]
		r.direct = append(r.direct, "nats://"+address)
		if r.cfg.Proxies {
			x := newProxy(r.t, name, address)
			r.proxies = append(r.proxies, x)
			address = x.addr
		}
		urls = append(urls, "nats://"+address)
	}
	r.monitors = monitors
	for i := range r.servers {
		r.awaitServer(i)
	}
	r.env = append(r.env, "PAIRMILL_NATS="+strings.Join(urls, ","))
}

// awaitServer waits until a server is there.
func (r *rig) awaitServer(server int) {
	r.t.Helper()
	eventually(r.t, time.Minute, r.servers[server].name+" serves", func() bool { return r.serving(server) })
}

// mount makes a folder a disk of its own, of a size that is soon full. It takes the right to do so.
func (r *rig) mount(dir, size string) {
	r.t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		r.t.Skipf("mount a disk of %s: %v", size, err)
	}
	r.t.Cleanup(func() { // after the server's end, which is registered later
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			r.t.Error(err)
		}
	})
}
