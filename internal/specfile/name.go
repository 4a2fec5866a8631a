package specfile

import (
	"crypto/sha256"
	"fmt"

	"pairmill/schemas"
)

// RunName names the run of a spec by its name and its text, so that the same spec goes on with the same run.
func RunName(spec schemas.Spec, text []byte) string {
	sum := sha256.Sum256(text)
	return fmt.Sprintf("%s-%x", spec.Name, sum[:4])
}
