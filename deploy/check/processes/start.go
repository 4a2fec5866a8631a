package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"pairmill/deploy/check/deployed"
)

// write makes a container's folder: its volumes, the files that are mounted, and the script that starts it.
func (c container) write(p deployed.Process) error {
	dir := filepath.Join(c.folder, c.name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for _, v := range c.service.Volumes {
		if err := c.mount(v, filepath.Join(dir, v.Target)); err != nil {
			return err
		}
	}
	workdir := dir
	if p.Workdir != "/" {
		var err error
		if workdir, err = c.path(p.Workdir); err != nil {
			return fmt.Errorf("the working directory: %w", err)
		}
	}
	var command []string
	for _, arg := range p.Command {
		arg, err := c.here(arg)
		if err != nil {
			return fmt.Errorf("the command %q: %w", p.Command, err)
		}
		command = append(command, quoted(arg))
	}
	environment := []string{quoted("PATH=" + filepath.Join(c.folder, "image", "usr", "local", "bin") + ":" + os.Getenv("PATH"))}
	for _, variable := range p.Environment {
		key, value, _ := strings.Cut(variable, "=")
		value, err := c.here(value)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		environment = append(environment, quoted(key+"="+value))
	}
	script := fmt.Sprintf(`#!/bin/sh
# What the container %s of deploy/compose.yaml starts, as a process; with arguments, those instead.
[ $# -gt 0 ] || set -- %s
cd %s
exec env -i %s "$@"
`, c.name, strings.Join(command, " "), quoted(workdir), strings.Join(environment, " \\\n  "))
	return os.WriteFile(filepath.Join(dir, "start"), []byte(script), 0o755)
}

func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// mount makes a volume, or writes a file that is mounted.
func (c container) mount(v types.ServiceVolumeConfig, target string) error {
	own, err := ownVolume(v)
	if err != nil || !own {
		return err
	}
	if v.Type == types.VolumeTypeVolume {
		if other, taken := c.volumes[v.Source]; taken && v.Source != "" {
			return fmt.Errorf("it shares the volume %s with %s: as processes each would have its own", v.Source, other)
		}
		c.volumes[v.Source] = c.name
		return os.MkdirAll(target, 0o755)
	}
	text, err := os.ReadFile(v.Source)
	if err != nil {
		return err
	}
	conf, err := listening(string(text))
	if err == nil {
		conf, err = c.here(conf)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", v.Source, err)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return os.WriteFile(target, []byte(conf), 0o644)
}

var (
	portRE   = regexp.MustCompile(`(?m)^(\s*)port: (\d+)$`)
	httpRE   = regexp.MustCompile(`(?m)^(\s*)http: (\d+)$`)
	numberRE = regexp.MustCompile(`(?m)^\s*\w+[:=\s]\s*"?\d{4,5}"?\s*$`)
)

// listening is a configuration of nats-server with addresses where it has ports, on which the server listens at all addresses.
func listening(conf string) (string, error) {
	if !portRE.MatchString(conf) || !httpRE.MatchString(conf) {
		return "", errors.New("there is no line port: N, or none http: N, that could be made an address")
	}
	conf = portRE.ReplaceAllString(conf, "${1}listen: 0.0.0.0:$2")
	conf = httpRE.ReplaceAllString(conf, "${1}http: 0.0.0.0:$2")
	if line := numberRE.FindString(conf); line != "" {
		return "", fmt.Errorf("the line %q may be of a port, and is not known here", strings.TrimSpace(line))
	}
	return conf, nil
}
