package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// servers are one NATS server or a cluster of them, each write synced to disk as in deploy/.
type servers struct {
	programs []*program
	monitors []string
	URL      string
}

func startServers(ctx context.Context, binary, dir string, n int) (s *servers, err error) {
	at, err := freeAddresses(3 * n) // of clients, routes and monitors
	if err != nil {
		return nil, err
	}
	s = &servers{monitors: at[2*n:]}
	defer func() {
		if err != nil {
			s.end()
		}
	}()
	var urls, routes []string
	for i := range n {
		urls, routes = append(urls, "nats://"+at[i]), append(routes, `"nats://`+at[n+i]+`"`)
	}
	s.URL = strings.Join(urls, ",")
	for i := range n {
		text := fmt.Sprintf("server_name: n%d\nlisten: %q\nhttp: %q\njetstream { store_dir: %q, sync_interval: always }\n", i, at[i], at[2*n+i], filepath.Join(dir, fmt.Sprint("nats-", i)))
		if n > 1 {
			text += fmt.Sprintf("cluster { name: scale, listen: %q, routes: [%s] }\n", at[n+i], strings.Join(routes, ", "))
		}
		conf := filepath.Join(dir, fmt.Sprintf("nats-%d.conf", i))
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			return s, err
		}
		p, err := start(dir, fmt.Sprint("nats-", i), nil, binary, "--config", conf)
		if err != nil {
			return s, err
		}
		s.programs = append(s.programs, p)
	}
	for _, m := range s.monitors {
		if err := healthy(ctx, "http://"+m+"/healthz"); err != nil {
			return s, s.programs[0].failure(err.Error())
		}
	}
	return s, nil
}

func (s *servers) end() {
	for _, p := range s.programs {
		p.end()
	}
}

func (s *servers) cpu() (sum time.Duration) {
	for _, p := range s.programs {
		sum += p.cpu()
	}
	return sum
}

// received counts the messages that clients have sent.
func (s *servers) received() (sum int64, err error) {
	for _, m := range s.monitors {
		resp, err := http.Get("http://" + m + "/varz")
		if err != nil {
			return 0, err
		}
		var v struct {
			InMsgs int64 `json:"in_msgs"`
		}
		err = errors.Join(json.NewDecoder(resp.Body).Decode(&v), resp.Body.Close())
		if err != nil {
			return 0, err
		}
		sum += v.InMsgs
	}
	return sum, nil
}

// healthy waits until a check says that all is well.
func healthy(ctx context.Context, url string) error {
	for began := time.Now(); time.Since(began) < time.Minute && ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		resp, err := http.Get(url)
		if err != nil {
			continue
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return nil
		}
	}
	return errors.Join(ctx.Err(), fmt.Errorf("%s is not well after a minute", url))
}
