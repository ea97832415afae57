package main

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/entity"
)

func TestTellLosses(t *testing.T) {
	var losses []*entity.RowError
	for range 3 {
		losses = append(losses, &entity.RowError{Path: "a.csv", Line: 2, Column: 1, Field: "ip", Loss: entity.LostValue, Reason: "bad address", Err: errors.New("bad \x1b[1m")})
	}
	losses = append(losses, &entity.RowError{Path: "a.csv", Line: 3, Loss: entity.LostRow, Reason: "no key", Err: errors.New("no usable key")})
	var b bytes.Buffer
	tellLosses(&b, losses)
	assert.Equal(t, `kith: a.csv:2:1: ip: bad \x1b[1m
kith: a.csv:2:1: ip: bad \x1b[1m
kith: a.csv:2:1: ip: bad \x1b[1m
kith: a.csv:3: no usable key
kith: lost in the lists: 3 values (bad address), 1 row (no key) (kith check shows all)
`, b.String())

	b.Reset()
	tellLosses(&b, append(losses, losses...))
	assert.Equal(t, fewLosses+1, bytes.Count(b.Bytes(), []byte("\n")), "the first few and a count")
	b.Reset()
	tellLosses(&b, nil)
	assert.Empty(t, b.String())

	assert.NoError(t, strictLoss(true, nil))
	assert.NoError(t, strictLoss(false, losses))
	assert.Equal(t, exitLoss, exitCode(strictLoss(true, losses)))
}
