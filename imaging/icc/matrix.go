package icc

// fromXYZ takes XYZ under D50 to linear sRGB: the inverse of the primaries of ITU-R BT.709, adapted from D65 by Bradford's
// method as in the profile that the ICC publishes for sRGB.
func fromXYZ() [3][3]float64 {
	return inverse([3][3]float64{
		{0.436065674, 0.385147095, 0.143066406},
		{0.222488403, 0.716873169, 0.060607910},
		{0.013916016, 0.097076416, 0.714096069},
	})
}

func multiply(a, b [3][3]float64) (m [3][3]float64) {
	for row := range 3 {
		for col := range 3 {
			for i := range 3 {
				m[row][col] += a[row][i] * b[i][col]
			}
		}
	}
	return m
}

// inverse is the adjugate over the determinant.
func inverse(m [3][3]float64) (out [3][3]float64) {
	minor := func(row, col int) float64 {
		a, b, c, d := (row+1)%3, (row+2)%3, (col+1)%3, (col+2)%3
		return m[a][c]*m[b][d] - m[a][d]*m[b][c]
	}
	det := m[0][0]*minor(0, 0) + m[0][1]*minor(0, 1) + m[0][2]*minor(0, 2)
	for row := range 3 {
		for col := range 3 {
			out[col][row] = minor(row, col) / det
		}
	}
	return out
}
