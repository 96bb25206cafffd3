package config

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// resourceHeader is the header in which the SDK repeats the workflow id of a request, for
// proxies that route by it. The SDK does not escape it, and gRPC refuses a header that is
// not printable ASCII. So without an escape no resource could have a name in another
// script.
const resourceHeader = "temporal-resource-id"

// escapeHeader escapes the resource header of every request. It must be the innermost
// interceptor, behind the SDK's own.
func escapeHeader(
	ctx context.Context, method string, req, reply any, cc *grpc.ClientConn,
	invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	if headers, ok := metadata.FromOutgoingContext(ctx); ok { // a copy
		for i, value := range headers[resourceHeader] {
			headers[resourceHeader][i] = escapeText(value)
		}
		ctx = metadata.NewOutgoingContext(ctx, headers)
	}
	return invoke(ctx, method, req, reply, cc, opts...)
}

// escapeText escapes the bytes that are not printable ASCII as in a URL.
func escapeText(text string) string {
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
