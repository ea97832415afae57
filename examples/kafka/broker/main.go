// Command broker runs in-memory Kafka brokers (kfake) until it receives a signal, so that
// a pipeline can be tried without Kafka.
//
//	broker -port 9092 events enriched
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"
)

func main() {
	port := flag.Int("port", 9092, "loopback `PORT` to listen on")
	flag.Parse()
	cluster, err := kfake.NewCluster(kfake.Ports(*port), kfake.SeedTopics(1, flag.Args()...))
	if err != nil {
		fmt.Fprintln(os.Stderr, "broker:", err)
		os.Exit(1)
	}
	defer cluster.Close()
	fmt.Println(cluster.ListenAddrs()[0])
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
}
