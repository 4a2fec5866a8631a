package deployed

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// Process is what a container starts.
type Process struct {
	Command       []string
	Environment   []string // KEY=value, sorted, without the PATH that an engine sets
	User, Workdir string
}

// foreign are the images that others make, as far as services rely on them: the script of NATS' runs nats-server with options.
var foreign = map[string]Image{
	"nats":              {Entrypoint: []string{"nats-server"}},
	"versity/versitygw": {},
}

// ProcessOf puts together what a service says and what its image does, which is one of the Dockerfile's stages or foreign.
func ProcessOf(s types.ServiceConfig, stages map[string]Image) (Process, error) {
	repository, _, _ := strings.Cut(s.Image, ":")
	i, known := foreign[repository]
	if s.Build != nil {
		i, known = stages[s.Build.Target]
	}
	if !known {
		return Process{}, fmt.Errorf("%s: nothing is known of its image %s", s.Name, s.Image)
	}
	environment := maps.Clone(i.Env)
	if environment == nil {
		environment = map[string]string{}
	}
	for k, v := range s.Environment {
		if v == nil {
			return Process{}, fmt.Errorf("%s: %s has no value", s.Name, k)
		}
		environment[k] = *v
	}
	p := Process{User: i.User, Workdir: "/"}
	if s.User != "" {
		p.User = s.User
	}
	for _, dir := range []string{i.Workdir, s.WorkingDir} {
		if dir != "" {
			p.Workdir = dir
		}
	}
	// As engines do: an entrypoint of the service's own goes without the image's command.
	entrypoint, command := i.Entrypoint, i.Command
	if len(s.Entrypoint) > 0 {
		entrypoint, command = s.Entrypoint, nil
	}
	if len(s.Command) > 0 {
		command = s.Command
	}
	if len(entrypoint) == 0 {
		return Process{}, fmt.Errorf("%s: it has no entrypoint, and nothing is known of that of its image %s", s.Name, s.Image)
	}
	p.Command = slices.Concat(entrypoint, command)
	for k, v := range environment {
		p.Environment = append(p.Environment, k+"="+v)
	}
	slices.Sort(p.Environment)
	return p, nil
}
