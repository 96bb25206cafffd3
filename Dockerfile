# One image with the worker (the default command) and the starter.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ENV CGO_ENABLED=0
RUN go build -trimpath -ldflags="-s -w" -o /out/novaflow-worker ./worker && \
    go build -trimpath -ldflags="-s -w" -o /out/novaflow ./starter

# This base has certificates and time zones. It has no shell, and the user is not root.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/ /usr/local/bin/
CMD ["novaflow-worker"]
