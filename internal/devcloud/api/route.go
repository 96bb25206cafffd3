package api

// obj is an object of JSON.
type obj = map[string]any

// Handler answers a request under the lock of the store. It returns a body to encode as
// JSON ([]byte as it is, nil for none), or an apiError.
type Handler func(q *Request) (any, error)

// Route is one call of a service: its method and path, and the status of success.
type Route struct {
	pattern string
	status  int
	do      Handler
	begin   Handler // runs before the body is read, so that others see the call under way; nil for most
	open    bool    // it needs no token
}

// EmptyList returns a handler that answers with an empty collection.
func EmptyList(name string) Handler {
	return func(*Request) (any, error) { return obj{name: []obj{}}, nil }
}

// NewRoute returns the route of a call that needs a token.
func NewRoute(pattern string, status int, do Handler) Route {
	return Route{pattern: pattern, status: status, do: do}
}

// OpenRoute returns the route of a call that needs no token.
func OpenRoute(pattern string, status int, do Handler) Route {
	return Route{pattern: pattern, status: status, do: do, open: true}
}

// BeginningWith returns the route with a handler that runs before the body is read.
func (r Route) BeginningWith(begin Handler) Route {
	r.begin = begin
	return r
}
