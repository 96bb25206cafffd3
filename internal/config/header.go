package config

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// resourceHeader is where the SDK repeats the workflow id of a request, for proxies
// that choose by it. It writes it as it is, and gRPC refuses a header that is not
// printable ASCII: no run could be about anything that is called in another script.
const resourceHeader = "temporal-resource-id"

// plainHeader lets every request have a resource header that gRPC takes. It has to be
// the innermost interceptor, behind the SDK's own.
func plainHeader(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if headers, ok := metadata.FromOutgoingContext(ctx); ok { // a copy
		for i, value := range headers[resourceHeader] {
			headers[resourceHeader][i] = plainText(value)
		}
		ctx = metadata.NewOutgoingContext(ctx, headers)
	}
	return invoke(ctx, method, req, reply, cc, opts...)
}

// plainText has the bytes that are not printable ASCII written as in a URL.
func plainText(text string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' {
			b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
