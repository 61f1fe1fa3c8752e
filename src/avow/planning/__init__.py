"""From the record of a survey to `plan.yaml`, and from the plan to notes, tables and what is due."""
