package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kithsec/kith/enrich"
)

const acme = "../../testdata/acme/"

// startCluster starts brokers in this process and returns their addresses.
func startCluster(t *testing.T) []string {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "events", "enriched"))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c.ListenAddrs()
}

func newClient(t *testing.T, brokers []string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(brokers...))...)
	require.NoError(t, err)
	t.Cleanup(c.CloseAllowingRebalance)
	return c
}

// consume returns the next n records of the topic enriched.
func consume(t *testing.T, brokers []string, n int) []*kgo.Record {
	t.Helper()
	c := newClient(t, brokers, kgo.ConsumeTopics("enriched"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var got []*kgo.Record
	for len(got) < n {
		fetches := c.PollFetches(ctx)
		require.NoError(t, fetches.Err(), "after %d of %d records", len(got), n)
		got = append(got, fetches.Records()...)
	}
	return got
}

// startEnriching enriches the topic until the returned function is called.
func startEnriching(t *testing.T, brokers []string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- enrichTopic(ctx, options{
			brokers: brokers[0], in: "events", out: "enriched", group: "kith",
			assets: acme + "assets.csv", identities: acme + "identities.csv",
		})
	}()
	return func() {
		cancel()
		require.NoError(t, <-done)
	}
}

// TestTopicIsEnrichedLikeFileAcrossRestart compares the enriched topic with the output of
// Enricher.Stream for the same events.
func TestTopicIsEnrichedLikeFileAcrossRestart(t *testing.T) {
	text, err := os.ReadFile(acme + "events/cim.ndjson")
	require.NoError(t, err)
	events := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	enricher, err := newEnricher(acme+"assets.csv", acme+"identities.csv")
	require.NoError(t, err)
	var want bytes.Buffer
	_, err = enricher.Stream(t.Context(), &want, bytes.NewReader(text), enrich.StreamOptions{})
	require.NoError(t, err)

	brokers := startCluster(t)
	producer := newClient(t, brokers)
	produce := func(values [][]byte) {
		for _, v := range values {
			require.NoError(t, producer.ProduceSync(t.Context(), &kgo.Record{Topic: "events", Key: []byte("k"), Value: v}).FirstErr())
		}
	}
	half := len(events) / 2
	stop := startEnriching(t, brokers)
	produce(events[:half])
	consume(t, brokers, half)
	stop()
	produce(events[half:])
	stop = startEnriching(t, brokers)
	records := consume(t, brokers, len(events))
	stop()

	var got bytes.Buffer
	for _, r := range records {
		got.Write(r.Value)
		got.WriteByte('\n')
		assert.Equal(t, "k", string(r.Key))
	}
	assert.Equal(t, want.String(), got.String())
}

func TestInvalidEventsPassWithErrorHeader(t *testing.T) {
	enricher, err := newEnricher(acme+"assets.csv", acme+"identities.csv")
	require.NoError(t, err)
	headers := []kgo.RecordHeader{{Key: "h", Value: []byte("1")}}
	fetches := kgo.Fetches{{Topics: []kgo.FetchTopic{{Topic: "events", Partitions: []kgo.FetchPartition{{Records: []*kgo.Record{
		{Value: []byte("not json"), Headers: headers}, {Value: []byte(`{"src":"10.1.2.3"}`), Headers: headers},
	}}}}}}}
	got := enrichRecords(enricher, fetches, "enriched")
	require.Len(t, got, 2)
	assert.Equal(t, "not json", string(got[0].Value))
	require.Len(t, got[0].Headers, 2)
	assert.Equal(t, "kith.error", got[0].Headers[1].Key)
	assert.NotEmpty(t, got[0].Headers[1].Value)
	assert.Equal(t, headers, got[1].Headers)
	assert.True(t, json.Valid(got[1].Value))
	assert.Contains(t, string(got[1].Value), `"src_priority":`)
}
