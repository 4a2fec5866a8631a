package s3

import (
	"context"
	"errors"
	"net/url"
	"os"
	"strings"

	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"
)

// chain finds credentials: those of the configuration, of the environment, of ~/.aws, of the machine's role.
func (c Config) chain() *credentials.Credentials {
	if c.AccessKey != "" {
		return credentials.NewStaticV4(c.AccessKey, string(c.SecretKey), string(c.SessionToken))
	}
	from := []credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{Profile: c.Profile}}
	if c.Profile != "" { // a profile that was asked for comes before what happens to be in the environment
		from[0], from[1] = from[1], from[0]
	}
	if c.hasRole() {
		from = append(from, &credentials.IAM{Region: c.Region})
	}
	return credentials.NewChainCredentials(from)
}

// hasRole tells whether to ask for the role of a machine or a container: the machine's is asked for at a link-local
// address that answers only inside Amazon's network, and costs seconds elsewhere.
func (c Config) hasRole() bool {
	for _, name := range []string{"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	u, err := url.Parse(c.Endpoint)
	return err == nil && s3utils.IsAmazonEndpoint(*u) && !strings.EqualFold(os.Getenv("AWS_EC2_METADATA_DISABLED"), "true")
}

var errNoCredentials = errors.New("no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws/credentials, or give the machine a role")

// writable refuses to write without credentials: an unsigned body has no sha256 that the server would check.
func (s *Store) writable(ctx context.Context) error {
	cc := s.client.CredContext()
	cc.Context = ctx
	v, err := s.creds.GetWithContext(cc)
	if err != nil {
		return err
	}
	if v.SignerType.IsAnonymous() {
		return errNoCredentials
	}
	return nil
}
