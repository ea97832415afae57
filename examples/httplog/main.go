// Command httplog serves HTTP on the loopback interface and writes an access log. Every
// line has the fields of the user and of the machine that sent the request.
//
//	httplog hosts.csv people.csv >access.ndjson
//
// The enricher is the io.Writer of the log handler. The output of every logger that
// writes one JSON object with each Write (log/slog, zap, zerolog) can be enriched in this
// way.
package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: httplog ASSETS.csv IDENTITIES.csv")
		os.Exit(2)
	}
	if err := listenAndServe(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "httplog:", err)
		os.Exit(1)
	}
}

func listenAndServe(assetList, identityList string) error {
	enricher, err := newEnricher(assetList, identityList)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(&enrichedWriter{to: os.Stdout, enricher: enricher}, nil))
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hello") })
	server := http.Server{Addr: "127.0.0.1:8080", Handler: logRequests(hello, log), ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}
