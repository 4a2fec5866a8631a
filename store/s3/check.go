package s3

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pairmill/store"
)

// probe is where Check writes: below the prefix, at what is no key and is therefore never listed. It stays there.
const probe = ".pairmill-check"

// Check asks the server, before a run begins, for what the run will need: that the bucket is there, that the credentials
// may list and write, that the clocks agree, and that If-None-Match is heeded. Its errors say what to do. It tries each
// request a few times only: who starts a run waits for the answer.
func (s *Store) Check(ctx context.Context) error {
	hasty := *s
	hasty.cfg.Attempts = min(hasty.cfg.Attempts, 4)
	if err := hasty.checkRun(ctx); err != nil {
		if s.wantsTLS(ctx, err) {
			err = explained{fmt.Errorf("%w: the endpoint has TLS: write it with https://", err)}
		}
		return fmt.Errorf("check store s3://%s/%s at %s: %w", s.cfg.Bucket, s.cfg.Prefix, s.cfg.Endpoint, s.explain(err))
	}
	return nil
}

func (s *Store) checkRun(ctx context.Context) error {
	if err := s.writable(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, checkLimit, errSilent)
	defer cancel()
	err := s.asked(ctx)
	if err != nil && errors.Is(context.Cause(ctx), errSilent) {
		return fmt.Errorf("%w within %v", errSilent, checkLimit)
	}
	return err
}

// checkLimit is how long a server may take for the few small requests of a Check: far more than any takes that works, and less
// than the patience of who waits at a prompt.
const checkLimit = 10 * time.Second

// asked makes the requests of a Check.
func (s *Store) asked(ctx context.Context) error {
	if _, err := s.page(ctx, "", ""); err != nil {
		return err
	}
	for range 2 { // the first may create it
		err := s.do(ctx, func(ctx context.Context) error {
			body, err := newBody(ctx, store.Bytes([]byte("pairmill keeps objects here\n")))
			if err != nil {
				return err
			}
			defer body.stop()
			return s.send(ctx, s.cfg.Prefix+probe, body, true)
		})
		if code(err) == "PreconditionFailed" {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return errors.New("the server ignores If-None-Match and replaces objects that exist: a store cannot be kept on it")
}
