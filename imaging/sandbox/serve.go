package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"pairmill/imaging"
	"pairmill/schemas"
)

// Serve is a child's life: it processes pictures from in to out until in ends.
func Serve(in io.Reader, out io.Writer) error {
	r, w := bufio.NewReader(in), bufio.NewWriter(out)
	var first request
	if _, err := receive(r, &first); err != nil || first.Config == nil {
		return fmt.Errorf("sandbox: first message holds no configuration: %w", errors.Join(err, io.ErrUnexpectedEOF))
	}
	p, err := imaging.New(*first.Config)
	if err != nil {
		return err
	}
	for {
		var q request
		data, err := receive(r, &q)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
		a, picture := process(p, data, boxes(q.Blur))
		if err := send(w, a, picture); err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
	}
}

func process(p *imaging.Processor, data []byte, blur []imaging.Box) (answer, []byte) {
	result, err := p.Process(data, blur...)
	picture := result.Data
	result.Data = nil
	a := answer{Result: result}
	var refused *imaging.Error
	switch {
	case errors.As(err, &refused):
		a.Reason, a.Detail = refused.Reason, refused.Detail
	case err != nil:
		a.Reason, a.Detail = schemas.ImageCorrupt, err.Error()
	}
	return a, picture
}
