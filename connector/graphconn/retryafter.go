package graphconn

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// longest bounds Retry-After, so that it can be computed with. Nobody waits that long.
const longest = 1000 * time.Hour

// retryAfter reads Retry-After: seconds, a fraction of them, or a date. A date counts from the Date of the same answer, where
// there is one, because the clocks may differ. It returns 0 where the header is missing, is none of these, or is over.
func retryAfter(value, date string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if strings.Trim(value, "0123456789.") == "" {
		s, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0
		}
		return time.Duration(math.Ceil(min(s*1e9, float64(longest))))
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if from, err := http.ParseTime(date); err == nil {
		now = from
	}
	return min(max(at.Sub(now), 0), longest)
}
