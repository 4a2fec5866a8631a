package nats

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecurityRefuses(t *testing.T) {
	t.Parallel()
	seed := filepath.Join(t.TempDir(), "seed")
	if err := os.WriteFile(seed, []byte("SUPLANTEDSECRET"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, cfg := range map[string]Config{
		"want one of them":     {Credentials: "a.creds", NKey: "b.nk"},
		"want both or neither": {Cert: "cert.pem"},
		"no.nk":                {NKey: "no.nk"},
		seed:                   {NKey: seed},
	} {
		_, err := cfg.security()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
		if err != nil && strings.Contains(err.Error(), "PLANTED") {
			t.Errorf("the seed is in the message: %v", err)
		}
	}
	for want, cfg := range map[string]Config{"no-ca.pem": {CA: "no-ca.pem"}, "no-cert.pem": {Cert: "no-cert.pem", Key: "no-key.pem"}, "no.creds": {Credentials: "no.creds"}} {
		_, err := Open(t.Context(), Connect("nats://user:PLANTED@127.0.0.1:1"), cfg)
		if err == nil || strings.Contains(err.Error(), "PLANTED") || !strings.Contains(err.Error(), "(secret)@127.0.0.1:1") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestRedacted(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"nats://h:4222":                        "nats://h:4222",
		"nats://u:p@h:4222,tls://t0ken@i:4222": "nats://(secret)@h:4222,tls://(secret)@i:4222",
		"h:4222":                               "h:4222",
		"nats://u:p@ss@h":                      "nats://(secret)@h",
	} {
		if got := redacted(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
