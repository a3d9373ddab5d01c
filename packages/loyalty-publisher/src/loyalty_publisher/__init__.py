"""What happened to points, told to others: the table's stream in, events out."""
