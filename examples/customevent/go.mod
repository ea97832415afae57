module github.com/kithsec/kith/examples/customevent

go 1.26.0

require (
	github.com/kithsec/kith v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/gocarina/gocsv v0.0.0-20240520201108-78e41c74b4b1 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.44.0 // indirect
)

replace github.com/kithsec/kith => ../..
