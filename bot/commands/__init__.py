"""What people ask of the bot: one file a command, one table for every face, answers that know no platform."""
