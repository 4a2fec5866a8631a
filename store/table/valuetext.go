package table

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"pairmill/internal/float16"
	"pairmill/schemas"
)

// texts is a type whose values are read as strings.
func texts(text func(parquet.Value) string) valueType {
	return valueType{schemas.ColumnString, func(v parquet.Value) any { return text(v) }}
}

var (
	unsigned32 = valueType{schemas.ColumnInt64, func(v parquet.Value) any { return int64(uint32(v.Int32())) }}
	unsigned64 = texts(func(v parquet.Value) string { return strconv.FormatUint(uint64(v.Int64()), 10) })
	halfFloat  = valueType{schemas.ColumnFloat, func(v parquet.Value) any {
		b := v.ByteArray()
		return float16.To32(uint16(b[0]) | uint16(b[1])<<8)
	}}
)

// whole is the number that a value of a temporal type holds.
func whole(v parquet.Value) int64 {
	if v.Kind() == parquet.Int32 {
		return int64(v.Int32())
	}
	return v.Int64()
}

// unitOf is a unit in nanoseconds; 0 = unknown.
func unitOf(u format.TimeUnit) int64 {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return 1e6
	case *format.MicroSeconds:
		return 1e3
	case *format.NanoSeconds:
		return 1
	}
	return 0
}

func dateText(v parquet.Value) string {
	return time.Unix(0, 0).UTC().AddDate(0, 0, int(v.Int32())).Format(time.DateOnly)
}

// fraction is the layout of a unit's part of a second.
func fraction(unit int64) string {
	return map[int64]string{1e6: ".000", 1e3: ".000000", 1: ".000000000"}[unit]
}

func instant(n, unit int64) time.Time {
	perSecond := int64(time.Second) / unit
	seconds, rest := n/perSecond, n%perSecond
	return time.Unix(seconds, rest*unit).UTC()
}

func clockText(unit int64) func(parquet.Value) string {
	layout := time.TimeOnly + fraction(unit)
	return func(v parquet.Value) string { return instant(whole(v), unit).Format(layout) }
}

func timeText(unit int64, utc bool) func(parquet.Value) string {
	layout := "2006-01-02T15:04:05" + fraction(unit)
	if utc {
		layout += "Z"
	}
	return func(v parquet.Value) string { return instant(whole(v), unit).Format(layout) }
}

// int96Time reads the timestamps of old writers: nanoseconds of the day, then the Julian day.
func int96Time(v parquet.Value) string {
	const epoch = 2_440_588 // 1970-01-01
	n := v.Int96()
	nanos := int64(n[0]) | int64(n[1])<<32
	day := int64(int32(n[2])) - epoch
	return time.Unix(day*86_400, 0).Add(time.Duration(nanos)).UTC().Format("2006-01-02T15:04:05.000000000")
}

// decimalText writes an unscaled number, big-endian two's complement where it stands as bytes, with its point.
func decimalText(scale int32) func(parquet.Value) string {
	const most = 1_000 // digits behind the point; no writer has more than 76
	places := int(min(max(scale, 0), most))
	return func(v parquet.Value) string {
		n := new(big.Int)
		switch v.Kind() {
		case parquet.Int32, parquet.Int64:
			n.SetInt64(whole(v))
		default:
			b := v.ByteArray()
			if n.SetBytes(b); len(b) > 0 && b[0]&0x80 != 0 {
				n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
			}
		}
		digits := new(big.Int).Abs(n).String()
		if short := places + 1 - len(digits); short > 0 {
			digits = strings.Repeat("0", short) + digits
		}
		if places > 0 {
			digits = digits[:len(digits)-places] + "." + digits[len(digits)-places:]
		}
		if n.Sign() < 0 {
			digits = "-" + digits
		}
		return digits
	}
}

func uuidText(v parquet.Value) string {
	b := v.ByteArray()
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
