// Package nearest measures how far apart two words are, for telling what a wrong one was meant to be.
package nearest

// Distance is the number of bytes to insert, delete or replace to make b of a (Levenshtein's). It takes
// time in proportion to the product of the lengths, so bound what comes from a peer.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
