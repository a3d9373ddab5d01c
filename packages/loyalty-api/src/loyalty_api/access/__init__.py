"""Who may do what: tokens are checked here, and one table says what each route asks for."""
