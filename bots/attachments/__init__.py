"""Files that come with messages: checked, kept once, shown to those whose conversation they are in."""
