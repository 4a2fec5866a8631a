package sandbox

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"pairmill/imaging"
	"pairmill/schemas"
)

// request and answer stand before the bytes of a picture. A message is two lengths of four bytes, big-endian, the header as
// JSON, and the bytes.
type request struct {
	Config *imaging.Config `json:"config,omitempty"` // in the first message, which has no picture
	Blur   [][4]uint64     `json:"blur,omitempty"`   // boxes as the bits of their coordinates: JSON has no NaN
}

func bits(boxes []imaging.Box) (out [][4]uint64) {
	for _, b := range boxes {
		out = append(out, [4]uint64{math.Float64bits(b.X0), math.Float64bits(b.Y0), math.Float64bits(b.X1), math.Float64bits(b.Y1)})
	}
	return out
}

func boxes(bits [][4]uint64) (out []imaging.Box) {
	for _, b := range bits {
		out = append(out, imaging.Box{
			X0: math.Float64frombits(b[0]), Y0: math.Float64frombits(b[1]), X1: math.Float64frombits(b[2]), Y1: math.Float64frombits(b[3]),
		})
	}
	return out
}

type answer struct {
	Result imaging.Result `json:"result"` // without Data
	Reason schemas.Reason `json:"reason,omitempty"`
	Detail string         `json:"detail,omitempty"`
}

// messageLimit bounds what is believed of a length: pictures are bounded far below by their fetcher.
const messageLimit = 1 << 30

func send(w io.Writer, header any, data []byte) error {
	head, err := json.Marshal(header)
	if err != nil {
		return err
	}
	var lengths [8]byte
	binary.BigEndian.PutUint32(lengths[:4], uint32(len(head)))
	binary.BigEndian.PutUint32(lengths[4:], uint32(len(data)))
	for _, part := range [][]byte{lengths[:], head, data} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

func receive(r io.Reader, header any) (data []byte, err error) {
	var lengths [8]byte
	if _, err := io.ReadFull(r, lengths[:]); err != nil {
		return nil, err
	}
	n, m := binary.BigEndian.Uint32(lengths[:4]), binary.BigEndian.Uint32(lengths[4:])
	if n > messageLimit || m > messageLimit {
		return nil, fmt.Errorf("message of %d and %d bytes", n, m)
	}
	head, data := make([]byte, n), make([]byte, m)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(head, header); err != nil {
		return nil, err
	}
	_, err = io.ReadFull(r, data)
	return data, err
}
