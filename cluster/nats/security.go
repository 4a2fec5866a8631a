package nats

import (
	"fmt"

	natsio "github.com/nats-io/nats.go"
)

// security is how the connection shows who we are and whom it believes. What a file holds is in no message.
func (c Config) security() ([]natsio.Option, error) {
	var options []natsio.Option
	if c.Credentials != "" && c.NKey != "" {
		return nil, fmt.Errorf("credentials %s and nkey seed %s: want one of them", c.Credentials, c.NKey)
	}
	if c.Credentials != "" {
		options = append(options, natsio.UserCredentials(c.Credentials))
	}
	if c.NKey != "" {
		o, err := natsio.NkeyOptionFromSeed(c.NKey)
		if err != nil {
			return nil, fmt.Errorf("nkey seed %s: %w", c.NKey, err)
		}
		options = append(options, o)
	}
	if c.CA != "" {
		options = append(options, natsio.RootCAs(c.CA))
	}
	if (c.Cert == "") != (c.Key == "") {
		return nil, fmt.Errorf("certificate %q and key %q: want both or neither", c.Cert, c.Key)
	}
	if c.Cert != "" {
		options = append(options, natsio.ClientCert(c.Cert, c.Key))
	}
	return options, nil
}
