package deployed

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// Compose loads the compose file of a folder against its schema, with the variables of an environment file.
func Compose(ctx context.Context, dir, env string) (*types.Project, error) {
	file := filepath.Join(dir, "compose.yaml")
	options, err := cli.NewProjectOptions([]string{file}, cli.WithWorkingDirectory(dir), cli.WithEnvFiles(env), cli.WithDotEnv,
		cli.WithInterpolation(true), cli.WithConsistency(true), cli.WithResolvedPaths(true))
	if err != nil {
		return nil, fmt.Errorf("options for %s: %w", file, err)
	}
	p, err := options.LoadProject(ctx)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", file, err)
	}
	return p, nil
}
