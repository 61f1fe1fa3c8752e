"""What can be declared and asked: practices, their facts and conditions, profiles, observations of tools."""
