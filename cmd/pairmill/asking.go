package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/user"
	"strings"
	"time"

	"pairmill/control/client"
)

// asking is what the commands that ask a control plane have in common.
type asking struct {
	Server    string `help:"URL of a control plane." env:"PAIRMILL_SERVER" default:"http://127.0.0.1:7070" placeholder:"URL"`
	TokenFile string `help:"File with the server's token. Default: the token in PAIRMILL_TOKEN, if any." env:"PAIRMILL_TOKEN_FILE" placeholder:"FILE"`
}

func (a *asking) client() (*client.Client, error) { return a.patient(0) }

// patient makes a client that waits so long for an answer; 0 = as long as usual.
func (a *asking) patient(timeout time.Duration) (*client.Client, error) {
	token, err := readToken(a.TokenFile)
	if err != nil {
		return nil, usage(err)
	}
	c, err := client.New(client.Config{Server: a.Server, Token: token, Timeout: timeout})
	if err != nil {
		return nil, usage(err)
	}
	return c, nil
}

// readToken reads the token of the API. It is no option: others of the machine see command lines.
func readToken(file string) (string, error) {
	if file == "" {
		return os.Getenv("PAIRMILL_TOKEN"), nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("token file: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if token == "" {
		return "", fmt.Errorf("token file %s is empty", file)
	}
	return token, nil
}

// asked gives a server's refusal its exit code: what was asked for cannot be, or is not there.
func asked(err error) error {
	var refused *client.Refused
	if errors.As(err, &refused) && (refused.Status == http.StatusBadRequest || refused.Status == http.StatusNotFound) {
		return usage(err)
	}
	return err
}

// whoAsks signs a decision.
func whoAsks() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return name
}
