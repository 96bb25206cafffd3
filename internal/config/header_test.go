package config

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// deaf is an engine that only keeps the resource header of a request.
type deaf struct {
	workflowservice.UnimplementedWorkflowServiceServer
	header []string
}

func (d *deaf) DescribeWorkflowExecution(ctx context.Context,
	r *workflowservice.DescribeWorkflowExecutionRequest) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	headers, _ := metadata.FromIncomingContext(ctx)
	d.header = append(headers[resourceHeader], r.GetExecution().GetWorkflowId())
	return &workflowservice.DescribeWorkflowExecutionResponse{}, nil
}

// "header key "temporal-resource-id" contains value with non-printable ASCII characters":
// no server, network or volume could have a name in another script than Latin.
func TestAWorkflowIDMayHaveAnyScript(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	engine, server := &deaf{}, grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, engine)
	go server.Serve(listener) //nolint:errcheck // it ends with the test
	defer server.Stop()
	client, err := Connection{Address: listener.Addr().String(), Env: env(t)}.Dial(t.Context(), nil)
	require.NoError(t, err)
	defer client.Close()
	for id, header := range map[string]string{
		"server:c:wäb-服":  "workflow:server:c:w%C3%A4b-%E6%9C%8D",
		"server:c:a b~%2": "workflow:server:c:a b~%2",
	} {
		_, err = client.DescribeWorkflowExecution(t.Context(), id, "")
		require.NoError(t, err)
		require.Equal(t, []string{header, id}, engine.header)
	}
}
