package specfile

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"pairmill/schemas"
)

// RunName names the run of a spec by its name, its text and the run that it is since, if any, so that the same spec goes on with
// the same run.
func RunName(spec schemas.Spec, text []byte, since string) string {
	if since != "" {
		text = slices.Concat(text, []byte("\x00since "+since))
	}
	sum := sha256.Sum256(text)
	return fmt.Sprintf("%s-%x", spec.Name, sum[:4])
}
