package jsonscan

import "strconv"

// Error reports where and why an event is malformed.
type Error struct {
	Offset int    // offset of the offending byte, or the length of the event if it ended too early
	Reason string // lower case, without the offset
}

// Error returns "offset N: reason".
func (e *Error) Error() string {
	return "offset " + strconv.Itoa(e.Offset) + ": " + e.Reason
}

func newError(offset int, reason string) error {
	return &Error{Offset: offset, Reason: reason}
}

// TooDeep is the reason of [ValueEnd] for a value that is nested too deep.
const TooDeep = "objects and arrays are nested too deep"

const (
	noObject     = "not a JSON object"
	tooLong      = "event of 2 GiB or more"
	openString   = "string is not closed"
	openBracket  = "object or array is not closed"
	wrongBracket = "bracket closes another kind of bracket"
	textAfter    = "text after the object"
	strayByte    = "unexpected character"
	noKey        = "colon without a key"
	noValue      = "not a JSON value"
)
