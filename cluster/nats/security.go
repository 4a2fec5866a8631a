package nats

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// security is how the connection shows who we are and whom it believes. Every file is looked at before the first
// connection, so that an error names the file and what is wrong with it; what it holds is in no message. Files of
// credentials are read again at each reconnection, so they may be renewed in their places.
func (c Config) security() (options []natsio.Option, err error) {
	if c.Credentials != "" && c.NKey != "" {
		return nil, fmt.Errorf("credentials %s and nkey seed %s: want one of them", c.Credentials, c.NKey)
	}
	if (c.Cert == "") != (c.Key == "") {
		return nil, fmt.Errorf("certificate %q and key %q: want both or neither", c.Cert, c.Key)
	}
	if c.Credentials != "" {
		if err := checkCredentials(c.Credentials); err != nil {
			return nil, fmt.Errorf("credentials %s: %w", c.Credentials, err)
		}
		options = append(options, natsio.UserCredentials(c.Credentials))
	}
	if c.NKey != "" {
		o, err := nkey(c.NKey)
		if err != nil {
			return nil, fmt.Errorf("nkey seed %s: %w", c.NKey, err)
		}
		options = append(options, o)
	}
	if c.CA != "" {
		if err := checkCA(c.CA); err != nil {
			return nil, fmt.Errorf("certificates to trust %s: %w", c.CA, err)
		}
		options = append(options, natsio.RootCAs(c.CA))
	}
	if c.Cert != "" {
		if err := checkCertificate(c.Cert, c.Key); err != nil {
			return nil, fmt.Errorf("certificate %s with key %s: %w", c.Cert, c.Key, err)
		}
		options = append(options, natsio.ClientCert(c.Cert, c.Key))
	}
	return options, nil
}

// checkCredentials looks at a .creds file: a user's JWT, and the seed that signs for it.
func checkCredentials(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return bare(err)
	}
	token, err := nkeys.ParseDecoratedJWT(text)
	parts := strings.Split(token, ".")
	if err != nil || len(parts) != 3 {
		return errors.New("the file holds no user JWT")
	}
	var claims struct {
		Expires int64  `json:"exp"`
		Subject string `json:"sub"`
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(body, &claims) != nil {
		return errors.New("the JWT in the file cannot be read")
	}
	if end := time.Unix(claims.Expires, 0); claims.Expires > 0 && time.Now().After(end) {
		return fmt.Errorf("the user's JWT has expired at %s: renew the file", end.UTC().Format(time.RFC3339))
	}
	public, err := userOf(text)
	if err == nil && public != claims.Subject {
		err = fmt.Errorf("the seed in the file is that of user %s, and the JWT is of %s", public, claims.Subject)
	}
	return err
}

func nkey(file string) (natsio.Option, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, bare(err)
	}
	if _, err := userOf(text); err != nil {
		return nil, err
	}
	return natsio.NkeyOptionFromSeed(file)
}

// userOf returns the public key that belongs to a user's seed.
func userOf(text []byte) (string, error) {
	pair, err := nkeys.ParseDecoratedNKey(text)
	if err != nil {
		return "", errors.New("the file holds no NKey seed of a user, a line that begins with SU")
	}
	defer pair.Wipe()
	public, err := pair.PublicKey()
	if err != nil || !nkeys.IsValidPublicUserKey(public) {
		return "", errors.New("the seed in the file is not a user's: want one that begins with SU")
	}
	return public, nil
}

func checkCA(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return bare(err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(text) {
		return errors.New("the file holds no certificate in PEM")
	}
	return nil
}

func checkCertificate(cert, key string) error {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return err
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return err
	}
	if now := time.Now(); now.After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
		return fmt.Errorf("the certificate is valid from %s to %s", leaf.NotBefore.UTC().Format(time.RFC3339), leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	return nil
}

// bare is an error of a file without the file's name, which the caller says.
func bare(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// refusal explains why a server did not take the connection, where what it said is short.
func (c Config) refusal(err error) error {
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.Is(err, natsio.ErrAuthorization), errors.Is(err, natsio.ErrAuthExpired), errors.Is(err, natsio.ErrAuthRevoked),
		errors.Is(err, natsio.ErrAccountAuthExpired):
		return fmt.Errorf("the server does not take %s: %w", c.who(), err)
	case errors.As(err, &unknown) && c.CA == "":
		return fmt.Errorf("the server's certificate is signed by nobody whom this machine trusts; name its CA: %w", err)
	case errors.As(err, &unknown):
		return fmt.Errorf("the server's certificate is signed by none of %s: %w", c.CA, err)
	case errors.Is(err, natsio.ErrSecureConnWanted):
		return fmt.Errorf("the server speaks no TLS, which a CA, a certificate or tls:// ask for: %w", err)
	case certificateRefused(err):
		if c.Cert == "" {
			return fmt.Errorf("the server wants a certificate of its clients (mutual TLS), and none is set: %w", err)
		}
		return fmt.Errorf("the server does not take certificate %s: %w", c.Cert, err)
	}
	return err
}

// certificateRefused tells whether the server ended the handshake for want of a certificate that it believes. What of it
// arrives before the connection is closed is the network's business, so there are several ways to hear of it.
func certificateRefused(err error) bool {
	for _, words := range []string{"certificate required", "bad certificate", "unknown certificate", "closed by remote after TLS handshake"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// who is how we have shown who we are.
func (c Config) who() string {
	switch {
	case c.Credentials != "":
		return "credentials " + c.Credentials
	case c.NKey != "":
		if text, err := os.ReadFile(c.NKey); err == nil {
			if public, err := userOf(text); err == nil {
				return "nkey " + public + ", whose seed is in " + c.NKey
			}
		}
		return "nkey seed " + c.NKey
	case c.Cert != "":
		return "certificate " + c.Cert + ", and there are no credentials and no nkey"
	}
	return "a client without credentials, nkey or certificate"
}
