"""Figures for the team and for everybody: money by source, subscriptions, and how the providers do. No currency is added to another."""
