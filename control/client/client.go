// Package client asks a control plane. It adds nothing to package api but the way: requests, answers, and errors that say
// what a person can do.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pairmill/control/api"
)

// Config of a Client. The zero Config asks a control plane on this machine.
type Config struct {
	Server  string        // URL; default http://127.0.0.1:7070
	Token   string        // sent as a bearer token; default none
	Timeout time.Duration // of one question; default 1 min: a run with many records takes some seconds to add up
}

// Client asks a control plane.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// New makes a client. It asks nothing yet.
func New(cfg Config) (*Client, error) {
	if cfg.Server == "" {
		cfg.Server = "http://127.0.0.1:7070"
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = time.Minute
	}
	u, err := url.Parse(cfg.Server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, errors.New("the server is no URL such as http://host:7070 (--server, PAIRMILL_SERVER); a token belongs into PAIRMILL_TOKEN")
	}
	return &Client{base: strings.TrimSuffix(u.Scheme+"://"+u.Host+u.Path, "/"), token: cfg.Token, http: &http.Client{Timeout: cfg.Timeout}}, nil
}

// Refused is a control plane's answer that is not a success.
type Refused struct {
	Status int
	Text   string
}

func (r *Refused) Error() string { return r.Text }

// ErrUnreachable is why there is no answer.
var ErrUnreachable = errors.New("no control plane answers")

// maxAnswer is the largest answer that is read, in bytes.
const maxAnswer = 64 << 20

// ask sends one question and reads its answer into out.
func (c *Client) ask(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(r)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("%w at %s: %w\nstart one: pairmill serve --store FOLDER or s3://bucket/prefix [--nats URL]; or name another with --server or PAIRMILL_SERVER", ErrUnreachable, c.base, bare(err))
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s: %w", c.base, err)
	}
	if resp.StatusCode != http.StatusOK {
		return refusal(c.base, resp, data)
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("%s is no control plane of pairmill: %s %s cannot be read: %w", c.base, method, path, err)
	}
	return nil
}

// bare is a transport's error without the URL, which is told already.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func refusal(base string, resp *http.Response, body []byte) error {
	var e api.Error
	if err := json.Unmarshal(body, &e); err != nil || e.Error == "" {
		return fmt.Errorf("%s is no control plane of pairmill: it answers %s", base, resp.Status)
	}
	return &Refused{resp.StatusCode, e.Error}
}
