package attributes

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga/ledger"
)

// usableWithin bounds how long an engine may take to learn new attributes.
const (
	usableWithin = 30 * time.Second
	usableCheck  = 100 * time.Millisecond
)

// searchAttributes returns the search attributes that runs set.
func searchAttributes() map[string]enumspb.IndexedValueType {
	all := map[string]enumspb.IndexedValueType{}
	for _, a := range []temporal.SearchAttributeKey{
		ledger.AttributeKind, ledger.AttributeOutcome, ledger.AttributeProject, ledger.AttributeResources,
	} {
		all[a.GetName()] = a.GetValueType()
	}
	return all
}

// EnsureSearchAttributes registers the search attributes of runs that the namespace lacks
// and returns when they can be used. Call it when a worker starts: the engine refuses
// what a run decides with attributes it does not know. Where the engine does not let us,
// as in Temporal Cloud, the error says what to make by hand.
func EnsureSearchAttributes(ctx context.Context, engine client.Client, namespace string) error {
	missing, err := missingAttributes(ctx, engine, namespace)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		err = registerAttributes(ctx, engine, namespace, missing)
	}
	if err != nil {
		return err
	}
	// Another worker may have created some of them just now.
	return awaitUsable(ctx, engine, namespace)
}

// registerAttributes creates the missing attributes.
func registerAttributes(ctx context.Context, engine client.Client, namespace string,
	missing map[string]enumspb.IndexedValueType) error {
	_, err := engine.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: missing,
	})
	var exists *serviceerror.AlreadyExists
	if err != nil && !errors.As(err, &exists) { // another worker was faster
		return attributesByHand(namespace, missing, err)
	}
	return nil
}

// missingAttributes returns those that the namespace does not have. One that exists with
// another type is an error: our values would not fit into it.
func missingAttributes(ctx context.Context, engine client.Client,
	namespace string) (map[string]enumspb.IndexedValueType, error) {
	missing := searchAttributes()
	have, err := engine.OperatorService().ListSearchAttributes(ctx,
		&operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	var unknown *serviceerror.NamespaceNotFound
	var denied *serviceerror.PermissionDenied
	var unable *serviceerror.Unimplemented
	switch {
	case err == nil:
	case errors.As(err, &unknown):
		return nil, fmt.Errorf("namespace %q is not on this engine: give --namespace, or create it with `temporal "+
			"operator namespace create`", namespace)
	case errors.As(err, &denied), errors.As(err, &unable):
		return missing, byHandUnlessUsable(ctx, engine, namespace, missing, err)
	default:
		return nil, fmt.Errorf("search attributes of namespace %q: %w", namespace, err)
	}
	for name, want := range missing {
		got, ok := have.CustomAttributes[name]
		if ok && got != want {
			return nil, fmt.Errorf("search attribute %s in namespace %q is a %s, want %s: remove it, or use another "+
				"namespace", name, namespace, got, want)
		}
		if ok {
			delete(missing, name)
		}
	}
	return missing, nil
}

// byHandUnlessUsable asks an engine that does not list its attributes whether they can be
// used. If not, it says what to create by hand.
func byHandUnlessUsable(ctx context.Context, engine client.Client, namespace string,
	missing map[string]enumspb.IndexedValueType, why error) error {
	if queryAll(ctx, engine, namespace) == nil {
		clear(missing)
		return nil
	}
	return attributesByHand(namespace, missing, why)
}

// attributesByHand says what to create by hand.
func attributesByHand(namespace string, missing map[string]enumspb.IndexedValueType, why error) error {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		list = append(list, fmt.Sprintf("%s (%s)", name, missing[name]))
	}
	return fmt.Errorf("namespace %q lacks search attributes and does not let this worker create them (%w): create by "+
		"hand %s",
		namespace, why, strings.Join(list, ", "))
}

// awaitUsable waits until the engine accepts queries with all attributes: it
// learns of new ones with a delay.
func awaitUsable(ctx context.Context, engine client.Client, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, usableWithin)
	defer cancel()
	tick := time.NewTicker(usableCheck)
	defer tick.Stop()
	for {
		err := queryAll(ctx, engine, namespace)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("search attributes of namespace %q were created but cannot be used yet: %w", namespace,
				err)
		case <-tick.C:
		}
	}
}

// queryAll sends a query that names every attribute.
func queryAll(ctx context.Context, engine client.Client, namespace string) error {
	var terms []string
	for _, name := range slices.Sorted(maps.Keys(searchAttributes())) {
		terms = append(terms, name+" = 'none'")
	}
	_, err := engine.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: namespace, Query: strings.Join(terms, " AND "),
	})
	return err
}
