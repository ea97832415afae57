package event

// RoutesOf returns the routes of the text of a path.
func RoutesOf(text string) [][]Step { return routesOf(parsePath(text)) }

// TestsForEnvelope reports whether e has ever scanned an object a second time, to find out
// whether it is an envelope.
func TestsForEnvelope(e *JSON) bool { return e.envelope != nil }
