package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// parseGraph reads an ONNX ModelProto (onnx/onnx.proto3 in the onnx repository) as far as graph needs it. Weights are
// passed over, not copied.
func parseGraph(model []byte) (*graph, error) {
	if bytes.HasPrefix(model, []byte("version https://git-lfs")) {
		return nil, errors.New("file is a Git LFS pointer, not the model; fetch it with git lfs pull")
	}
	p := &graphParser{initializers: map[string]bool{}}
	if err := fields(model, p.model); err != nil {
		return nil, fmt.Errorf("not an ONNX model: %w", err)
	}
	if !p.seen {
		return nil, errors.New("not an ONNX model: it has no graph")
	}
	// Before IR version 4 weights were listed among the inputs too.
	p.g.inputs = slices.DeleteFunc(p.g.inputs, func(in port) bool { return p.initializers[in.name] })
	return &p.g, nil
}

// field is one field of a protobuf message: n holds varints and fixed-width numbers, b the bytes of the rest.
type field struct {
	num protowire.Number
	n   uint64
	b   []byte
}

// fields calls visit for each field of a message.
func fields(msg []byte, visit func(field) error) error {
	for len(msg) > 0 {
		num, kind, n := protowire.ConsumeTag(msg)
		if n < 0 {
			return protowire.ParseError(n)
		}
		msg = msg[n:]
		f := field{num: num}
		switch kind {
		case protowire.VarintType:
			f.n, n = protowire.ConsumeVarint(msg)
		case protowire.BytesType:
			f.b, n = protowire.ConsumeBytes(msg)
		default:
			n = protowire.ConsumeFieldValue(num, kind, msg)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		msg = msg[n:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

type graphParser struct {
	g            graph
	seen         bool
	initializers map[string]bool
}

func (p *graphParser) model(f field) error {
	switch f.num {
	case 2:
		p.g.producer = string(f.b)
	case 7:
		p.seen = true
		return fields(f.b, p.graph)
	case 8:
		return p.opset(f.b)
	}
	return nil
}

func (p *graphParser) opset(msg []byte) error {
	domain, version := "", int64(0)
	err := fields(msg, func(f field) error {
		switch f.num {
		case 1:
			domain = string(f.b)
		case 2:
			version = int64(f.n)
		}
		return nil
	})
	if domain == "" || domain == "ai.onnx" {
		p.g.opset = version
	}
	return err
}

func (p *graphParser) graph(f field) error {
	switch f.num {
	case 5:
		return p.initializer(f.b)
	case 11:
		return appendPort(&p.g.inputs, f.b)
	case 12:
		return appendPort(&p.g.outputs, f.b)
	}
	return nil
}

// maxParams is far above what one file can hold, and far below what overflows.
const maxParams = 1 << 50

// initializer counts the values of a TensorProto.
func (p *graphParser) initializer(msg []byte) error {
	count, name := int64(1), ""
	dim := func(d int64) error {
		if d < 0 || d > 0 && count > maxParams/d {
			return fmt.Errorf("weight has an impossible dimension %d", d)
		}
		count *= d
		return nil
	}
	err := fields(msg, func(f field) error {
		switch f.num {
		case 1: // packed or one by one
			if f.b == nil {
				return dim(int64(f.n))
			}
			return varints(f.b, dim)
		case 8:
			name = string(f.b)
		case 14:
			p.g.external = p.g.external || f.n == 1
		}
		return nil
	})
	p.initializers[name] = true
	if p.g.params += count; err == nil && p.g.params > maxParams {
		err = fmt.Errorf("weights have more than %d values", int64(maxParams))
	}
	return err
}

func varints(b []byte, visit func(int64) error) error {
	for len(b) > 0 {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		if err := visit(int64(v)); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// appendPort reads a ValueInfoProto: name, then type → tensor type → element type and shape.
func appendPort(ports *[]port, msg []byte) error {
	var p port
	shape := func(f field) error {
		if f.num != 1 {
			return nil
		}
		size, param := int64(dynamic), ""
		err := fields(f.b, func(f field) error {
			switch {
			case f.num == 1 && int64(f.n) > 0:
				size = int64(f.n)
			case f.num == 2:
				param = string(f.b)
			}
			return nil
		})
		p.dims, p.params = append(p.dims, size), append(p.params, param)
		return err
	}
	tensor := func(f field) error {
		switch f.num {
		case 1:
			p.elem = elemType(f.n)
		case 2:
			p.ranked = true
			return fields(f.b, shape)
		}
		return nil
	}
	kind := func(f field) error {
		if f.num == 1 {
			return fields(f.b, tensor)
		}
		return nil
	}
	err := fields(msg, func(f field) error {
		switch f.num {
		case 1:
			p.name = string(f.b)
		case 2:
			return fields(f.b, kind)
		}
		return nil
	})
	*ports = append(*ports, p)
	return err
}
