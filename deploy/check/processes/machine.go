package main

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"pairmill/deploy/check/deployed"
)

// machine is where the processes run.
type machine struct {
	folder    string
	services  types.Services
	addresses map[string]string // of this machine, by those of containers: "nats-1:4222"
	own       map[string]bool   // the containers' own among those: somebody listens there
	held      []net.Listener    // on each address, so that none is given twice
	volumes   map[string]string // named ones, and who has them
}

// release lets processes listen on the addresses.
func (m *machine) release() {
	for _, l := range m.held {
		l.Close()
	}
}

// writeContainers makes the folders of all containers.
func (m *machine) writeContainers(stages map[string]deployed.Image) error {
	for _, name := range slices.Sorted(maps.Keys(m.services)) {
		s := m.services[name]
		process, err := deployed.ProcessOf(s, stages)
		if err != nil {
			return err
		}
		for _, c := range m.containers(s) {
			if err := c.write(process); err != nil {
				return fmt.Errorf("%s of compose.yaml as a process: %w", c.name, err)
			}
		}
	}
	return nil
}

// writeAddresses says where what listens.
func (m *machine) writeAddresses() error {
	var lines []string
	for there, here := range m.addresses {
		if !m.own[there] {
			return fmt.Errorf("compose.yaml names the address %s, and nobody listens there", there)
		}
		lines = append(lines, there+" "+here+"\n")
	}
	slices.Sort(lines)
	return os.WriteFile(filepath.Join(m.folder, "addresses"), []byte(strings.Join(lines, "")), 0o644)
}

// container is one of a service's.
type container struct {
	*machine
	service types.ServiceConfig
	name    string
}

// containers are those of a service: one has its name, several have numbers behind it.
func (m *machine) containers(s types.ServiceConfig) (all []container) {
	if s.GetScale() == 1 {
		return []container{{m, s, s.Name}}
	}
	for i := range s.GetScale() {
		all = append(all, container{m, s, fmt.Sprintf("%s-%d", s.Name, i+1)})
	}
	return all
}

var (
	addressRE = regexp.MustCompile(`[\w.-]*:\d{2,5}\b`)
	pathRE    = regexp.MustCompile(`(^|[^\w./-])/[\w.-][\w./-]*`)
)

// here is a text of a container as a process needs it.
func (c container) here(text string) (string, error) {
	var wrong []error
	text = addressRE.ReplaceAllStringFunc(text, func(there string) string {
		at, err := c.address(there)
		wrong = append(wrong, err)
		return at
	})
	text = pathRE.ReplaceAllStringFunc(text, func(found string) string {
		before, there, _ := strings.Cut(found, "/")
		at, err := c.path("/" + there)
		wrong = append(wrong, err)
		return before + at
	})
	return text, errors.Join(wrong...)
}

func (c container) address(there string) (string, error) {
	host, port, _ := strings.Cut(there, ":")
	switch s, known := c.services[host]; {
	case host == "" || host == "0.0.0.0":
		there = c.name + ":" + port
		c.own[there] = true
	case !known:
		return "", fmt.Errorf("the address %s is that of no service", there)
	case s.GetScale() != 1:
		return "", fmt.Errorf("the address %s is that of %d containers", there, s.GetScale())
	}
	if at, known := c.addresses[there]; known {
		return at, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("look for a free port for %s: %w", there, err)
	}
	c.held = append(c.held, l)
	c.addresses[there] = l.Addr().String()
	return c.addresses[there], nil
}

func (c container) path(there string) (string, error) {
	for _, v := range c.service.Volumes {
		if there == v.Target || strings.HasPrefix(there, v.Target+"/") {
			if own, err := ownVolume(v); err != nil || own {
				return filepath.Join(c.folder, c.name, there), err
			}
		}
	}
	file := filepath.Join(c.folder, "image", there)
	if _, err := os.Stat(file); err != nil {
		return "", fmt.Errorf("the path %s is on no volume, and as a file of the image it is absent: %w", there, err)
	}
	return file, nil
}

// ownVolume says whether what is mounted lies in the process's folder: a volume, or a file of deploy/. Folders of the machine are
// for those who run the file to put something there.
func ownVolume(v types.ServiceVolumeConfig) (bool, error) {
	if v.Type != types.VolumeTypeBind {
		return v.Type == types.VolumeTypeVolume, nil
	}
	info, err := os.Stat(v.Source)
	if errors.Is(err, os.ErrNotExist) { // Compose makes a folder
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("the volume %s: %w", v.Target, err)
	}
	return info.Mode().IsRegular(), nil
}
