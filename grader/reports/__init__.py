"""Reports as they are shown: for a terminal, as plain text, as JSON. They judge nothing and wait for nothing."""
