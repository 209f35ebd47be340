"""What a bot does with the chats that it is in: settings, members, links, pins, topics."""
