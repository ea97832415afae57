// Package stream runs events through stages: it cuts an input into blocks of
// whole units, hands the blocks to the stages, and commits and acknowledges the
// input that has passed all of them.
//
//	source → stage (parallel) → … → stage (ordered) → commit → acknowledge
//
// A [Source] fills a [Chunk] with units: lines ([Lines]), CSV records
// ([Records]), or what other goroutines put into an [Inbox]. It never waits for
// a full chunk: what has arrived is passed on, so that a slow input is processed
// line by line.
//
// [Run] bounds the blocks in flight, which bounds the memory and makes a slow
// stage slow down the source. A parallel [Stage] runs on several goroutines; an
// ordered one sees the blocks one after another, in the order of the input.
// When the context is done, Run stops reading, finishes the units it has taken,
// and returns.
package stream
