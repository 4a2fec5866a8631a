package onnx

import (
	"fmt"
	"slices"
	"strings"
)

// imagePorts are the tensors of an image tower.
type imagePorts struct{ pixels, out port }

// textPorts are the tensors of a text tower.
type textPorts struct {
	ids  port
	mask *port // nil when the graph has none
	out  port
}

func findImagePorts(g *graph) (imagePorts, error) {
	var p imagePorts
	if len(g.inputs) != 1 {
		return p, fmt.Errorf("image tower has %d inputs (%s), want one", len(g.inputs), list(g.inputs))
	}
	p.pixels = g.inputs[0]
	switch {
	case len(p.pixels.dims) != 4:
		return p, fmt.Errorf("image input %v does not have 4 dimensions", p.pixels)
	case p.pixels.elem != float32Type && p.pixels.elem != float16Type:
		return p, fmt.Errorf("image input %v is neither float32 nor float16", p.pixels)
	case p.pixels.dims[1] != 3 && p.pixels.dims[3] == 3:
		return p, fmt.Errorf("image input %v has channels last; only [batch,3,height,width] is supported", p.pixels)
	case p.pixels.dims[1] != 3 && p.pixels.dims[1] != dynamic:
		return p, fmt.Errorf("image input %v does not have 3 channels", p.pixels)
	case p.pixels.dims[2] != p.pixels.dims[3]:
		return p, fmt.Errorf("image input %v is not square", p.pixels)
	}
	var err error
	p.out, err = findOutput(g, "image_embeds")
	return p, err
}

func findTextPorts(g *graph) (textPorts, error) {
	var p textPorts
	for i, in := range g.inputs {
		isMask := strings.Contains(in.name, "mask")
		switch {
		case len(in.dims) != 2 || in.elem != int32Type && in.elem != int64Type:
			return p, fmt.Errorf("text input %v is not [batch,tokens] of int32 or int64", in)
		case isMask && p.mask == nil:
			p.mask = &g.inputs[i]
		case !isMask && p.ids.name == "":
			p.ids = in
		default:
			return p, fmt.Errorf("text input %v is one too many: token ids and a mask are known", in)
		}
	}
	if p.ids.name == "" {
		return p, fmt.Errorf("text tower has no input of token ids (%s)", list(g.inputs))
	}
	var err error
	p.out, err = findOutput(g, "text_embeds")
	return p, err
}

// outputNames are the names that exporters give to the pooled vector, best first.
var outputNames = []string{"embedding", "sentence_embedding", "output", pooled}

// pooled is the output before the projection in CLIP, and the vector itself in SigLIP.
const pooled = "pooler_output"

// findOutput picks the [batch,dim] output: by the preferred name, by a name in use, or because it is the only one.
func findOutput(g *graph, preferred string) (port, error) {
	var fit []port
	for _, out := range g.outputs {
		if len(out.dims) == 2 && (out.elem == float32Type || out.elem == float16Type) {
			fit = append(fit, out)
		}
	}
	for _, name := range append([]string{preferred}, outputNames...) {
		if i := slices.IndexFunc(fit, func(p port) bool { return p.name == name }); i >= 0 {
			return fit[i], nil
		}
	}
	if len(fit) == 1 {
		return fit[0], nil
	}
	return port{}, fmt.Errorf("none of the outputs (%s) is clearly %s: [batch,dim] of float32 or float16", list(g.outputs), preferred)
}

func list(ports []port) string { return strings.Join(names(ports), ", ") }

func names(ports []port) []string {
	s := make([]string, len(ports))
	for i, p := range ports {
		s[i] = p.String()
	}
	return s
}
