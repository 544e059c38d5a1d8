"""The statement of reasons as the Commission's Transparency Database takes it: its schema, our words in its words, and what is refused.

Everything here is pure: plain values in, plain values out, no table and no network.
"""
