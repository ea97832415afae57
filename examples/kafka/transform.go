package main

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kithsec/kith/enrich"
)

// transform moves events from the topics that client consumes to the topic
// out until ctx is done, which is no error. A poll's events are produced, then
// their offsets are committed; the client must not commit by itself.
func transform(ctx context.Context, client *kgo.Client, enricher *enrich.Enricher, out string) error {
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		if err := deliverRecords(ctx, client, enrichRecords(enricher, fetches, out)); err != nil {
			return err
		}
		client.AllowRebalance()
	}
}

// deliverRecords produces the records and commits what was polled. What is under way
// when ctx ends is finished: the events would only come again.
func deliverRecords(ctx context.Context, client *kgo.Client, records []*kgo.Record) error {
	ctx = context.WithoutCancel(ctx)
	if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return err
	}
	return client.CommitUncommittedOffsets(ctx)
}

// enrichRecords returns what becomes of the fetched events, in their order. One
// buffer holds the values of all.
func enrichRecords(enricher *enrich.Enricher, fetches kgo.Fetches, topic string) []*kgo.Record {
	records := make([]*kgo.Record, 0, fetches.NumRecords())
	var buffer []byte
	fetches.EachRecord(func(r *kgo.Record) {
		made := &kgo.Record{Topic: topic, Key: r.Key, Headers: r.Headers, Timestamp: r.Timestamp}
		var err error
		begin := len(buffer)
		buffer, _, err = enricher.AppendJSON(buffer, r.Value)
		made.Value = buffer[begin:len(buffer):len(buffer)]
		if err != nil {
			made.Headers = append(made.Headers[:len(made.Headers):len(made.Headers)], kgo.RecordHeader{Key: "kith.error", Value: []byte(errorReason(err))})
		}
		records = append(records, made)
	})
	return records
}

// errorReason is why an event is bad, without the line that Kafka does not have.
func errorReason(err error) string {
	var bad *enrich.BadEvent
	if errors.As(err, &bad) {
		err = bad.Err
	}
	return err.Error()
}
