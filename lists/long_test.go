//go:build long

package lists

// eventsUnderLoad is how many events pass at least while lists are reloaded.
const eventsUnderLoad = 1_000_000
