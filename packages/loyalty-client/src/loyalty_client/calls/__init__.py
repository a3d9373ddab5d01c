"""What each method asks of the service, described once for both clients: values, nothing sent."""
