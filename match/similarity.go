package match

// Jaro returns how similar two texts are, from 0 to 1, by the letters that they have in common, not far from the same place, and those of them that are in
// another order (Jaro, "Advances in record-linkage methodology", 1989). Two empty texts have nothing in common.
func Jaro(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	window := max(0, max(len(x), len(y))/2-1)
	used := make([]bool, len(y))
	var common []rune
	for i, r := range x {
		for k := max(0, i-window); k < min(len(y), i+window+1); k++ {
			if !used[k] && y[k] == r {
				used[k] = true
				common = append(common, r)
				break
			}
		}
	}
	if len(common) == 0 {
		return 0
	}
	swapped, at := 0, 0
	for k, u := range used {
		if u {
			if y[k] != common[at] {
				swapped++
			}
			at++
		}
	}
	m := float64(len(common))
	return (m/float64(len(x)) + m/float64(len(y)) + (m-float64(swapped/2))/m) / 3
}

// Parameters of Winkler's that are in use everywhere.
const (
	winklerPrefix = 4   // letters
	winklerScale  = 0.1 // for each of them
	winklerFloor  = 0.7 // below it the beginning does not count
)

// JaroWinkler is [Jaro] with more for an equal beginning of up to four letters, because people err less there (Winkler, "String comparator metrics
// and enhanced decision rules in the Fellegi-Sunter model of record linkage", 1990).
func JaroWinkler(a, b string) float64 {
	j := Jaro(a, b)
	if j <= winklerFloor {
		return j
	}
	x, y := []rune(a), []rune(b)
	n := 0
	for n < min(winklerPrefix, len(x), len(y)) && x[n] == y[n] {
		n++
	}
	return j + float64(n)*winklerScale*(1-j)
}

// Damerau returns how many letters have to be inserted, deleted, replaced, or exchanged with their neighbour to make b of a, where what was
// exchanged may be changed again (Damerau, "A technique for computer detection and correction of spelling errors", 1964; Lowrance and
// Wagner, "An extension of the string-to-string correction problem", 1975). It takes time and memory in proportion to the product of the lengths.
func Damerau(a, b string) int {
	x, y := []rune(a), []rune(b)
	far := len(x) + len(y)
	width := len(y) + 2
	d := make([]int, (len(x)+2)*width)
	at := func(i, k int) *int { return &d[(i+1)*width+k+1] }
	*at(-1, -1) = far
	for i := 0; i <= len(x); i++ {
		*at(i, -1), *at(i, 0) = far, i
	}
	for k := 0; k <= len(y); k++ {
		*at(-1, k), *at(0, k) = far, k
	}
	row := make(map[rune]int) // where each letter of x was last
	for i := 1; i <= len(x); i++ {
		column := 0 // where x[i-1] was last in y
		for k := 1; k <= len(y); k++ {
			r, c := row[y[k-1]], column
			cost := 1
			if x[i-1] == y[k-1] {
				cost, column = 0, k
			}
			*at(i, k) = min(*at(i-1, k-1)+cost, *at(i, k-1)+1, *at(i-1, k)+1, *at(r-1, c-1)+(i-r-1)+1+(k-c-1))
		}
		row[x[i-1]] = i
	}
	return *at(len(x), len(y))
}
