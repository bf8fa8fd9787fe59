"""The domain: from rows to an explained, checked allocation."""
