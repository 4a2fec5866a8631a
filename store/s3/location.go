package s3

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Parse reads a location, s3://bucket/prefix?endpoint=…&region=…&style=…&profile=…&ca=…, every query key optional, into
// a Config. What it does not say comes from the environment, by the names that Amazon's own tools use:
// AWS_ENDPOINT_URL_S3 before AWS_ENDPOINT_URL, AWS_REGION before AWS_DEFAULT_REGION, and AWS_CA_BUNDLE. Credentials
// cannot stand in a location: locations get into logs and process lists.
func Parse(location string, getenv func(string) string) (Config, error) {
	u, err := url.Parse(location)
	if err != nil { // the error would repeat the location, and with it what does not belong there
		return Config{}, errors.New("store location is no URL: want s3://bucket/prefix")
	}
	if u.User != nil {
		return Config{}, errors.New("store location holds a user name: credentials belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	if u.Scheme != "s3" || u.Opaque != "" || u.Fragment != "" {
		return Config{}, fmt.Errorf("store location %q: want s3://bucket/prefix", location)
	}
	c := Config{Bucket: u.Host, Prefix: prefixOf(u.Path)}
	if err := c.query(u.RawQuery); err != nil {
		return Config{}, err
	}
	c.environment(getenv)
	if err := c.withDefaults().check(); err != nil {
		return Config{}, fmt.Errorf("store location: %w", err)
	}
	if _, _, err := c.withDefaults().endpoint(); err != nil {
		return Config{}, err
	}
	return c, nil
}

func prefixOf(path string) string {
	if p := strings.Trim(path, "/"); p != "" {
		return p + "/"
	}
	return ""
}

func (c *Config) query(raw string) error {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return errors.New("store location: what follows the question mark is no query")
	}
	fields := map[string]*string{"endpoint": &c.Endpoint, "region": &c.Region, "style": &c.Style, "profile": &c.Profile, "ca": &c.CAFile}
	for name, all := range values {
		field, ok := fields[name]
		if !ok || len(all) > 1 {
			return fmt.Errorf("store location: %q in the query: want endpoint, region, style, profile or ca, each at most once", name)
		}
		*field = all[0]
	}
	return nil
}

func (c *Config) environment(getenv func(string) string) {
	for _, from := range []struct {
		field *string
		name  string
	}{
		{&c.Endpoint, "AWS_ENDPOINT_URL_S3"}, {&c.Endpoint, "AWS_ENDPOINT_URL"},
		{&c.Region, "AWS_REGION"}, {&c.Region, "AWS_DEFAULT_REGION"},
		{&c.CAFile, "AWS_CA_BUNDLE"},
	} {
		if *from.field == "" {
			*from.field = getenv(from.name)
		}
	}
}
