package event

// RoutesOf returns the routes of the text of a path.
func RoutesOf(text string) [][]Step { return routesOf(parsePath(text)) }
