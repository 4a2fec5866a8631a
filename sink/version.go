package sink

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// claim reserves a version's name for a generation of a run.
type claim struct {
	Version    int    `json:"v"`
	Run        string `json:"run"`
	Generation int    `json:"generation,omitempty"`
}

func datasetPrefix(name string) string { return "datasets/" + name + "/" }

// VersionPrefix is where a dataset's version stands.
func VersionPrefix(dataset, version string) string { return datasetPrefix(dataset) + version + "/" }

// Claim returns the version of a dataset that belongs to a generation of a run: the one it claimed before, else the next
// free one. Claims are created, never changed, so no two can get the same version.
func Claim(ctx context.Context, s store.Store, dataset, run string, generation int) (version string, err error) {
	mine := claim{Version: schemas.Version, Run: run, Generation: generation}
	for {
		version, found, err := latestClaim(ctx, s, dataset, mine)
		if found || err != nil {
			return version, err
		}
		blob, err := ledger.JSON(mine)
		if err != nil {
			return "", err
		}
		_, err = s.Put(ctx, claimKey(dataset, version), blob)
		if err == nil {
			return version, nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return "", fmt.Errorf("claim %s of dataset %s: %w", version, dataset, err)
		}
	}
}

func claimKey(dataset, version string) string {
	return datasetPrefix(dataset) + "claims/" + version + ".json"
}

// latestClaim returns the version of a claim that is there (found) or the first that nobody has claimed.
func latestClaim(ctx context.Context, s store.Store, dataset string, mine claim) (version string, found bool, err error) {
	n := 0
	for info, err := range s.List(ctx, datasetPrefix(dataset)+"claims/") {
		if err != nil {
			return "", false, err
		}
		var c claim
		if err := ledger.ReadJSON(ctx, s, info.Key, &c); err != nil {
			return "", false, err
		}
		name := strings.TrimSuffix(path.Base(info.Key), ".json")
		if c.Run == mine.Run && c.Generation == mine.Generation {
			return name, true, nil
		}
		var v int
		if _, err := fmt.Sscanf(name, "v%d", &v); err != nil {
			return "", false, fmt.Errorf("%s names no version: %w", info.Key, err)
		}
		n = max(n, v)
	}
	return fmt.Sprintf("v%04d", n+1), false, nil
}
