//go:build !linux

package huge

func advise([]byte) {}

func collapse([]byte) {}
