package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDidYouMean(t *testing.T) {
	known := []string{"ip", "os", "owner", "priority"}
	for _, test := range []struct{ word, want string }{
		{"OS", ` (did you mean "os"?)`},
		{"Ip", ` (did you mean "ip"?)`},
		{"PRIORITY", ` (did you mean "priority"?)`},
		{"ownr", ` (did you mean "owner"?)`},
		{"os", ""},
		{"serial", ""},
	} {
		assert.Equal(t, test.want, didYouMean(test.word, known), "didYouMean(%q)", test.word)
	}
}
