"""What customers mean: intents from a business's own examples, with a confidence that can be acted on."""
