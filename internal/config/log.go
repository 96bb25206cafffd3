package config

import (
	"fmt"

	"github.com/spf13/pflag"
	"go.temporal.io/sdk/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Logging says what is logged and how.
type Logging struct {
	Level  string // debug, info, warn or error
	Format string // console or json
}

// AddFlags declares the flags of logging. Level is the default level.
func (l *Logging) AddFlags(fs *pflag.FlagSet, level string) {
	fs.StringVar(&l.Level, "log-level", level, "least severe messages to log: debug, info, warn or error")
	fs.StringVar(&l.Format, "log-format", "console", "form of the log: console or json")
}

// Logger returns a logger that writes to standard error.
func (l Logging) Logger() (*zap.Logger, error) {
	level, err := zapcore.ParseLevel(l.Level)
	if err != nil {
		return nil, fmt.Errorf("--log-level %q: want debug, info, warn or error", l.Level)
	}
	settings := zap.NewProductionConfig()
	settings.Level = zap.NewAtomicLevelAt(level)
	settings.Encoding = l.Format
	settings.Sampling = nil // so that no message of a run is dropped
	settings.DisableCaller = true
	settings.DisableStacktrace = level > zapcore.DebugLevel
	settings.EncoderConfig.EncodeTime = zapcore.ISO8601TimeEncoder
	switch l.Format {
	case "json":
	case "console":
		settings.EncoderConfig.EncodeLevel = zapcore.CapitalLevelEncoder
	default:
		return nil, fmt.Errorf("--log-format %q: want console or json", l.Format)
	}
	return settings.Build()
}

// ForEngine returns a logger for the Temporal SDK that writes to a zap logger.
func ForEngine(logger *zap.Logger) log.Logger {
	return sdkLogger{logger.WithOptions(zap.AddCallerSkip(1)).Sugar()}
}

// Silent returns a logger that drops everything.
func Silent() log.Logger { return ForEngine(zap.NewNop()) }

type sdkLogger struct{ sugar *zap.SugaredLogger }

var (
	_ log.WithLogger      = sdkLogger{}
	_ log.WithSkipCallers = sdkLogger{}
)

func (l sdkLogger) Debug(msg string, keyvals ...any) { l.sugar.Debugw(msg, keyvals...) }
func (l sdkLogger) Info(msg string, keyvals ...any)  { l.sugar.Infow(msg, keyvals...) }
func (l sdkLogger) Warn(msg string, keyvals ...any)  { l.sugar.Warnw(msg, keyvals...) }
func (l sdkLogger) Error(msg string, keyvals ...any) { l.sugar.Errorw(msg, keyvals...) }

// With implements log.WithLogger.
func (l sdkLogger) With(keyvals ...any) log.Logger { return sdkLogger{l.sugar.With(keyvals...)} }

// WithCallerSkip implements log.WithSkipCallers.
func (l sdkLogger) WithCallerSkip(n int) log.Logger {
	return sdkLogger{l.sugar.WithOptions(zap.AddCallerSkip(n))}
}
