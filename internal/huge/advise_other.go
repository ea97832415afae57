//go:build !linux

package huge

func advise(b []byte) { whole(b) }
