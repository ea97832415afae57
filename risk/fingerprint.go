package risk

// fingerprint identifies a modifier among those remembered: duplicates share
// it. It is the beginning of a SHA-256, so that nobody can hide a modifier
// behind another.
type fingerprint [16]byte
