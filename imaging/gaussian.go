package imaging

import "math"

// directSigma is the widest Gaussian that is summed tap by tap. A wider one is run on a smaller plane, so that the cost
// per pixel is bounded: at a sigma of 12 and more the plane holds nothing that halving it would lose.
const directSigma = 24

// gaussian returns the plane blurred, with borders mirrored without repeating the outermost sample (OpenCV's default),
// and the kernel cut at four sigma.
func (p *floats) gaussian(sigma float64) *floats {
	f := int(math.Ceil(sigma / directSigma))
	if f <= 1 {
		return p.convolve(gaussianKernel(sigma))
	}
	w, h := (p.r.Dx()+f-1)/f, (p.r.Dy()+f-1)/f
	// Averaging and interpolating blur too: f²/12 for each box, and f²/6 for the triangle.
	own := float64(f*f) * (1.0/12 + 1.0/6)
	small := p.scaled(w, h).convolve(gaussianKernel(math.Sqrt(sigma*sigma-own) / float64(f)))
	out := small.scaled(p.r.Dx(), p.r.Dy())
	out.r = p.r
	return out
}

// gaussianKernel is one half of the kernel, from its middle outwards.
func gaussianKernel(sigma float64) []float32 {
	half := make([]float64, int(math.Ceil(4*sigma))+1)
	var sum float64
	for i := range half {
		half[i] = math.Exp(-float64(i*i) / (2 * sigma * sigma))
		sum += half[i]
		if i > 0 {
			sum += half[i]
		}
	}
	out := make([]float32, len(half))
	for i, v := range half {
		out[i] = float32(v / sum)
	}
	return out
}

func (p *floats) convolve(half []float32) *floats {
	w, h := p.r.Dx(), p.r.Dy()
	across, out := newFloats(p.r, p.n), newFloats(p.r, p.n)
	line := make([]float32, (w+2*len(half))*p.n)
	for y := range h {
		src := p.pix[y*w*p.n:][:w*p.n]
		for x := range w + 2*len(half) {
			copy(line[x*p.n:][:p.n], src[mirror(x-len(half), w)*p.n:])
		}
		dst := across.pix[y*w*p.n:][:w*p.n]
		at := len(half) * p.n
		for k, v := range half {
			addPair(dst, line[at-k*p.n:], line[at+k*p.n:], v, k == 0)
		}
	}
	for y := range h {
		dst := out.pix[y*w*p.n:][:w*p.n]
		for k, v := range half {
			addPair(dst, across.pix[mirror(y-k, h)*w*p.n:], across.pix[mirror(y+k, h)*w*p.n:], v, k == 0)
		}
	}
	return out
}

// addPair adds two lines that lie equally far from the middle, or the middle itself, once.
func addPair(dst, a, b []float32, weight float32, middle bool) {
	a, b = a[:len(dst)], b[:len(dst)]
	if middle {
		for i := range dst {
			dst[i] += a[i] * weight
		}
		return
	}
	for i := range dst {
		dst[i] += (a[i] + b[i]) * weight
	}
}

// mirror brings an index outside 0..n−1 back in: … 2 1 0 1 2 … n−2 n−1 n−2 ….
func mirror(i, n int) int {
	if n == 1 {
		return 0
	}
	i %= 2 * (n - 1)
	if i < 0 {
		i += 2 * (n - 1)
	}
	return min(i, 2*(n-1)-i)
}
