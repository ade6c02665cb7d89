package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/assistant"
	"tracer/cmd/tracer/internal/usage"
)

func mcpCommand(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "mcp FILE",
		Short: s.Words.Manual.MCP.Short,
		Long:  s.Words.Manual.MCP.Long,
		Args:  usage.Arguments(s.Words, 1, 1, s.Words.Usage.OneRecording),
		RunE: func(cmd *cobra.Command, args []string) error {
			warnings, err := assistant.Serve(cmd.Context(), &s.Streams, version, args[0])
			return cmp.Or(err, incomplete(warnings))
		},
	}
}
