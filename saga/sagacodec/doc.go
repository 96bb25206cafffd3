// Package sagacodec exists so that nothing secret is ever in a history: neither
// in an input, nor in a result, a failure, a heartbeat or a query's answer.
//
// # Secrets
//
// A [Secret] is a field of an input that is encrypted where it comes from and
// decrypted in the activity that needs it, and nowhere between. It has no plain
// form: what logs, drawings, ledgers, details and the Web UI can show of it is
// what history holds of it.
//
//	keys, err := sagacodec.ReadKeys("/etc/novaflow/keys")
//	spec.UserData, err = keys.Seal(script)      // the program that starts the run
//	script, err := keys.Open(in.In.UserData)    // the activity, on a worker
//
// # Whole payloads
//
// A [Codec] encrypts all that a client and its workers exchange through the
// engine. Then the Web UI and the temporal command show nothing without a codec
// server, so it is a choice; what was encrypted is decrypted either way.
//
// # Keys
//
// [Keys] are AES-256 keys with names, in a text of lines "NAME BASE64". The
// first encrypts, all decrypt. To change keys, first add the new one at the end
// everywhere, then move it to the front everywhere, and take the old one out when
// no history that needs it is kept any more.
//
// It imports nothing of this module: what encrypts knows no flows.
package sagacodec
