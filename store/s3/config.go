package s3

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pairmill/store"
)

// Config says where the objects are and how patiently to ask for them. Bucket is the only field without a default.
type Config struct {
	Bucket string // the bucket; it must exist
	Prefix string // stands before every key; empty, or keys' parts that end in a slash. Default none

	Endpoint string // URL of the server, without a path; http:// sends without TLS. Default Amazon's, by region
	Region   string // default us-east-1, which servers other than Amazon's rarely look at
	Style    string // where the bucket's name goes: "path", "host", or empty: host at Amazon, path elsewhere
	CAFile   string // PEM file of certificates to trust besides the system's; default none

	// AccessKey and SecretKey sign requests. Both empty: AWS_* in the environment, then ~/.aws/credentials with Profile,
	// then the role of the machine, the container or the service account. None of these: objects are only read.
	AccessKey    string
	SecretKey    Secret
	SessionToken Secret // of temporary keys; default none
	Profile      string // in ~/.aws/credentials; default AWS_PROFILE, then "default"

	Attempts    int           // how often a request is tried, at least 1; then its error is returned. Default 12
	RetryWait   time.Duration // the pause before the second attempt; it doubles up to 100 times itself. Default 200 ms
	Stall       time.Duration // a connection on which no byte moves for so long is given up, and the request retried. Default 1 min
	Concurrency int           // how many requests run at a time; more wait. Streams being read do not count. Default 64

	wrap func(http.RoundTripper) http.RoundTripper // tests put faults here
	page int                                       // objects per page of a listing; tests make it small
}

func (c Config) withDefaults() Config {
	if c.Endpoint == "" {
		c.Endpoint = "https://s3.amazonaws.com"
	}
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	if c.Attempts == 0 {
		c.Attempts = 12 // with the pauses below: a server that refuses everything for a minute is outlasted
	}
	if c.RetryWait == 0 {
		c.RetryWait = 200 * time.Millisecond // a busy server is asked five times in its first 5 s, then every 20 s
	}
	if c.Stall == 0 {
		c.Stall = time.Minute // servers take many seconds to answer for a PUT of some GB; none takes this long
	}
	if c.Concurrency == 0 {
		c.Concurrency = 64 // fills a 10 Gbit/s line at the 20 MB/s or so that S3 gives one connection
	}
	if c.page == 0 {
		c.page = 1000 // S3 gives no more
	}
	return c
}

func (c Config) check() error {
	if err := checkBucket(c.Bucket); err != nil {
		return err
	}
	if c.Prefix != "" {
		if err := store.CheckKey(strings.TrimSuffix(c.Prefix, "/")); err != nil || !strings.HasSuffix(c.Prefix, "/") {
			return fmt.Errorf("prefix %q: want the parts of a key, each with a slash behind it", c.Prefix)
		}
	}
	if c.Style != "" && c.Style != "path" && c.Style != "host" {
		return fmt.Errorf("style %q: want path or host", c.Style)
	}
	if (c.AccessKey == "") != (c.SecretKey == "") {
		return errors.New("an access key without its secret key, or the other way round")
	}
	if c.Attempts < 1 || c.RetryWait < 0 || c.Stall < 0 || c.Concurrency < 1 {
		return errors.New("attempts, retry wait, stall and concurrency must be positive")
	}
	return nil
}

// checkBucket wants what every server takes; Amazon's rules have more (no two dots in a row, no address).
func checkBucket(name string) error {
	if name == "" {
		return errors.New("no bucket: want s3://<bucket>/<prefix>")
	}
	bad := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_')
	}
	if len(name) < 3 || len(name) > 63 || strings.ContainsFunc(name, bad) || strings.Contains(name, "..") || strings.ContainsAny(name[:1]+name[len(name)-1:], ".-_") {
		return fmt.Errorf("bucket %q: want 3 to 63 letters, digits, dots and dashes, with a letter or digit at both ends", name)
	}
	return nil
}

// endpoint splits the server's URL. Its errors do not repeat the URL, which may hold a password.
func (c Config) endpoint() (host string, secure bool, err error) {
	u, err := url.Parse(c.Endpoint)
	if err != nil {
		return "", false, errors.New("endpoint is no URL: want https://host or http://host:port")
	}
	switch {
	case u.User != nil:
		return "", false, errors.New("endpoint holds a user name: credentials belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return "", false, fmt.Errorf("endpoint %q: want https://host or http://host:port", c.Endpoint)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "", false, fmt.Errorf("endpoint %q: want nothing behind the host", c.Endpoint)
	}
	return u.Host, u.Scheme == "https", nil
}
