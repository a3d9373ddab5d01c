"""The program's terms and conditions: values in, values out.

Nothing here reads a clock, does I/O or uses a float. Read it in this order: `money`, `dates`,
`expiry`, `lots`, `qualification`, `tiers`, `orders`, `earning`, `redeeming`, `program`, `account`,
`entries`, `purchases`, `refunds`, `redemptions`, `settling`, `replay`; `errors` says what can go
wrong.
"""
