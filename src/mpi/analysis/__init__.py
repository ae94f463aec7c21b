"""What analysts ask of specifications and profile tables beyond their figures."""
