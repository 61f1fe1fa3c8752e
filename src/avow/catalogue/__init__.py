"""The practices that can be declared, their facts and conditions, shipped profiles, observations by tools."""
