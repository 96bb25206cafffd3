package customserver

import (
	"context"
	"sync"

	"novaflow/saga"
)

// MemoryInventory is an inventory that lasts as long as the process. Use
// NewMemoryInventory.
type MemoryInventory struct {
	mu      sync.Mutex
	servers map[saga.Mark]Record
}

// NewMemoryInventory returns an empty inventory.
func NewMemoryInventory() *MemoryInventory {
	return &MemoryInventory{servers: map[saga.Mark]Record{}}
}

// Put is part of Inventory.
func (m *MemoryInventory) Put(_ context.Context, mark saga.Mark, serverID, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.servers[mark] = Record{ServerID: serverID, Name: name}
	return nil
}

// Drop is part of Inventory.
func (m *MemoryInventory) Drop(_ context.Context, mark saga.Mark) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.servers, mark)
	return nil
}

// Servers lists the entries, by mark.
func (m *MemoryInventory) Servers() map[saga.Mark]Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[saga.Mark]Record{}
	for mark, r := range m.servers {
		all[mark] = r
	}
	return all
}
