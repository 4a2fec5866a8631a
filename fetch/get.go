package fetch

import "context"

// Fetcher gets URLs. It is safe for concurrent use.
type Fetcher struct{ cfg Config }

// New checks cfg and returns a Fetcher, which must be closed.
func New(cfg Config) (*Fetcher, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	return &Fetcher{cfg: cfg}, nil
}

// Close stops what is in flight, waits for it, and closes idle connections.
func (f *Fetcher) Close() {}

// Get requests one URL: robots.txt first, then the Pacer, then the wire. Whatever goes wrong with the URL is a
// Reason in the Response; the error says that ctx ended or that the Fetcher is closed.
func (f *Fetcher) Get(ctx context.Context, r Request) (Response, error) { return Response{}, nil }

func gateReserve(c Config) int64 { return 0 }
