// Command processes lets containers of deploy/compose.yaml run as processes of one machine, where there is no container engine:
//
//	processes [-scale worker=4] DEPLOY FOLDER
//
// It reads compose.yaml, .env.example and Dockerfile in DEPLOY, and for each container it makes FOLDER/NAME with its volumes and a
// script, FOLDER/NAME/start, that starts the container's entrypoint and command with its environment, and with arguments starts
// those instead, as `docker compose exec` does. What processes of one machine cannot have as containers do is replaced:
//
//   - An address, HOST:PORT, without a host or with 0.0.0.0 is the container's own; any other is a service's, which has it for its
//     own. It becomes a free port of 127.0.0.1, the same wherever it stands. FOLDER/addresses says which, one in a line:
//     "nats-1:4222 127.0.0.1:40001".
//   - An absolute path leads to a volume of the container, and becomes the same path below FOLDER/NAME, or to a file of its image,
//     and becomes the same path below FOLDER/image, where the caller has put the file. The programs there are found first.
//   - A file that is mounted is nats-server's configuration. Its ports become addresses, and all of its addresses and paths are
//     replaced as above.
//
// An address or a path that is none of these is an error, so that what is new in the compose file is never run half. Containers'
// users, rights and limits are left out, since they take root and Linux: TestRunningCompose in deploy/check has them.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"pairmill/deploy/check/deployed"
)

func main() {
	scales := map[string]int{}
	flag.Func("scale", "`SERVICE=N` containers of a service, instead of as many as the file says", func(s string) error {
		name, count, _ := strings.Cut(s, "=")
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no number of containers", count)
		}
		scales[name] = n
		return nil
	})
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: processes [-scale SERVICE=N]… DEPLOY FOLDER")
		os.Exit(2)
	}
	if err := write(context.Background(), flag.Arg(0), flag.Arg(1), scales); err != nil {
		fmt.Fprintln(os.Stderr, "processes:", err)
		os.Exit(1)
	}
}

// plain are folders whose path means itself to a shell and to nats-server, without quotes: it comes to stand inside of texts.
var plain = regexp.MustCompile(`^[\p{L}\p{N}._/+@~-]+$`)

// write makes all that FOLDER is to have.
func write(ctx context.Context, deploy, folder string, scales map[string]int) error {
	deploy, err := filepath.Abs(deploy)
	if err != nil {
		return err
	}
	folder, err = filepath.Abs(folder)
	if err != nil {
		return err
	}
	if !plain.MatchString(folder) {
		return fmt.Errorf("the folder %q: a shell or nats-server would take this path for something else where it stands in a command or a configuration; use one of letters, digits and ._/+@~-", folder)
	}
	project, err := deployed.Compose(ctx, deploy, filepath.Join(deploy, ".env.example"))
	if err != nil {
		return err
	}
	stages, err := deployed.Images(filepath.Join(deploy, "Dockerfile"))
	if err != nil {
		return err
	}
	for name, n := range scales {
		s, there := project.Services[name]
		if !there {
			return fmt.Errorf("compose.yaml has no service %s to have %d of", name, n)
		}
		s.SetScale(n)
		project.Services[name] = s
	}
	m := &machine{folder: folder, services: project.Services,
		addresses: map[string]string{}, own: map[string]bool{}, volumes: map[string]string{}}
	defer m.release()
	if err := m.writeContainers(stages); err != nil {
		return err
	}
	return m.writeAddresses()
}
