// Command kafka reads events from one topic and writes them, enriched, to
// another.
//
//	kafka -brokers 127.0.0.1:9092 -in events -out enriched -group kith -assets hosts.csv -identities people.csv
//
// Key, headers, timestamp and the event's own bytes do not change. A value that is not
// one JSON object is passed through unchanged, with the header kith.error. Every event is
// delivered at least once: its offset is committed after the brokers have acknowledged
// the enriched event.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

type options struct {
	brokers, in, out, group string
	assets, identities      string
}

func main() {
	var o options
	flag.StringVar(&o.brokers, "brokers", "127.0.0.1:9092", "comma-separated `ADDRESSES`")
	flag.StringVar(&o.in, "in", "events", "`TOPIC` to read")
	flag.StringVar(&o.out, "out", "enriched", "`TOPIC` to write")
	flag.StringVar(&o.group, "group", "kith", "consumer `GROUP`")
	flag.StringVar(&o.assets, "assets", "", "asset list `FILE`")
	flag.StringVar(&o.identities, "identities", "", "identity list `FILE`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := enrichTopic(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "kafka:", err)
		os.Exit(1)
	}
}

func enrichTopic(ctx context.Context, o options) error {
	enricher, err := newEnricher(o.assets, o.identities)
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(o.brokers, ",")...), kgo.ConsumerGroup(o.group), kgo.ConsumeTopics(o.in),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit(), kgo.BlockRebalanceOnPoll(),
	)
	if err != nil {
		return err
	}
	defer client.CloseAllowingRebalance()
	return transform(ctx, client, enricher, o.out)
}

func newEnricher(assetList, identityList string) (*enrich.Enricher, error) {
	machines, err := mergeList(entity.Asset, assetList)
	if err != nil {
		return nil, err
	}
	people, err := mergeList(entity.Identity, identityList)
	if err != nil {
		return nil, err
	}
	tables, err := snapshot.Build(machines, people, snapshot.Options{})
	if err != nil {
		return nil, err
	}
	return enrich.New(tables, enrich.Options{Format: "auto"})
}

func mergeList(kind entity.Kind, path string) (*entity.Entities, error) {
	result, err := merge.Merge(kind, []merge.Source{merge.File(path, path)}, merge.Options{})
	if err != nil {
		return nil, err
	}
	return result.Entities, nil
}
