// Package schema defines how the cells of asset and identity lists are read: the
// fields of a list, the canonical form of a value, the values that are ignored, and
// how a key is classified by its shape.
package schema
