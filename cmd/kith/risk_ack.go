package main

import (
	"bytes"
	"errors"
	"os"
)

// openAcks opens the file of acknowledged commits for appending. It cuts off a last
// line that a full disk left incomplete, so that the next line is whole.
func openAcks(path string) (*os.File, error) {
	if err := cutLastLine(path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
}

// longestAck is more than a line of acknowledgement has.
const longestAck = 256

// cutLastLine cuts what follows the last line feed of a regular file that may be
// read.
func cutLastLine(path string) error {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil // opening it returns the error
	}
	f, err := os.Open(path)
	if err != nil {
		return nil // it is written only
	}
	end := make([]byte, min(info.Size(), longestAck))
	_, err = f.ReadAt(end, info.Size()-int64(len(end)))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	whole := bytes.LastIndexByte(end, '\n') + 1
	if whole == len(end) || whole == 0 && len(end) == longestAck {
		return nil // nothing is cut short, or it is no file of ours
	}
	return os.Truncate(path, info.Size()-int64(len(end)-whole))
}
