// Package stream runs events through stages: it cuts an input into blocks of whole
// units, passes the blocks through the stages, and commits and acknowledges the input
// that has passed all of them.
//
//	source → stage (parallel) → … → stage (ordered) → commit → acknowledge
//
// A [Source] fills a [Chunk] with units: lines ([Lines]), CSV records ([Records]), or
// lines that other goroutines put into an [Inbox]. It does not wait until a chunk is
// full but passes on the units that have arrived, so that a slow input is processed
// line by line.
//
// [Run] bounds the number of blocks in flight. That bounds the memory, and a slow stage
// slows down the source. A parallel [Stage] runs on several goroutines; an ordered one
// processes the blocks one after another, in the order of the input. When the context
// is done, Run stops reading, finishes the units it has read, and returns.
package stream
