package main

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kithsec/kith/enrich"
)

// transform enriches events from the topics that client consumes and produces them to
// the topic out, until ctx is done, which is not an error. After each poll it produces
// the events and then commits their offsets. The client must not commit automatically.
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

// deliverRecords produces the records and commits the polled offsets. It ignores the end
// of ctx, because events whose offsets are not committed would be delivered again.
func deliverRecords(ctx context.Context, client *kgo.Client, records []*kgo.Record) error {
	ctx = context.WithoutCancel(ctx)
	if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return err
	}
	return client.CommitUncommittedOffsets(ctx)
}

// enrichRecords returns the enriched events in the order in which they were fetched. Their
// values share one buffer.
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

// errorReason returns why an event is invalid, without a line number, which has no meaning
// in Kafka.
func errorReason(err error) string {
	var bad *enrich.BadEvent
	if errors.As(err, &bad) {
		err = bad.Err
	}
	return err.Error()
}
