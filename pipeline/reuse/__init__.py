"""What a text shares with others: its fingerprints, its sentences, and who had the words first."""
