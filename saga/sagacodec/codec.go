package sagacodec

import (
	"errors"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

// What the metadata of an encrypted payload says, in the words that Temporal's
// samples use.
const (
	metadataEncoding = "encoding"
	metadataCipher   = "encryption-cipher"
	metadataKey      = "encryption-key-id"

	encrypted = "binary/encrypted"
	cipherIs  = "AES-256-GCM"
)

const payloadPurpose = "novaflow payload 1 "

// Codec encrypts payloads with AES-256-GCM, each with a nonce of its own, and
// says in its metadata with which key. Encrypting is a choice: a Codec that does
// not encrypt still decrypts, so that clients and workers can be switched one
// after the other, in both directions.
type Codec struct {
	keys    *Keys
	encrypt bool
}

// NewCodec returns a codec. Without keys it can only pass on what is not encrypted;
// to encrypt without keys is an error.
func NewCodec(keys *Keys, encrypt bool) (*Codec, error) {
	if encrypt && keys.Empty() {
		return nil, ErrNoKeys
	}
	return &Codec{keys: keys, encrypt: encrypt}, nil
}

// DataConverter returns the SDK's default converter behind the codec, for client.Options.
func (c *Codec) DataConverter() converter.DataConverter {
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), c)
}

var _ converter.PayloadCodec = (*Codec)(nil)

// Encode encrypts the payloads.
func (c *Codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	if !c.encrypt {
		return payloads, nil
	}
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return payloads, fmt.Errorf("payload to encrypt: %w", err)
		}
		name, sealed, err := c.keys.seal(payloadPurpose, plain)
		if err != nil {
			return payloads, err
		}
		out[i] = &commonpb.Payload{
			Metadata: map[string][]byte{metadataEncoding: []byte(encrypted), metadataCipher: []byte(cipherIs),
				metadataKey: []byte(name)},
			Data: sealed,
		}
	}
	return out, nil
}

// Decode decrypts the payloads that are encrypted, with whichever key it was, and
// leaves the others as they are.
func (c *Codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if string(p.GetMetadata()[metadataEncoding]) != encrypted {
			out[i] = p
			continue
		}
		if kind := string(p.Metadata[metadataCipher]); kind != cipherIs {
			return payloads, fmt.Errorf("a payload is encrypted with %q, and this codec knows %s only", kind, cipherIs)
		}
		plain, err := c.keys.open(payloadPurpose, string(p.Metadata[metadataKey]), p.Data)
		if err != nil {
			return payloads, fmt.Errorf("encrypted payload: %w", err)
		}
		out[i] = &commonpb.Payload{}
		if err := proto.Unmarshal(plain, out[i]); err != nil {
			return payloads, errors.New("an encrypted payload holds no payload")
		}
	}
	return out, nil
}
