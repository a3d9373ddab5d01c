"""What crosses the wire: order events, answers, the program file."""
