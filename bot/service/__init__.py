"""The moving parts that no person asks for: poll, read, alert, deliver, upkeep. Every edge is a Protocol; time is passed in."""
