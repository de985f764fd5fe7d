"""The plugins that ship with PunAI. They import the public API only, and are loaded by name."""
