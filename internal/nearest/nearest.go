// Package nearest finds the known word that is nearest to a misspelt one.
package nearest

// Of returns the known word with the smallest edit distance to word. An edit inserts,
// deletes or replaces a letter, or exchanges two neighbours. On a tie, the earlier word
// in known wins. Of returns false if word is itself known, or if every known word differs
// in more than a third of its letters; one edit is always allowed.
func Of(word string, known []string) (string, bool) {
	best, least := "", 0
	for _, k := range known {
		if k == word {
			return "", false
		}
		d := distance([]rune(word), []rune(k))
		if d <= maxDistance(k) && (best == "" || d < least) {
			best, least = k, d
		}
	}
	return best, best != ""
}

func maxDistance(k string) int { return max(1, len([]rune(k))/3) }

// distance returns the optimal string alignment distance of a and b. It keeps only the last
// three rows of the usual dynamic programming table. The oldest row is needed for exchanged
// neighbours.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+substitutionCost(a[i], b[j]))
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

func substitutionCost(a, b rune) int {
	if a == b {
		return 0
	}
	return 1
}
