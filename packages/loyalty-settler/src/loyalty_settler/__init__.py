"""What time alone has done to points and tiers, written down once a day."""
