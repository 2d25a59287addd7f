"""A layered layout after Sugiyama: layers, an order in each that avoids crossings, then coordinates."""
