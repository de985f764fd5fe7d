"""What is this business's own: plugins and business packs, side by side. PunAI loads each by its name."""
