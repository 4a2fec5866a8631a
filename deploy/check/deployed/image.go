package deployed

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Image is what a stage of a Dockerfile leaves to whoever runs it.
type Image struct {
	From                string
	User, Workdir       string
	Env                 map[string]string
	Entrypoint, Command []string
	Volumes             []string
	Packages            []string // that apt-get installs
	Signal              string
	Copies              []instructions.CopyCommand
}

// Images are the stages of a Dockerfile, by name. What the parser warns of is an error.
func Images(dockerfile string) (map[string]Image, error) {
	f, err := os.Open(dockerfile)
	if err != nil {
		return nil, fmt.Errorf("open the Dockerfile: %w", err)
	}
	defer f.Close()
	parsed, err := parser.Parse(f)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", dockerfile, err)
	}
	for _, w := range parsed.Warnings {
		return nil, fmt.Errorf("parse %s: %s", dockerfile, w.Short)
	}
	stages, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", dockerfile, err)
	}
	all := map[string]Image{}
	for _, s := range stages {
		all[s.Name] = imageOf(s, all)
	}
	return all, nil
}

var installed = regexp.MustCompile(`apt-get install -y --no-install-recommends ([^&]*)`)

func imageOf(s instructions.Stage, before map[string]Image) Image {
	i := before[s.BaseName]
	i.From, i.Env = s.BaseName, maps.Clone(i.Env)
	if i.Env == nil {
		i.Env = map[string]string{}
	}
	for _, c := range s.Commands {
		switch c := c.(type) {
		case *instructions.RunCommand:
			for _, line := range c.CmdLine {
				if m := installed.FindStringSubmatch(line); m != nil {
					i.Packages = append(slices.Clone(i.Packages), strings.Fields(m[1])...)
				}
			}
		case *instructions.EnvCommand:
			for _, kv := range c.Env {
				i.Env[kv.Key] = kv.Value
			}
		case *instructions.UserCommand:
			i.User = c.User
		case *instructions.WorkdirCommand:
			i.Workdir = c.Path
		case *instructions.EntrypointCommand:
			i.Entrypoint = c.CmdLine
		case *instructions.CmdCommand:
			i.Command = c.CmdLine
		case *instructions.VolumeCommand:
			i.Volumes = c.Volumes
		case *instructions.StopSignalCommand:
			i.Signal = c.Signal
		case *instructions.CopyCommand:
			i.Copies = append(slices.Clone(i.Copies), *c)
		}
	}
	return i
}
