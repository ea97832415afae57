package merge_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/sections"
)

func saveSample(t testing.TB) (e *entity.Entities, buf []byte) {
	r := mustMerge(t, entity.Asset,
		listSource("a", "ip,nt_host,owner,cim_entity_zone\n10.0.0.1|10.1.0.0/16,alpha,alice,\n10.0.0.2,beta,bob,emea\n"),
		listSource("b", "nt_host,owner,os,category\nALPHA,carol,linux,a|cardholder\n"))
	var w sections.Writer
	require.NoError(t, entities.Of(r.Entities).Put(&w, "assets"))
	var b bytes.Buffer
	_, err := w.WriteTo(&b)
	require.NoError(t, err)
	return r.Entities, b.Bytes()
}

func TestSavedEntitiesAreReadBack(t *testing.T) {
	e, buf := saveSample(t)
	r, err := sections.Open(buf)
	require.NoError(t, err)
	got := new(entity.Entities)
	require.NoError(t, entities.Of(got).Open(r, "assets"))
	assert.Equal(t, entitiesText(e), entitiesText(got))
	assert.Equal(t, rowsText(e), rowsText(got))
	assert.Equal(t, valuesText(e), valuesText(got))
	first, found := entities.Of(got).Texts.Find("alpha")
	assert.True(t, found)
	assert.Equal(t, first, entities.Of(got).Texts.Intern("alpha"), "texts can be added and found")
	require.ErrorIs(t, new(entities.Store).Open(r, "identities"), sections.ErrFormat)
}

// Sections whose checksums are correct but whose contents are damaged are rejected, or can
// be read from end to end.
func TestDamagedSectionsAreRejectedOrReadable(t *testing.T) {
	_, buf := saveSample(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		r, err := sections.Open(buf)
		require.NoError(t, err)
		var w sections.Writer
		names := []string{"shape", "arena", "ends", "cells", "list", "ids", "records", "keys", "of", "rows"}
		damaged := names[rnd.IntN(len(names))]
		for _, name := range names {
			b, err := sections.Get[uint8](r, "assets/"+name)
			require.NoError(t, err)
			b = bytes.Clone(b)
			if name == damaged && len(b) > 0 {
				switch rnd.IntN(3) {
				case 0:
					b = b[:rnd.IntN(len(b))]
				case 1:
					b[rnd.IntN(len(b))] ^= 1 << rnd.IntN(8)
				case 2:
					i := rnd.IntN(len(b))
					b = append(b[:i:i], append([]byte{0xff, 0xff, 0xff, 0xff}, b[i:]...)...)
				}
			}
			sections.Put(&w, "assets/"+name, b)
		}
		var out bytes.Buffer
		_, err = w.WriteTo(&out)
		require.NoError(t, err)
		readEverything(t, out.Bytes())
	}
}

func readEverything(t testing.TB, buf []byte) {
	r, err := sections.Open(buf)
	require.NoError(t, err)
	e := new(entity.Entities)
	if err := entities.Of(e).Open(r, "assets"); err != nil {
		return
	}
	_, _, _ = entitiesText(e), rowsText(e), valuesText(e)
	for record := range e.Len() {
		_ = entities.Of(e).Zone(record)
	}
}

func pid() string { return strconv.Itoa(os.Getpid()) }
