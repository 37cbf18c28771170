// Check-release reads files of a release as the programs do that they are for, and refuses
// fields that those do not know. It is a module of its own: GoReleaser as a whole takes the
// better part of an hour to build, the packages that read such files some seconds.
//
//	check-release .goreleaser.yaml
//	check-release packaging/grafana.json
//	check-release compose.yaml packaging/compose.caddy.yaml
//
// Files of Docker Compose are read together, with the variables of the environment, and what
// they come to is printed as JSON.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/goreleaser/goreleaser/v2/pkg/config"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

func main() {
	if err := check(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "check-release:", err)
		os.Exit(1)
	}
}

// check goes by the name of the first file.
func check(files []string) error {
	if len(files) == 0 {
		return fmt.Errorf("no file is named")
	}
	switch name := filepath.Base(files[0]); {
	case strings.Contains(name, "compose"):
		return checkCompose(files)
	case len(files) > 1:
		return fmt.Errorf("only files of Docker Compose are read together")
	case filepath.Ext(name) == ".json":
		return checkBoard(files[0])
	default:
		_, err := config.Load(files[0])
		return err
	}
}

// checkBoard reads a dashboard of Grafana whose panels draw what Prometheus has.
func checkBoard(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	runtime := cog.NewRuntime()
	runtime.RegisterPanelcfgVariant(timeseries.VariantConfig())
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())
	var board dashboard.Dashboard
	var faults cog.BuildErrors // a list that is empty is an error, too
	if err := board.UnmarshalJSONStrict(data); err != nil && (!errors.As(err, &faults) || len(faults) > 0) {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := board.Validate(); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

func checkCompose(files []string) error {
	options, err := cli.NewProjectOptions(files, cli.WithName("postern"), cli.WithOsEnv)
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	text, err := project.MarshalJSON()
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%s\n", text)
	return err
}
