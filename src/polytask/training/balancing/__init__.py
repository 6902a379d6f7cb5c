"""How the losses of several tasks share one model, learnt while it trains."""
