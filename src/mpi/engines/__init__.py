"""From a survey and a specification to the profile table."""
