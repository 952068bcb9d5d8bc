"""What a browser meets in the tests: an edge, an API and a provider of tokens, at their own names on this machine."""
