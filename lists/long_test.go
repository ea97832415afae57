//go:build long

package lists

// eventsUnderLoad is the least number of events that pass while lists are reloaded.
const eventsUnderLoad = 1_000_000
