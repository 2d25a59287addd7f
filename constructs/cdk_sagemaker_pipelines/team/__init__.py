"""Rules that a team may set itself: off unless asked for, as a validation plugin of CDK over pure rules."""
