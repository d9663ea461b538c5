"""One turn with one citizen: load the context, ask the pure conversation what to do, apply the effects."""
