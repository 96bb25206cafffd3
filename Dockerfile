# The worker (the default command) and the starter in one image.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ENV CGO_ENABLED=0
RUN go build -trimpath -ldflags="-s -w" -o /out/novaflow-worker ./worker && \
    go build -trimpath -ldflags="-s -w" -o /out/novaflow ./starter

# Certificates and time zones, and neither shell nor root.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/ /usr/local/bin/
CMD ["novaflow-worker"]
