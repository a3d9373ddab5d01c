"""The program's terms and conditions: values in, values out.

Nothing here reads a clock, does I/O or uses a float. Read it in this order: `money`, `dates`,
`lots`, `qualification`, `tiers`, `earning`, `program`, `account`, `orders`, `entries`, `purchases`.
"""
