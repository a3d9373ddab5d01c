"""The methods of the clients, which only send: blocking ones, and the same asynchronously."""
